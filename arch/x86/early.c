/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the vectors of the 16-bit part of entry. See early.S. */
#include <core/section.h>

#include "context.h"
#include "early.h"

#define MEBIBYTE      0x100000u
#define JUMPS_SIZE    (EARLY_KINDS * EARLY_JUMP_SIZE)
#define STACKS_OFFSET 64u /* in low SMRAM: behind the jumps */

#define VECTOR_DEBUG      1u
#define VECTOR_NMI        2u
#define VECTOR_BREAKPOINT 3u
#define VECTOR_PROTECTION 13u

_Static_assert(JUMPS_SIZE <= STACKS_OFFSET, "the jumps lie before the stacks");
_Static_assert(EXCEPTION_STACK_SIZE == EARLY_STACK_SIZE, "one is used for the other");

/* By the manual: 16 bits of offset, 16 of segment. */
struct early_vector {
    uint16_t offset;
    uint16_t segment;
};

struct __attribute__((packed)) early_pointer {
    uint16_t limit;
    uint32_t base;
};

extern struct early_vector early_vectors[EARLY_VECTORS] __attribute__((visibility("hidden")));
extern struct early_pointer early_vectors_pointer __attribute__((visibility("hidden")));

INSTALL_ONLY uint32_t early_low_size(uint32_t processors)
{
    return STACKS_OFFSET + processors * EARLY_STACK_SIZE;
}

INSTALL_ONLY static enum early_kind kind_of(unsigned vector)
{
    switch (vector) {
    case VECTOR_DEBUG:
    case VECTOR_NMI:
    case VECTOR_BREAKPOINT:
        return EARLY_RESUME;
    case VECTOR_PROTECTION:
        return EARLY_PROTECTION;
    default:
        return EARLY_STOP;
    }
}

/* Where the jumps are for real mode to reach them; 0: nowhere. */
INSTALL_ONLY static uint32_t jumps_place(uint32_t low)
{
    uint32_t here = (uint32_t)(uintptr_t)early_jumps;
    uint8_t *to = (uint8_t *)(uintptr_t)low;

    if (low == 0)
        return here < MEBIBYTE ? here : 0;
    for (unsigned byte = 0; byte < JUMPS_SIZE; byte++)
        to[byte] = early_jumps[byte];
    return low;
}

INSTALL_ONLY void early_install(uint32_t low)
{
    uint32_t jumps = jumps_place(low);

    if (jumps == 0)
        return;
    for (unsigned vector = 0; vector < EARLY_VECTORS; vector++) {
        uint32_t jump = jumps + kind_of(vector) * EARLY_JUMP_SIZE;

        early_vectors[vector] =
            (struct early_vector){(uint16_t)(jump & 15), (uint16_t)(jump >> 4)};
    }
    early_vectors_pointer.limit = sizeof(early_vectors) - 1;
    early_vectors_pointer.base = (uint32_t)(uintptr_t)early_vectors;
}

INSTALL_ONLY uint32_t early_stack(uint32_t low, uint32_t index, uint32_t link)
{
    if (low != 0)
        return low + STACKS_OFFSET + index * EARLY_STACK_SIZE;
    return link < MEBIBYTE ? link - EARLY_STACK_SIZE : 0;
}
