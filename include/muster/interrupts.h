/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maskable interrupts inside a handler that supplies their vectors: its own timer, its own
 * interprocessor interrupts. In SMM, in a handler, on the processor that runs it.
 *
 *   static muster_interrupt_function *const functions[] = {function};
 *   struct muster_interrupts interrupts = {.first = 0xf0, .count = 1, .functions = functions};
 *
 *   muster_interrupts_enable(&interrupts);
 *   ...
 *   muster_interrupts_disable();
 *
 * The OS's interrupts stay where they are. The local APIC's task priority holds back the vectors
 * below those of the handler, its line for the interrupt controller is masked, and what comes in
 * the handler's class or above without being the handler's is sent again when they are disabled.
 * Everything is as it was when the handler is over, also if it faults or forgets to disable them.
 *
 * An interrupt takes 300 bytes of the handler's stack: for SMRAM of megabytes.
 */
#ifndef MUSTER_INTERRUPTS_H
#define MUSTER_INTERRUPTS_H

#include <stdbool.h>
#include <stdint.h>

#define MUSTER_INTERRUPTS_FIRST 0xe0u /* the lowest vector that a handler can supply */
#define MUSTER_INTERRUPTS_MAX   16u   /* that one handler can supply */

struct muster_interrupts;

/* Called with interrupts off, which is where the local APIC is told that it is served. */
typedef void muster_interrupt_function(struct muster_interrupts *interrupts, uint8_t vector);

/* The handler's; it has to stay until the handler is over. */
struct muster_interrupts {
    muster_interrupt_function *const *functions; /* [count] */
    void *argument;                              /* for the functions */
    uint8_t first;                               /* the lowest of its vectors */
    uint8_t count;                               /* 1 to MUSTER_INTERRUPTS_MAX */
};

/* False if the vectors are too low or too many, or others are enabled: nothing has changed then. */
bool muster_interrupts_enable(struct muster_interrupts *interrupts);

/* Brings everything back, and hands the OS what came for it. */
void muster_interrupts_disable(void);

#endif
