/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from an SMI to C: a stub for each processor, the same code with other constants.
 *
 * The stub is what a processor executes at SMBASE + 8000h, in 16-bit mode. It knows all it
 * needs as constants, so the path reads no table, searches no list and is never patched again
 * after installation. Shared code in the image (entry.S) takes over in 32-bit mode.
 */
#ifndef ARCH_X86_ENTRY_H
#define ARCH_X86_ENTRY_H

#ifdef __ASSEMBLER__
#define ENTRY_STUB_SIZE  64
#define ENTRY_STACK_SIZE 640
#else

#include <stdint.h>

#define ENTRY_STUB_SIZE  64u

/* What a processor needs of stack: 400 bytes for muster_smi, 110 to call a handler, 80 for it
 * (gcc -fstack-usage), and some to spare. Where it has no guard page below, its lowest
 * eight bytes hold ENTRY_CANARY, and entry_smi_checked looks at them before it leaves. */
#define ENTRY_STACK_SIZE 640u
#define ENTRY_CANARY     UINT64_C(0x7972616e61632121)

/* All physical addresses below 4 GiB. */
struct entry_constants {
    uint32_t page_tables; /* CR3 */
    uint32_t context;     /* this processor's; the stack lies below it. Aligned to 16 */
    uint32_t argument;    /* handed to the C function */
    uint32_t target;      /* 64-bit code: entry_smi, entry_smi_checked or entry_relocation */
};

/* Writes the stub for these constants to `stub`, ENTRY_STUB_SIZE bytes that will be executed at
 * the same address. */
void entry_stub_write(uint8_t *stub, const struct entry_constants *constants);

/* Writes a 32-bit constant into code. */
void entry_constant_write(uint8_t *place, uint32_t value);

/* 64-bit code in entry.S. */
extern const uint8_t entry_smi[] __attribute__((visibility("hidden")));
extern const uint8_t entry_smi_checked[] __attribute__((visibility("hidden")));
extern const uint8_t entry_relocation[] __attribute__((visibility("hidden")));
extern const uint8_t entry_protected[] __attribute__((visibility("hidden")));

/* The stub as assembled, and where its constants are. */
extern const uint8_t entry_stub_begin[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_end[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_gdt_pointer[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_page_tables[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_stack[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_argument[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_protected[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_far_address[] __attribute__((visibility("hidden")));
extern const uint8_t entry_stub_far[] __attribute__((visibility("hidden")));

#endif
#endif
