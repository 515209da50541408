/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a handler takes up to be called back inside SMM: a debug hook, interrupt vectors. It is noted
 * in the processor's context, and so that the handler cannot leave it behind, the address that it
 * returns to is changed to trap_return: a handler that takes up nothing pays nothing.
 */
#include "trap.h"

#include <core/runtime.h>

#include "context.h"
#include "lapic.h"

#define VECTOR_DEBUG 1u
#define VECTOR_NMI   2u
#define VECTOR_USER  32u

#define FLAGS_TRAP   (1u << 8)
#define FLAGS_RESUME (1u << 16)

extern const uint8_t trap_return[] __attribute__((visibility("hidden")));

struct trap_state *trap_state_of(const struct x86_context *context, uint32_t what)
{
    if (!(context->tss.armed & what))
        return NULL;
    return (struct trap_state *)(uintptr_t)context->trap_state;
}

struct trap_state *trap_arm(uint32_t what)
{
    struct x86_context *context = context_own();
    uint64_t *stack = (uint64_t *)(uintptr_t)context->tss.return_sp;

    if (stack == NULL || context->trap_state == 0 || context->tss.armed & what)
        return NULL;
    context->tss.armed |= what;
    stack[-1] = (uintptr_t)trap_return; /* where fault_guarded_call's CALL has put its own */
    return trap_state_of(context, what);
}

/* Blocked again since this one was taken, until the next IRET. In a handler that may make more of
 * them, it waits for the handler's end. */
static void nmi_take(struct x86_context *context)
{
    struct trap_state *state = trap_state_of(context, CONTEXT_ARMED_DEBUG);

    if (state != NULL)
        state->nmi = true;
    else
        lapic_nmi_send();
}

/* ---- The debug hook ---- */

#define DEBUG_CONTROL_NONE  UINT64_C(0x400) /* DR7 after a reset */
#define DEBUG_STATUS_NONE   UINT64_C(0xffff0ff0)
#define DEBUG_STATUS_BREAKS UINT64_C(0xf)
#define DEBUG_STATUS_STEP   UINT64_C(0x4000)

