/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A floor: an SMM image that does as little as there can be, to hold the runtime against. Three
 * of them share the installation (install.c); each brings the entry code of a processor.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#define FLOOR_ENTRY_SIZE 128
#define FLOOR_LINE       64 /* the shared words are on a line each */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* The entry code, copied for each processor. At `floor_words_place` it is told the address of
 * the shared words, and at `floor_processors_place` their number; both 32 bits. */
extern const uint8_t floor_begin[] __attribute__((visibility("hidden")));
extern const uint8_t floor_end[] __attribute__((visibility("hidden")));
extern const uint8_t floor_words_place[] __attribute__((visibility("hidden")));
extern const uint8_t floor_processors_place[] __attribute__((visibility("hidden")));

/* The entry code in the default SMRAM: moves SMBASE as muster/relocate.h says. Its structure's
 * address goes to floor_relocation_place. */
extern const uint8_t floor_relocate_begin[] __attribute__((visibility("hidden")));
extern const uint8_t floor_relocate_end[] __attribute__((visibility("hidden")));
extern const uint8_t floor_relocation_place[] __attribute__((visibility("hidden")));
#endif
#endif
