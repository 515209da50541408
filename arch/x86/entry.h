/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from an SMI to C: a stub for each processor, the same code with other constants.
 *
 * The stub is what a processor executes at SMBASE + 8000h, in 16-bit mode. It knows what is this
 * processor's own as constants, so the path reads no table, searches no list and is never patched
 * again after installation. Shared code in the image takes over (entry.S, early.S); what it has to
 * know of addresses and control registers are constants too, at the places that it lists.
 */
#ifndef ARCH_X86_ENTRY_H
#define ARCH_X86_ENTRY_H

/* What is filled in at a place in the shared code: 32 bits. */
#define PLACE_ADDRESS   0 /* the address of what the place names */
#define PLACE_UPPER     1 /* the upper half of the shared code's address */
#define PLACE_CR3       2
#define PLACE_CR4       3
#define PLACE_SMRAM_END 4 /* the number of the page behind it */
#define PLACE_KINDS     5

#ifdef __ASSEMBLER__
#define ENTRY_STUB_SIZE 32
#define CR0_LONG        0x80010035 /* PG, WP, NE, ET, EM, PE */

/* clang-format off */
        .macro  place kind, target=.
        .pushsection muster_places, "a"
        .long   777f - .
        .byte   \kind
        .popsection
777:    .long   \target - .
        .endm
/* clang-format on */
#else

#include <stdint.h>

#define ENTRY_STUB_SIZE 32u

/* Where a stack has no guard page below, its lowest eight bytes hold this, and smi_take looks at them
 * before it leaves. */
#define ENTRY_CANARY    UINT64_C(0x7972616e61632121)

/* A processor's own. All physical addresses below 4 GiB. */
struct entry_constants {
    uint32_t context; /* of the processor: see context.h */
    uint32_t target;  /* entry_smi_16, entry_apic_16 or entry_relocation_16 */
};

/* Writes the stub for these constants to `stub`, ENTRY_STUB_SIZE bytes that will be executed at
 * the same address. */
void entry_stub_write(uint8_t *stub, const struct entry_constants *constants);

/* Fills in the places of the shared code. */
void entry_places_fill(uint32_t cr3, uint32_t cr4, uint32_t smram_end);

/* Where smi_take has its RSM (leave.c): two bytes that let it run on to the check of the canary
 * if they are LEAVE_CHECKED instead. */
extern uint8_t leave_rsm[] __attribute__((visibility("hidden")));
#define LEAVE_CHECKED   UINT16_C(0x9066) /* a NOP of two bytes */

/* 16-bit code in entry.S. */
extern const uint8_t entry_smi_16[] __attribute__((visibility("hidden")));
extern const uint8_t entry_apic_16[] __attribute__((visibility("hidden")));
extern const uint8_t entry_relocation_16[] __attribute__((visibility("hidden")));

/* The stub as assembled, and where its constants are. */
extern const uint8_t entry_stub_begin[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_end[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_context[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_target[] __attribute__((visibility("hidden")));

#endif
#endif
