/* SPDX-License-Identifier: BSD-2-Clause */
/* Calling a handler where no exception can be taken: on the host, in tests and the simulator. A
 * test makes a handler fault by HANDLER_FAULTS as its status. */
#ifndef ARCH_HANDLER_CALL_H
#define ARCH_HANDLER_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include <core/runtime.h>

#define HANDLER_FAULTS 0xfa017u

static inline bool handler_call(struct muster_processor *self,
                                muster_handler_function *function, struct muster_call *call)
{
    uint32_t status = function(call);

    (void)self;
    if (status == HANDLER_FAULTS)
        return false;
    call->status = status;
    return true;
}

static inline struct muster_fault handler_fault(const void *context)
{
    (void)context;
    return (struct muster_fault){.vector = 14, .error = 2, .address = 0x1234};
}

#endif
