/* SPDX-License-Identifier: BSD-2-Clause */
/* From what a handler is given to the structures of processors. */
#ifndef ARCH_X86_PLUG_MARKS_H
#define ARCH_X86_PLUG_MARKS_H

#include <stddef.h>

#include <core/runtime.h>

/* The facts that a handler is given are part of the runtime's structure. */
static inline struct muster_runtime *runtime_of(const struct muster_facts *facts)
{
    return (struct muster_runtime *)((uintptr_t)facts - offsetof(struct muster_runtime, facts));
}

static inline struct muster_processor *processor_of(const struct muster_facts *facts,
                                                    uint32_t index)
{
    return &runtime_of(facts)->processors[index];
}

/* Before this processor is let through the gate: from here on it is waited for, like everybody. Otherwise
 * one that arrives when its monarch has given it up could find no round and leave, while the next monarch
 * has begun one without it. */
void plug_expect(const struct muster_facts *facts, uint32_t index);

#endif
