/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a processor's mark is kept: the storage media of the synchbyte in US 7,363,411.
 *
 *   memory    in SMRAM: written inside SMM only, so a processor in low power still says ACTIVE
 *   register  of the processor, which the others can read: INACTIVE from reset on; the processor
 *             itself updates it when it goes into low power or to wait-for-SIPI and when it wakes
 *   flash     the same, kept in cells that are programmed one way and erased by the sector. Erased is
 *             INACTIVE. Two sectors take turns: the newest mark can be read at any moment
 *
 * The core knows nothing of this: what it loads and stores is the word that the medium shows.
 */
#ifndef SIM_SYNCHBYTE_H
#define SIM_SYNCHBYTE_H

#include <stdbool.h>
#include <stdint.h>

#define SYNCHBYTE_ENTRIES 2u /* marks that a sector of the flash holds */
#define SYNCHBYTE_SECTORS 2u

enum synchbyte_medium {
    SYNCHBYTE_MEMORY,
    SYNCHBYTE_REGISTER,
    SYNCHBYTE_FLASH,
    SYNCHBYTE_MEDIA
};

extern const char *const synchbyte_names[SYNCHBYTE_MEDIA + 1];

/* Of one processor. In the arena. */
struct synchbyte_flash {
    uint64_t cells[SYNCHBYTE_SECTORS][SYNCHBYTE_ENTRIES];
};

/* After reset: erased, or INACTIVE; in memory as the firmware installs it. */
void synchbyte_reset(unsigned processor);

/* The processor says outside SMM that it is active, or that it goes. Nothing in memory. */
void synchbyte_update(unsigned processor, bool active);

/* The core's store of the mark has reached the medium. */
void synchbyte_written(unsigned processor);

/* A sector is full and no longer needed; erases it. */
bool synchbyte_is_worn(unsigned processor);
void synchbyte_erase(unsigned processor);

#endif
