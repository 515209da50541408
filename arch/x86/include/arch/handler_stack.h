/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where handlers run: on the stack of the processor that runs them, which has room for it. In images
 * for small SMRAM they share some: arch/x86/small/arch/handler_stack.h.
 */
#ifndef ARCH_HANDLER_STACK_H
#define ARCH_HANDLER_STACK_H

#include <stdbool.h>

#include <core/runtime.h>

/* What a processor needs of stack: 400 bytes for smi_take, 500 to serve a request and for its handler
 * (tools/check/stack.py adds up the frames), and some to spare. Above it the stack of exceptions and
 * the link (arch/x86/context.h). */
#define STACK_EXCEPTIONS 64u
#define STACK_SIZE       (1280u + STACK_EXCEPTIONS + 16u)

#define HANDLER_STACK_PAGES 0u /* shared by all processors */

struct handler_stack;

/* Before the lock: where those pages are. */
static inline void handler_stack_place(struct handler_stack *stacks)
{
    (void)stacks;
}

/* Calls a function that runs handlers. False if there is no stack for it to be had: then it has not
 * been called. */
static inline bool handler_stack_call(struct muster_processor *self, struct core_visit *visit,
                                      void (*function)(struct muster_processor *self,
                                                       struct core_visit *visit))
{
    function(self, visit);
    return true;
}

#endif
