/* SPDX-License-Identifier: BSD-2-Clause */
/* Where handlers run on the host, in tests and the simulator: on the stack of whoever runs them. A
 * test that defines handler_stack_none can have them find no stack. */
#ifndef ARCH_HANDLER_STACK_H
#define ARCH_HANDLER_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include <core/runtime.h>

extern bool handler_stack_none __attribute__((weak));

/* Calls a function that runs handlers. False if there is no stack for it to be had: then it has not
 * been called. */
static inline bool handler_stack_call(struct muster_processor *self, struct core_visit *visit,
                                      void (*function)(struct muster_processor *self,
                                                       struct core_visit *visit))
{
    if (&handler_stack_none != NULL && handler_stack_none)
        return false;
    function(self, visit);
    return true;
}

#endif
