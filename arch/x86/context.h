/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A processor's context: what the processor itself looks at while it is in SMM (its GDT, its
 * TSS, the stack of exceptions), and where a fault in a handler returns to.
 *
 * It lies directly above the processor's stack, so the stack pointer at entry is its address.
 * Each processor has one: two that enter SMM together must not fight for a line, and LTR writes
 * to the GDT (it marks the TSS busy; Intel SDM volume 3, "TSS descriptor in 64-bit mode"). For
 * the same reason it cannot be read-only. The IDT can, and is one for all (fault.S).
 *
 * Exceptions need a stack of their own: an exception on a stack that has overflowed would be a
 * triple fault. The stub that takes them needs seven words of it and calls nothing on it.
 */
#ifndef ARCH_X86_CONTEXT_H
#define ARCH_X86_CONTEXT_H

/* Offsets for assembly, checked below. */
#define CONTEXT_TSS_SELECTOR 0
#define CONTEXT_GDT_POINTER  2
#define CONTEXT_TSS_TYPE     29 /* in the descriptor: present, type */
#define CONTEXT_RETURN_SP    40
#define CONTEXT_CR2          48
#define CONTEXT_FAULTED      56
#define CONTEXT_SELF         84
#define CONTEXT_EARLY        108
#define CONTEXT_VECTOR       168
#define CONTEXT_ERROR        172
#define CONTEXT_ADDRESS      176
#define CONTEXT_LINEAR       184
#define CONTEXT_SIZE         256

#define SELECTOR_CODE_32 0x08
#define SELECTOR_CODE_64 0x10
#define SELECTOR_TSS     0x18

#define TSS_AVAILABLE 0x89 /* present, 64-bit TSS, not busy */

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

#include <muster/window.h>

struct __attribute__((packed, aligned(8))) context_tss {
    uint32_t reserved;
    uint64_t stack_0;
    uint64_t stack_1;
    uint64_t self; /* stack_2: level 2 is never entered; the processor's muster_processor */
    uint64_t reserved_1;
    uint64_t exceptions; /* interrupt stack 1: of all vectors */
    uint64_t early; /* interrupt stacks 2 to 7, which no gate names: exceptions in the 16-bit
                            part of entry, counted */
    uint64_t interrupt_stacks[5];
    uint64_t reserved_2;
    uint16_t reserved_3;
    uint16_t permission_map; /* its offset: behind the end, none */
};

struct x86_context {
    uint16_t tss_selector; /* the GDT's first descriptor is never read: it holds other things */
    uint16_t gdt_limit;
    uint32_t gdt_base;
    uint64_t code_32;
    uint64_t code_64;
    uint64_t tss_descriptor[2];
    uint64_t return_sp; /* while a handler runs: the stack a fault returns to; else 0 */
    uint64_t cr2;       /* the OS's */
    uint64_t faulted;   /* a handler did: see arch/handler_call.h */
    struct context_tss tss;
    /* The last fault. */
    uint32_t vector;
    uint32_t error;
    uint64_t address; /* of the instruction, from the image's start */
    uint64_t linear;  /* CR2 */
    uint64_t exception_stack[8];
};

_Static_assert(offsetof(struct x86_context, tss_selector) == CONTEXT_TSS_SELECTOR, "entry.S");
_Static_assert(offsetof(struct x86_context, gdt_limit) == CONTEXT_GDT_POINTER, "fault.S");
_Static_assert(offsetof(struct x86_context, tss_descriptor) + 5 == CONTEXT_TSS_TYPE, "entry.S");
_Static_assert(offsetof(struct x86_context, tss_descriptor) == SELECTOR_TSS, "entry.S");
_Static_assert(offsetof(struct x86_context, return_sp) == CONTEXT_RETURN_SP, "fault.S");
_Static_assert(offsetof(struct x86_context, cr2) == CONTEXT_CR2, "entry.S");
_Static_assert(offsetof(struct x86_context, faulted) == CONTEXT_FAULTED, "fault.S");
_Static_assert(sizeof(struct context_tss) == 104, "by the manual");
_Static_assert(offsetof(struct x86_context, tss.self) == CONTEXT_SELF, "fault.S");
_Static_assert(offsetof(struct x86_context, tss.early) == CONTEXT_EARLY, "early.S");
_Static_assert(offsetof(struct x86_context, vector) == CONTEXT_VECTOR, "fault.S");
_Static_assert(offsetof(struct x86_context, error) == CONTEXT_ERROR, "fault.S");
_Static_assert(offsetof(struct x86_context, address) == CONTEXT_ADDRESS, "fault.S");
_Static_assert(offsetof(struct x86_context, linear) == CONTEXT_LINEAR, "fault.S");
_Static_assert(MUSTER_STATUS_FAULT == 0x87, "fault.S");
_Static_assert(sizeof(struct x86_context) == CONTEXT_SIZE, "above the stack");

/* Fills a context for the processor whose structure is `self`, or NULL before there is one. */
void context_fill(struct x86_context *context, void *self);

/* Before the lock, once: fills the IDT. */
void context_install(void);

/* CR4 in SMM, with the protections that this processor has. All processors are taken to have the
 * same. */
uint32_t context_cr4(void);

#endif
#endif
