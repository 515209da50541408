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
    uint32_t moved;   /* out: 1 when done, or refused */
    int32_t error;    /* out: MUSTER_RELOCATE_REVISION, or not touched: 0 at first */
    uint32_t layout;  /* the runtime's own: that of the save states so far; 0 at first */
};

/* The revision in the save state says that it is laid out in a way that the image does not serve, or
 * unlike that of the processors before. This one has not moved. */
#define MUSTER_RELOCATE_REVISION (-1)

/* The same as words, "no error" for 0. This and the next are in the firmware, not in the image: before
 * the next SMI, while the default SMRAM is open. */
const char *muster_relocate_error(const struct muster_relocation *relocation);

/* The revision that the processor wrote which has just moved, or was refused. */
uint32_t muster_relocate_revision(const struct muster_relocation *relocation);

/* Called in the default SMRAM, on the processor that is to move. */
void muster_relocate(struct muster_relocation *relocation);

#endif
