/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions and interrupts that a handler has asked for, and goes on after: the frame that trap.S
 * builds on the handler's stack, and what trap.c says of it.
 */
#ifndef ARCH_X86_TRAP_H
#define ARCH_X86_TRAP_H

#define TRAP_RAX    0
#define TRAP_RCX    8
#define TRAP_RDX    16
#define TRAP_RBX    24
#define TRAP_RSP_0  32 /* as the debug hook is shown it */
#define TRAP_RBP    40
#define TRAP_RSI    48
#define TRAP_RDI    56
#define TRAP_R8     64
#define TRAP_R9     72
#define TRAP_R10    80
#define TRAP_R11    88
#define TRAP_R12    96
#define TRAP_R13    104
#define TRAP_R14    112
#define TRAP_R15    120
#define TRAP_RIP    128
#define TRAP_FLAGS  136
#define TRAP_CAUSES 144
#define TRAP_VECTOR 152
#define TRAP_IRET   160 /* five words: RIP, CS, RFLAGS, RSP, SS */
#define TRAP_SIZE   224 /* and room for two words below the stack that was interrupted */

/* What trap_take answers. */
#define TRAP_END    0 /* ends the handler */
#define TRAP_RETURN 1
#define TRAP_IRETQ  2 /* with TF or RF, which nothing but an IRET brings back */

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/debug.h>

struct muster_processor;

struct muster_interrupts;
struct x86_context;

struct trap_frame {
    struct muster_debug_event event;
    uint64_t vector; /* 8 bits of it */
    uint64_t address;
    uint64_t code_segment;
    uint64_t flags;
    uint64_t stack;
    uint64_t stack_segment;
};

_Static_assert(offsetof(struct trap_frame, event.registers[15]) == TRAP_R15, "trap.S");
_Static_assert(offsetof(struct trap_frame, event.address) == TRAP_RIP, "trap.S");
_Static_assert(offsetof(struct trap_frame, event.flags) == TRAP_FLAGS, "trap.S");
_Static_assert(offsetof(struct trap_frame, event.causes) == TRAP_CAUSES, "trap.S");
_Static_assert(offsetof(struct trap_frame, vector) == TRAP_VECTOR, "trap.S");
_Static_assert(offsetof(struct trap_frame, address) == TRAP_IRET, "trap.S");
_Static_assert(sizeof(struct trap_frame) <= TRAP_SIZE, "trap.S");

/* What a processor keeps while a handler of it has taken up something: at the lower end of its
 * stack, where that has a page of its own (image.c). */
struct trap_state {
    struct muster_debug *debug;
    struct muster_interrupts *interrupts;
    uint64_t debug_saved[4]; /* the OS's DR0 to DR3 */
    uint64_t debug_control;  /* DR7, outside the debug hook */
    bool in_hook;
    bool hook_over;    /* the debug hook is not called any more */
    bool nmi;          /* one came while there was a debug hook */
    uint32_t foreign;  /* bit n: vector MUSTER_INTERRUPTS_FIRST + n is to be sent again */
    uint32_t line;     /* the OS's local vector of the interrupt controller */
    uint32_t priority; /* the OS's task priority */
};

/* Takes up something for the handler that runs on this processor. NULL if there is none, if it
 * has it already, or no room for the state. */
struct trap_state *trap_arm(uint32_t what);

/* The state, if `what` is taken up. */
struct trap_state *trap_state_of(const struct x86_context *context, uint32_t what);

/* False if the handler is to end. In interrupts/interrupts.c, where there is one. */
bool interrupt_take(struct trap_state *state, uint8_t vector) __attribute__((weak));
void interrupts_over(struct x86_context *context) __attribute__((weak));

/* Called by trap.S with interrupts off. TRAP_END, TRAP_RETURN or TRAP_IRETQ. */
uint32_t trap_take(struct trap_frame *frame, struct x86_context *context);

/* Puts down what the handler has taken up and not put down: called when it is over. */
void trap_over(struct muster_processor *self);

#endif
#endif
