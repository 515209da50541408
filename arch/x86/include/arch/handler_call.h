/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calling a handler so that a fault in it ends the handler and nothing else. The caller's
 * registers are saved on its stack, the stack pointer in the processor's context; the exception
 * stub finds both there (arch/x86/fault.S).
 */
#ifndef ARCH_HANDLER_CALL_H
#define ARCH_HANDLER_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include <arch/x86/context.h>
#include <muster/handler.h>

/* Runs the handler on the processor whose context this is. What the handler returned, or
 * MUSTER_STATUS_FAULT, with `faulted` set in the context. */
uint32_t fault_guarded_call(struct muster_call *call, muster_handler_function *function,
                            struct x86_context *context);

/* Runs the handler. True: it returned, and call->status is set. False: it faulted. `context` is
 * that of the processor that this runs on. */
static inline bool handler_call(void *context, muster_handler_function *function,
                                struct muster_call *call)
{
    struct x86_context *own = context;

    call->status = fault_guarded_call(call, function, own);
    if (__builtin_expect(call->status != MUSTER_STATUS_FAULT || !own->faulted, true))
        return true;
    own->faulted = 0;
    return false;
}

/* What the last fault on this processor was. */
static inline struct muster_fault handler_fault(const void *context)
{
    const struct x86_context *from = context;

    return (struct muster_fault){
        .address = from->address,
        .linear = from->linear,
        .error = from->error,
        .vector = (uint8_t)from->vector,
    };
}

#endif
