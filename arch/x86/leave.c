/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From 64-bit entry to RSM, in one function that nobody returns to: the core's story of an SMI
 * becomes part of it, and no register is brought back for a caller who is not there.
 */
#include <stddef.h>

#include <arch/handler_stack.h>
#include <core/runtime.h>
#include <muster/muster.h>

#include "context.h"
#include "entry.h"

/* Jumped to by entry.S. */
_Noreturn void smi_take(struct muster_processor *self);

/* The RSM. Where no guard page ends the stack, installation lets it run on to the check behind. A
 * processor whose canary is gone has overwritten who knows what: it stays here, and the others
 * declare it lost. */
__attribute__((used, noinline, noclone, section(".text.smi"))) void
smi_take(struct muster_processor *self)
{
    muster_smi(self);
    __asm__ volatile(
        ".globl leave_rsm\n\t"
        ".hidden leave_rsm\n"
        "leave_rsm:\n\t"
        "rsm\n\t"
        "movq %c[context](%[self]), %%rdx\n\t"
        "movabsq %[canary], %%rax\n\t"
        "movl %c[stack](%%rdx), %%ecx\n\t"
        "cmpq %%rax, %c[offset](%%rcx)\n\t"
        "jne 1f\n\t"
        "rsm\n"
        "1:\thlt\n\t"
        "jmp 1b"
        :
        : [self] "r"(self), [context] "i"(offsetof(struct muster_processor, context)),
          [canary] "i"(ENTRY_CANARY), [stack] "i"(CONTEXT_STACK),
          [offset] "i"((int)(STACK_EXCEPTIONS + sizeof(struct context_link)) - (int)STACK_SIZE)
        : "rax", "rcx", "rdx", "memory");
    __builtin_unreachable();
}
