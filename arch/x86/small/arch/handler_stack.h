/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where handlers run in images for small SMRAM: on stacks that all processors share, so that the own
 * stack of each needs no room for them. Stands before the header of the same name in
 * arch/x86/include.
 *
 * There are two. A monarch takes the first when it begins to serve and gives it back before it releases
 * the round. The second is for what its handlers have others run (muster/remote.h), one after the other,
 * and for the next monarch when this one was declared lost: who has been deposed may be at work on
 * its stack still, or for ever, and so may who hangs in what it was given. With both kept so, no handler
 * runs any more until one of them comes back, and requests are answered MUSTER_STATUS_BROKEN.
 */
#ifndef ARCH_HANDLER_STACK_H
#define ARCH_HANDLER_STACK_H

#include <stdbool.h>

#include <core/runtime.h>

/* A processor's own: 300 bytes for smi_take, 100 for what it calls (tools/check/stack.py adds up
 * the frames). A fault there is the end of the processor, so exceptions take the upper end of
 * what it overwrites: they have no stack besides. Above it the link (arch/x86/context.h). */
#define STACK_EXCEPTIONS 0u
#define STACK_SIZE       480u

#define HANDLER_STACK_PAGES 1u

struct handler_stack;

/* Before the lock: where those pages are. */
void handler_stack_place(struct handler_stack *stacks);

/* Calls a function that runs handlers. False if there is no stack for it to be had: then it has not
 * been called. */
bool handler_stack_call(struct muster_processor *self, struct core_visit *visit,
                        void (*function)(struct muster_processor *self,
                                         struct core_visit *visit));

#endif
