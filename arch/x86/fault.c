/* SPDX-License-Identifier: BSD-2-Clause */
/* A fault in the runtime itself: the last thing this processor does is to say so. It does not
 * leave by RSM: what it was doing is half done, and the OS must not run on it while a handler
 * elsewhere believes it held. The others go on without it. Called by fault.S, once. */
#include <arch/handler_call.h>
#include <core/log.h>

__attribute__((used)) void fault_outside_handler(struct muster_processor *self,
                                                 const struct x86_context *context);

void fault_outside_handler(struct muster_processor *self, const struct x86_context *context)
{
    struct muster_fault fault = handler_fault(context);

    log_stop(self, &fault);
}
