/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calling a handler so that a fault in it ends the handler and nothing else. The stack pointer
 * is kept in the processor's context, where the exception stub finds it (arch/x86/fault.S). What
 * else the caller needs afterwards the compiler keeps on the stack: for it, the call changes every
 * register but the one that holds the processor's structure.
 */
#ifndef ARCH_HANDLER_CALL_H
#define ARCH_HANDLER_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include <arch/x86/context.h>
#include <core/runtime.h>
#include <muster/handler.h>

/* Runs the handler. True: it returned, and call->status is set. False: it faulted. `self` is the
 * processor that this runs on. */
__attribute__((always_inline)) static inline bool
handler_call(struct muster_processor *self, muster_handler_function *function,
             struct muster_call *call)
{
    struct x86_context *context;
    register struct x86_context *guard __asm__("rdx");
    register muster_handler_function *target __asm__("rsi") = function;
    register struct muster_call *first __asm__("rdi") = call;
    uint32_t status;

    guard = self->context;
    __asm__ volatile("call fault_guarded_call"
                     : "=a"(status), "+r"(first), "+r"(target), "+r"(guard)
                     : "b"(self)
                     : "rcx", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc",
                       "memory");
    context = self->context;
    context->tss.return_sp = 0;
    call->status = status;
    if (__builtin_expect(status != MUSTER_STATUS_FAULT || !context->tss.faulted, true))
        return true;
    context->tss.faulted = 0;
    return false;
}

/* What the last fault on this processor was. */
static inline struct muster_fault handler_fault(const void *context)
{
    const struct x86_context *from = context;

    return (struct muster_fault){
        .address = from->tss.address,
        .linear = from->tss.linear,
        .error = from->tss.error,
        .vector = (uint8_t)from->tss.vector,
    };
}

#endif
