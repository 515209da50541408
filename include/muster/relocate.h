/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMBASE relocation: each processor's first SMI, taken in the default SMRAM that all share.
 *
 * The shared save area allows one processor at a time, and the next SMI may only be sent when
 * the one before is proven out of SMM. So each processor hands on to the next (US 7,493,435): in SMM
 * it writes its new SMBASE and its own continuation into the save state; after RSM it goes on
 * there, outside SMM, which is the proof, and wakes the next one.
 */
#ifndef MUSTER_RELOCATE_H
#define MUSTER_RELOCATE_H

#include <stdint.h>

/* The processor at work. Written by the processor that sends the SMI, before it sends it. */
struct muster_relocation {
    uint8_t *save_state; /* default SMBASE + 8000h */
    uint32_t smbase;     /* where this processor goes */
    uint32_t
        continuation; /* where it resumes, in the segment it was interrupted in; 0: as it was */
    uint32_t moved;   /* out: 1 when done */
    int32_t error;    /* out: 0 or MUSTER_RELOCATE_REVISION */
};

#define MUSTER_RELOCATE_REVISION (-1) /* a save-state layout the runtime does not know */

/* Called in the default SMRAM, on the processor that is to move. */
void muster_relocate(struct muster_relocation *relocation);

#endif
