/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fourth floor: the runtime's own way into 64-bit mode and out again, with nothing between.
 * It is linked with everything of the runtime but the story of an SMI.
 */
#include <core/runtime.h>
#include <muster/muster.h>

void muster_smi(struct muster_processor *self)
{
    self->counters->records = 1; /* the firmware waits for that: the SMI has come */
}
