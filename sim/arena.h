/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena: all that a simulated machine is made of, at one fixed address, so that pointers in
 * it (and in copies of it) stay good, and are the same in every process.
 *
 * Three kinds of memory are handed out:
 *   STATE     saved and restored, and part of a state's identity
 *   SHADOW    saved and restored, but not part of the identity, apart from the spans named to
 *             arena_identify: what is written and never read, such as the core's totals
 *   CONSTANT  neither: set up before the search, or written and never looked at
 * The stacks come on top: of each, the live part is saved.
 */
#ifndef SIM_ARENA_H
#define SIM_ARENA_H

#include <stddef.h>
#include <stdint.h>

enum arena_kind { ARENA_STATE, ARENA_SHADOW, ARENA_CONSTANT, ARENA_KINDS };

/* Empties the arena and gives it room for `size` bytes of each kind. */
void arena_reset(size_t size);

/* Zeroed memory, aligned to a line. Ends the program when the arena is full. */
void *arena_allocate(enum arena_kind kind, size_t size);

/* Makes these bytes of a SHADOW part of a state's identity. */
void arena_identify(const void *start, size_t length);

/* Bytes that arena_save will write at most, stacks not counted. */
size_t arena_saved_size(void);

/* Copies STATE and SHADOW to `to`; returns the bytes written. */
size_t arena_save(void *to);
size_t arena_restore(const void *from);

/* Identity of STATE and of the identified spans, mixed into `seed`. */
uint64_t arena_hash(uint64_t seed);

/* Where an address is in the arena; beyond arena_end() if it is not. The order of the kinds is
 * that of their names. */
size_t arena_offset(const void *address);
size_t arena_end(void);

/* Mixes `length` bytes, a multiple of 8, into `seed`. */
uint64_t hash_bytes(const void *start, size_t length, uint64_t seed);

/* Mixes one number into `seed`. */
static inline uint64_t hash_mix(uint64_t seed, uint64_t value)
{
    __extension__ typedef unsigned __int128 wide;
    wide product =
        (wide)(seed ^ UINT64_C(0x9e3779b97f4a7c15)) * (value ^ UINT64_C(0xd1b54a32d192ed03));

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
