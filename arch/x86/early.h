/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vectors and stacks for the 16-bit part of entry: see early.S for how an exception there comes
 * back to code above 1 MiB.
 */
#ifndef ARCH_X86_EARLY_H
#define ARCH_X86_EARLY_H

#define EARLY_STACK_SIZE 64 /* of one processor */
#define EARLY_VECTORS    32
#define EARLY_JUMP_SIZE  8

#ifdef __ASSEMBLER__

/* A test's instructions that trap, in the path of every SMI: tests/qemu/test_early.py. */
#ifndef EARLY_PROVOKED
#define EARLY_PROVOKED
#endif

#else

#include <stdint.h>

/* What a vector does; the order of early_jumps. */
enum early_kind { EARLY_STOP, EARLY_RESUME, EARLY_PROTECTION, EARLY_KINDS };

/* What the runtime needs of SMRAM below 1 MiB. */
uint32_t early_low_size(uint32_t processors);

/* Fills the vectors, after entry_places_fill: it copies code. `low` is SMRAM below 1 MiB of early_low_size(processors) bytes, or 0: then,
 * and if the image does not lie below 1 MiB itself, there are none. */
void early_install(uint32_t low);

/* The stack of a processor: in `low`, or the exception stack below its link where that lies low
 * enough. 0: none. */
uint32_t early_stack(uint32_t low, uint32_t index, uint32_t link);

/* Real-mode code and data, in early.S. */
extern const uint8_t early_jumps[] __attribute__((visibility("hidden")));

#endif
#endif
