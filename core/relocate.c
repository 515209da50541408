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

void muster_relocate(struct muster_relocation *relocation)
{
    struct muster_processor here = {.save_state = relocation->save_state};
    uint32_t revision = save_state_read32(&here, SAVE_STATE_REVISION_FIELD);
    enum save_state_layout layout = layout_of(revision);

    relocation->revision = revision;
    if (layout == LAYOUT_NONE || (ARCH_INTEL64_SERVED && relocation->layout != LAYOUT_NONE &&
                                  relocation->layout != layout)) {
        relocation->error = MUSTER_RELOCATE_REVISION;
    } else {
        relocation->error = 0;
        relocation->layout = layout;
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
