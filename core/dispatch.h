/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dispatch: from a cause or a command to the handler that serves it. A handler that faults is
 * ended (arch/handler_call.h): its request is answered MUSTER_STATUS_FAULT, the fault is in the
 * round's record, and the round goes on.
 */
#ifndef CORE_DISPATCH_H
#define CORE_DISPATCH_H

#include <core/runtime.h>

/* Commands, of which each has one handler; all other causes are level causes. */
#define CAUSES_OF_COMMAND ((uint32_t)(MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE))

/* Fills the tables of the runtime from the registered handlers. False if two claim one command. */
bool dispatch_prepare(struct muster_runtime *runtime);

/* What the handlers of this command need. */
enum muster_need dispatch_need_of(const struct muster_runtime *runtime, uint8_t command);

/* What the handlers of the processor's own request and of `cause` need, all together. */
enum muster_need dispatch_need(struct muster_processor *self, const struct core_visit *visit,
                               struct muster_cause cause);

/* Runs the handler of call->command and sets call->status. */
void dispatch_call(struct muster_processor *self, struct core_visit *visit,
                   struct muster_call *call);

/* The same for a bare byte: only a handler that also serves MUSTER_CAUSE_BYTE answers. */
void dispatch_byte(struct muster_processor *self, struct core_visit *visit,
                   struct muster_call *call);

/* Runs a function on this processor for a handler, which may be the handler itself, and sets
 * call->status. */
void dispatch_order(struct muster_processor *self, struct core_visit *visit,
                    const struct muster_handler *handler, muster_handler_function *function,
                    struct muster_call *call);

/* Runs every handler of this level cause, in their order. */
void dispatch_level(struct muster_processor *self, struct core_visit *visit, uint32_t cause,
                    uint64_t argument);

#endif
