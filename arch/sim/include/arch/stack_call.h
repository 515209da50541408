/* SPDX-License-Identifier: BSD-2-Clause */
/* Onto a shared stack and back, for the simulator: it notes who is there and stays where it is. */
#ifndef ARCH_STACK_CALL_H
#define ARCH_STACK_CALL_H

#include <core/runtime.h>

void stack_call(void *top, struct muster_processor *self, struct core_visit *visit,
                void (*function)(struct muster_processor *self, struct core_visit *visit));

#endif
