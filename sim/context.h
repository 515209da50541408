/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts: each simulated processor runs the core on a stack of its own. A switch saves the
 * registers that a function must preserve on the stack that is left, so that the live part of
 * the stack is the whole context and a copy of it brings the processor back.
 */
#ifndef SIM_CONTEXT_H
#define SIM_CONTEXT_H

#include <stddef.h>

/* Saves the running context into *from and goes on with `to`. */
void context_switch(void **from, void *to);

/* A context that will call entry(argument) when switched to. Clears `used` bytes below `top`,
 * so that equal contexts have equal bytes. The entry must not return. */
void *context_make(char *top, size_t used, void (*entry)(void *), void *argument);

#endif
