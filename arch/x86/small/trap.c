/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of arch/x86/trap.c where SMRAM is small: a handler can take up nothing. There is no stack
 * that has room for its being interrupted. */
#include <arch/x86/trap.h>

struct trap_state *trap_arm(uint32_t what)
{
    (void)what;
    return NULL;
}

struct trap_state *trap_state_of(const struct x86_context *context, uint32_t what)
{
    (void)context;
    (void)what;
    return NULL;
}

void muster_debug_begin(struct muster_debug *debug)
{
    (void)debug;
}

void muster_debug_break(unsigned number, enum muster_debug_kind kind,
                        const volatile void *address, unsigned length)
{
    (void)number;
    (void)kind;
    (void)address;
    (void)length;
}

void muster_debug_step(void)
{
}

void muster_debug_end(void)
{
}
