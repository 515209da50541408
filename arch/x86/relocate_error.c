/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a processor was not relocated, in words for a firmware's log. */
#include <core/save_state.h>
#include <muster/relocate.h>

uint32_t muster_relocate_revision(const struct muster_relocation *relocation)
{
    const struct muster_processor here = {.save_state = relocation->save_state};

    return save_state_read32(&here, SAVE_STATE_REVISION_FIELD);
}

const char *muster_relocate_error(const struct muster_relocation *relocation)
{
    uint32_t revision = muster_relocate_revision(relocation);
    uint32_t kind = revision >> 16;

    if (relocation->error == 0)
        return "no error";
    if (revision == REVISION_AMD64)
        return "its save state has AMD64's layout, unlike those before";
    if (revision_is_intel64(revision))
        return relocation->layout == LAYOUT_AMD64
                   ? "its save state has Intel 64's layout, unlike those before"
                   : "its save state has Intel 64's layout, which images for small SMRAM do "
                     "not "
                     "serve";
    if ((kind == REVISION_MOVES || kind == REVISION_MOVES_RESTARTS) &&
        (revision & 0xffff) < LEVEL_INTEL64)
        return "its save state has the 32-bit layout, which is not served";
    return "its save state has a layout that is not known";
}
