/* SPDX-License-Identifier: BSD-2-Clause */
/* Onto another stack and back: apart from handler_stack.c, so that the simulator can run that. */
#ifndef ARCH_STACK_CALL_H
#define ARCH_STACK_CALL_H

#include <core/runtime.h>

/* Calls the function on the stack that begins below `top`. */
static inline void
stack_call(void *top, struct muster_processor *self, struct core_visit *visit,
           void (*function)(struct muster_processor *self, struct core_visit *visit))
{
    __asm__ volatile("movq %%rsp, %%rbx\n\t"
                     "movq %[top], %%rsp\n\t"
                     "call *%[function]\n\t"
                     "movq %%rbx, %%rsp"
                     : "+D"(self), "+S"(visit), [function] "+a"(function)
                     : [top] "r"(top)
                     : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "cc", "memory");
}

#endif
