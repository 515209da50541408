/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breakpoints and single steps inside a handler, for its own debug hook: a tool for who writes
 * handlers. In SMM, in a handler, on the processor that runs it.
 *
 *   struct muster_debug debug = {.hook = hook};
 *
 *   muster_debug_begin(&debug);
 *   muster_debug_break(0, MUSTER_DEBUG_WRITE, &word, 8);
 *   ...
 *   muster_debug_end();
 *
 * The hook is called for the breakpoints of the debug registers, for single steps, and for INT3.
 * It runs on the handler's stack with breakpoints off, and may read and change the registers. The
 * registers and the debug registers of the interrupted OS are what they were when the handler is
 * over, also if it faults or forgets muster_debug_end. Without a hook such an exception ends the
 * handler.
 *
 * The hook takes 300 bytes of stack besides its own: for SMRAM of megabytes.
 */
#ifndef MUSTER_DEBUG_H
#define MUSTER_DEBUG_H

#include <stdint.h>

#define MUSTER_DEBUG_BREAKPOINTS 4u /* numbers 0 to 3 */

/* What a breakpoint waits for. */
enum muster_debug_kind {
    MUSTER_DEBUG_EXECUTE = 0, /* before it is executed */
    MUSTER_DEBUG_WRITE = 1,   /* after a write */
    MUSTER_DEBUG_ACCESS = 3   /* after a read or a write */
};

/* What the hook is told, and what it may change. */
struct muster_debug_event {
    uint64_t registers[16]; /* RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 ... R15; RSP is not
                               taken back */
    uint64_t address;       /* of the next instruction */
    uint64_t flags;         /* RFLAGS */
    uint64_t causes;        /* DR6: bit n is breakpoint n, bit 14 a step; 0: INT3 */
};

/* How the handler goes on. */
enum muster_debug_answer {
    MUSTER_DEBUG_CONTINUE,
    MUSTER_DEBUG_STEP, /* ... and come back after one instruction */
    MUSTER_DEBUG_STOP, /* ends the handler as a fault would */
};

struct muster_debug;

/* A hook. */
typedef enum muster_debug_answer muster_debug_function(struct muster_debug *debug,
                                                       struct muster_debug_event *event);

/* The handler's; it has to stay until the handler is over. */
struct muster_debug {
    muster_debug_function *hook; /* called on every event */
    void *argument;              /* for the hook */
};

/* From here on the hook is called. */
void muster_debug_begin(struct muster_debug *debug);

/* Sets a breakpoint. `length` is 1, 2, 4 or 8 bytes, and the address a multiple of it; for EXECUTE
 * it is 1. */
void muster_debug_break(unsigned number, enum muster_debug_kind kind,
                        const volatile void *address, unsigned length);

/* The hook is called after each instruction from here on, as long as it answers STEP. */
void muster_debug_step(void);

/* Brings everything back. */
void muster_debug_end(void);

#endif
