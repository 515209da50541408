/* SPDX-License-Identifier: BSD-2-Clause */
/* The mistake that the wipe test must be able to find: SMRAM of the previous boot left as it
 * is. Linked instead of firmware/wipe.c in build/test/muster-pattern-nowipe.rom. */
#include "firmware.h"

void smram_wipe(struct firmware_machine *machine)
{
    machine->wipe_ticks = 0;
}