#define DEBUG_READ(number, value) __asm__ volatile("movq %%dr" #number ", %0" : "=r"(value))
#define DEBUG_LOAD(number, value)                                                              \
    __asm__ volatile("movq %0, %%dr" #number : : "r"((uint64_t)(value)) : "memory")

void muster_debug_begin(struct muster_debug *debug)
{
    struct trap_state *state = trap_arm(CONTEXT_ARMED_DEBUG);

    if (state == NULL)
        return;
    state->debug = debug;
    DEBUG_READ(0, state->debug_saved[0]);
    DEBUG_READ(1, state->debug_saved[1]);
    DEBUG_READ(2, state->debug_saved[2]);
    DEBUG_READ(3, state->debug_saved[3]);
    state->debug_control = DEBUG_CONTROL_NONE;
    state->in_hook = false;
    state->hook_over = false;
    state->nmi = false;
}

static void address_load(unsigned number, uint64_t address)
{
    switch (number) {
    case 0:
        DEBUG_LOAD(0, address);
        break;
    case 1:
        DEBUG_LOAD(1, address);
        break;
    case 2:
        DEBUG_LOAD(2, address);
        break;
    default:
        DEBUG_LOAD(3, address);
        break;
    }
}

/* DR7: bit 2n enables breakpoint n; from bit 16 + 4n on, two bits of kind and two of length. */
void muster_debug_break(unsigned number, enum muster_debug_kind kind,
                        const volatile void *address, unsigned length)
{
    struct trap_state *state = trap_state_of(context_own(), CONTEXT_ARMED_DEBUG);
    uint64_t size = length == 8 ? 2 : length - 1;

    if (state == NULL || number >= MUSTER_DEBUG_BREAKPOINTS)
        return;
    address_load(number, (uintptr_t)address);
    state->debug_control &= ~(UINT64_C(0xf) << (16 + 4 * number));
    state->debug_control |= 1u << (2 * number) | ((uint32_t)kind | (size & 3) << 2)
                                                     << (16 + 4 * number);
    if (!state->in_hook)
        DEBUG_LOAD(7, state->debug_control);
}

void muster_debug_step(void)
{
    if (trap_state_of(context_own(), CONTEXT_ARMED_DEBUG) != NULL)
        __asm__ volatile("pushfq; orq %0, (%%rsp); popfq" : : "i"(FLAGS_TRAP) : "cc", "memory");
}

static void debug_over(struct x86_context *context)
{
    struct trap_state *state = trap_state_of(context, CONTEXT_ARMED_DEBUG);

    if (state == NULL)
        return;
    state->hook_over = true; /* what a step still brings is for nobody */
    __asm__ volatile("pushfq; andq %0, (%%rsp); popfq" : : "i"(~FLAGS_TRAP) : "cc", "memory");
    DEBUG_LOAD(7, DEBUG_CONTROL_NONE);
    for (unsigned number = 0; number < MUSTER_DEBUG_BREAKPOINTS; number++)
        address_load(number, state->debug_saved[number]);
    context->tss.armed &= ~(uint32_t)CONTEXT_ARMED_DEBUG;
    if (state->nmi)
        lapic_nmi_send(); /* held off, or taken at once by nmi_take */
}

void muster_debug_end(void)
{
    debug_over(context_own());
}

static enum muster_debug_answer hook_call(struct trap_state *state,
                                          struct muster_debug_event *event)
{
    enum muster_debug_answer answer;

    state->in_hook = true;
    DEBUG_LOAD(7, DEBUG_CONTROL_NONE);
    answer = state->debug->hook(state->debug, event);
    state->in_hook = false;
    DEBUG_LOAD(7, state->debug_control);
    return answer;
}

/* False if the handler is to end. */
static bool debug_take(struct trap_frame *frame, struct trap_state *state, uint8_t vector)
{
    enum muster_debug_answer answer = MUSTER_DEBUG_CONTINUE;
    uint64_t status;

    DEBUG_READ(6, status);
    DEBUG_LOAD(6, DEBUG_STATUS_NONE);
    frame->event.address = frame->address;
    frame->event.flags = frame->flags;
    frame->event.registers[4] = frame->stack;
    frame->event.causes =
        vector == VECTOR_DEBUG ? status & (DEBUG_STATUS_BREAKS | DEBUG_STATUS_STEP) : 0;
    if (!state->hook_over)
        answer = hook_call(state, &frame->event);
    frame->address = frame->event.address;
    frame->flags = frame->event.flags & ~(uint64_t)FLAGS_TRAP;
    if (answer == MUSTER_DEBUG_STEP)
        frame->flags |= FLAGS_TRAP;
    if (frame->event.causes & DEBUG_STATUS_BREAKS)
        frame->flags |= FLAGS_RESUME;
    return answer != MUSTER_DEBUG_STOP;
}

/* ---- All of them ---- */

static bool vector_take(struct trap_frame *frame, struct x86_context *context, uint8_t vector)
{
    struct trap_state *state;

    if (vector == VECTOR_NMI) {
        nmi_take(context);
        return true;
    }
    if (vector < VECTOR_USER) {
        state = trap_state_of(context, CONTEXT_ARMED_DEBUG);
        return state != NULL && debug_take(frame, state, vector);
    }
    state = trap_state_of(context, CONTEXT_ARMED_INTERRUPTS);
    return state != NULL && interrupt_take(state, vector);
}

__attribute__((used)) uint32_t trap_take(struct trap_frame *frame, struct x86_context *context)
{
    if (!vector_take(frame, context, (uint8_t)frame->vector))
        return TRAP_END;
    return frame->flags & (FLAGS_TRAP | FLAGS_RESUME) ? TRAP_IRETQ : TRAP_RETURN;
}

__attribute__((used)) void trap_over(struct muster_processor *self)
{
    struct x86_context *context = self->context;

    debug_over(context);
    if (trap_state_of(context, CONTEXT_ARMED_INTERRUPTS) != NULL)
        interrupts_over(context);
}
