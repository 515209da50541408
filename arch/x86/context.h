/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A processor's context: what the processor itself looks at while it is in SMM (its GDT, its
 * TSS, the stack of exceptions), and where a fault in a handler returns to.
 *
 * Each processor has one: two that enter SMM together must not fight for a line, and LTR writes
 * to the GDT (it marks the TSS busy; Intel SDM volume 3, "TSS descriptor in 64-bit mode"). For
 * the same reason it cannot be read-only. The IDT can, and is one for all (fault.S).
 *
 * Exceptions need a stack of their own: an exception on a stack that has overflowed would be a
 * triple fault. The stub that takes them needs seven words of it and calls nothing on it. Directly
 * above it stands the link, by which the stub finds the context.
 */
#ifndef ARCH_X86_CONTEXT_H
#define ARCH_X86_CONTEXT_H

#define CONTEXT_VECTORS 32 /* of the IDT: all that are the processor's */

/* Offsets for assembly, checked below. */
#define CONTEXT_TSS_SELECTOR 0
#define CONTEXT_GDT_POINTER  2
#define CONTEXT_TSS_TYPE     29 /* in the descriptor: present, type */
#define CONTEXT_RETURN_SP    44
#define CONTEXT_CR2          52
#define CONTEXT_SELF         60
#define CONTEXT_STACK        68
#define CONTEXT_EARLY_STACK  72
#define CONTEXT_EARLY        84
#define CONTEXT_ARMED        88
#define CONTEXT_FAULTED      92
#define CONTEXT_VECTOR       100
#define CONTEXT_ERROR        104
#define CONTEXT_ADDRESS      108
#define CONTEXT_LINEAR       116
#define CONTEXT_SIZE         128

#define EXCEPTION_STACK_SIZE 64

#define CONTEXT_ARMED_DEBUG      1
#define CONTEXT_ARMED_INTERRUPTS 2

#define SELECTOR_CODE_32 0x08
#define SELECTOR_CODE_64 0x10
#define SELECTOR_TSS     0x18

#define TSS_AVAILABLE 0x89 /* present, 64-bit TSS, not busy */

#define CR4_LA57 (1u << 12) /* paging has five levels */

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

#include <muster/window.h>

/* The processor reads one word of it, the stack of exceptions. In place of the stacks that it
 * would read if it ever changed its privilege level, or if a gate named them, there is what else
 * a processor needs. It ends where that ends: what would follow is never read. */
struct __attribute__((packed, aligned(4))) context_tss {
    uint32_t reserved;
    uint64_t
        return_sp; /* stack of level 0. While a handler runs: what a fault returns to; else 0 */
    uint64_t cr2;  /* level 1. The OS's */
    uint64_t self; /* level 2. The processor's muster_processor */
    uint32_t stack;       /* by the manual reserved, as the next. Where its stack begins */
    uint16_t early_stack; /* ... and in the 16-bit part of entry: a far pointer */
    uint16_t early_segment;
    uint64_t exceptions; /* interrupt stack 1: of all vectors */
    uint32_t early;   /* interrupt stack 2. Exceptions in the 16-bit part of entry, counted */
    uint32_t armed;   /* what a handler has taken up: CONTEXT_ARMED_* */
    uint64_t faulted; /* 3. A handler did: see arch/handler_call.h */
    uint32_t vector;  /* 4 to 6. The last fault */
    uint32_t error;
    uint64_t address; /* of the instruction, from the image's start */
    uint64_t linear;  /* CR2 */
};

struct x86_context {
    uint16_t tss_selector; /* the GDT's first descriptor is never read: it holds other things */
    uint16_t gdt_limit;
    uint32_t gdt_base;
    uint64_t code_32;
    uint64_t code_64;
    uint64_t tss_descriptor[2];
    struct context_tss tss;
    uint32_t trap_state; /* below 4 GiB: struct trap_state; 0: there is no room for one */
};

/* At the upper end of a processor's stack, above that of exceptions. */
struct context_link {
    uint64_t context; /* address */
    uint64_t reserved;
};

_Static_assert(offsetof(struct x86_context, tss_selector) == CONTEXT_TSS_SELECTOR, "entry.S");
_Static_assert(offsetof(struct x86_context, gdt_limit) == CONTEXT_GDT_POINTER, "fault.S");
_Static_assert(offsetof(struct x86_context, tss_descriptor) + 5 == CONTEXT_TSS_TYPE, "entry.S");
_Static_assert(offsetof(struct x86_context, tss_descriptor) == SELECTOR_TSS, "entry.S");
_Static_assert(offsetof(struct x86_context, tss.return_sp) == CONTEXT_RETURN_SP, "fault.S");
_Static_assert(offsetof(struct x86_context, tss.cr2) == CONTEXT_CR2, "fault.S");
_Static_assert(offsetof(struct x86_context, tss.faulted) == CONTEXT_FAULTED, "fault.S");
_Static_assert(offsetof(struct context_tss, exceptions) == 36, "by the manual");
_Static_assert(offsetof(struct x86_context, tss.self) == CONTEXT_SELF, "fault.S");
_Static_assert(offsetof(struct x86_context, tss.stack) == CONTEXT_STACK, "entry.S");
_Static_assert(offsetof(struct x86_context, tss.early_stack) == CONTEXT_EARLY_STACK, "entry.S");
_Static_assert(offsetof(struct x86_context, tss.early) == CONTEXT_EARLY, "early.S");
_Static_assert(offsetof(struct x86_context, tss.armed) == CONTEXT_ARMED, "trap.S");
_Static_assert(offsetof(struct x86_context, tss.vector) == CONTEXT_VECTOR, "fault.S");
_Static_assert(offsetof(struct x86_context, tss.error) == CONTEXT_ERROR, "fault.S");
_Static_assert(offsetof(struct x86_context, tss.address) == CONTEXT_ADDRESS, "fault.S");
_Static_assert(offsetof(struct x86_context, tss.linear) == CONTEXT_LINEAR, "fault.S");
_Static_assert(MUSTER_STATUS_FAULT == 0x87, "fault.S");
_Static_assert(sizeof(struct x86_context) == CONTEXT_SIZE, "image.c");

/* Fills a context for the processor whose structure is `self`, and its link. The stack begins
 * `below` bytes below that. */
void context_fill(struct x86_context *context, void *self, struct context_link *link,
                  uint32_t below);

/* In SMM: the context of this processor. It begins with the GDT. */
static inline struct x86_context *context_own(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } gdt;

    __asm__("sgdt %0" : "=m"(gdt));
    return (struct x86_context *)(uintptr_t)gdt.base;
}

/* Fills a gate of an IDT. */
void context_gate_fill(uint64_t gate[2], const uint8_t *code);

/* Before the lock, once: fills the IDT. */
void context_install(void);

/* CR4 in SMM, with the protections and the levels of paging that this processor has. All processors
 * are taken to have the same. */
uint32_t context_cr4(void);

#endif
#endif
