/* SPDX-License-Identifier: BSD-2-Clause */
/* Where handlers run in the simulator: on the stack of whoever runs them, or as where SMRAM is small on
 * one of those that all share (sim/handler_stacks.c). */
#ifndef ARCH_HANDLER_STACK_H
#define ARCH_HANDLER_STACK_H

#include <stdbool.h>

#include <core/runtime.h>

/* Calls a function that runs handlers. False if there is no stack for it to be had: then it has not
 * been called. */
bool handler_stack_call(struct muster_processor *self, struct core_visit *visit,
                        void (*function)(struct muster_processor *self,
                                         struct core_visit *visit));

#endif
