/* SPDX-License-Identifier: BSD-2-Clause */
/* One processor's move to its own SMBASE. See muster/relocate.h for the hand-on. */
#include <core/save_state.h>
#include <muster/relocate.h>

void muster_relocate(struct muster_relocation *relocation)
{
    struct muster_processor here = {.save_state = relocation->save_state};

    if (save_state_read32(&here, SAVE_STATE_REVISION_FIELD) != SAVE_STATE_REVISION) {
        relocation->error = MUSTER_RELOCATE_REVISION;
        return;
    }
    save_state_write32(&here, SAVE_STATE_SMBASE, relocation->smbase);
    if (relocation->continuation != 0)
        save_state_write64(&here, SAVE_STATE_RIP, relocation->continuation);
    relocation->moved = 1;
}
