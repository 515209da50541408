/* SPDX-License-Identifier: BSD-2-Clause */
/* One processor's move to its own SMBASE, and the layout of its save state. See muster/relocate.h for
 * the hand-on. */
#include <core/save_state.h>
#include <core/section.h>
#include <muster/relocate.h>

/* LAYOUT_NONE if it is none that is served: muster_relocate_error says why. */
static enum save_state_layout layout_of(uint32_t revision)
{
    if (revision == REVISION_AMD64)
        return LAYOUT_AMD64;
    if (ARCH_INTEL64_SERVED && revision_is_intel64(revision))
        return LAYOUT_INTEL64;
    return LAYOUT_NONE;
}

/* The first processor's is that of all. */
static bool layout_fits(struct muster_relocation *relocation, enum save_state_layout layout)
{
    if (!ARCH_INTEL64_SERVED)
        return true;
    if (relocation->layout == LAYOUT_NONE)
        relocation->layout = layout;
    return relocation->layout == layout;
}

void muster_relocate(struct muster_relocation *relocation)
{
    struct muster_processor here = {.save_state = relocation->save_state};
    enum save_state_layout layout =
        layout_of(save_state_read32(&here, SAVE_STATE_REVISION_FIELD));

    if (layout == LAYOUT_NONE || !layout_fits(relocation, layout)) {
        relocation->error = MUSTER_RELOCATE_REVISION;
    } else {
        save_state_write32(&here, save_state_smbase_field(layout), relocation->smbase);
        if (relocation->continuation != 0)
            save_state_write64(&here, save_state_rip_field(layout), relocation->continuation);
    }
    relocation->moved = 1;
}

INSTALL_ONLY void save_state_layout_set(struct muster_runtime *runtime, uint32_t layout)
{
    for (uint32_t index = 0; index < runtime->processor_count; index++)
        runtime->processors[index].intel64 = layout == LAYOUT_INTEL64;
}
