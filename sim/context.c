/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a context; the switch itself is in context_switch.S. */
#include <sim/context.h>

#include <stdint.h>
#include <string.h>

void context_start(void);

/* What context_switch pops, lowest address first. Above it the stack is aligned to 16 bytes, as
 * it must be where context_start calls the entry. */
struct context_frame {
    uint64_t r15, r14, r13, r12, rbx, rbp;
    void (*resume)(void);
};

void *context_make(char *top, size_t used, void (*entry)(void *), void *argument)
{
    struct context_frame *frame = (struct context_frame *)(void *)(top - sizeof(*frame));

    memset(top - used, 0, used);
    frame->rbx = (uint64_t)(uintptr_t)entry;
    frame->r12 = (uint64_t)(uintptr_t)argument;
    frame->resume = context_start;
    return frame;
}
