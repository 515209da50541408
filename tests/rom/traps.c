/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers that use the debug hook and interrupts in SMM, and some that misuse them. Only in
 * build/test/muster-traps.rom; tests/qemu/test_traps.py fires them.
 */
#include <stdbool.h>
#include <stddef.h>

#include <arch/x86/lapic.h>
#include <muster/debug.h>
#include <muster/handler.h>
#include <muster/interrupts.h>

#define POLLS 100000u

static volatile uint64_t watched;
static uint64_t hooked;
static struct muster_debug_event last;

static enum muster_debug_answer hook_count(struct muster_debug *debug,
                                           struct muster_debug_event *event)
{
    (void)debug;
    hooked++;
    last = *event;
    return MUSTER_DEBUG_CONTINUE;
}

static enum muster_debug_answer hook_step(struct muster_debug *debug,
                                          struct muster_debug_event *event)
{
    hook_count(debug, event);
    return MUSTER_DEBUG_STEP;
}

static enum muster_debug_answer hook_stop(struct muster_debug *debug,
                                          struct muster_debug_event *event)
{
    hook_count(debug, event);
    return MUSTER_DEBUG_STOP;
}

static enum muster_debug_answer hook_change(struct muster_debug *debug,
                                            struct muster_debug_event *event)
{
    hook_count(debug, event);
    event->registers[0] += 5;
    return MUSTER_DEBUG_CONTINUE;
}

/* Three writes and a read: three calls. */
static uint32_t watch(struct muster_call *call)
{
    struct muster_debug debug = {.hook = hook_count};

    hooked = 0;
    muster_debug_begin(&debug);
    muster_debug_break(2, MUSTER_DEBUG_WRITE, &watched, 8);
    watched = 1;
    watched = watched + 1;
    watched = 3;
    muster_debug_end();
    watched = 4;
    call->result[0] = hooked;
    call->result[1] = last.causes;
    return MUSTER_STATUS_SUCCESS;
}

__attribute__((noinline, noclone)) static void visited(void)
{
    __asm__ volatile("" : : : "memory");
}

static uint32_t execute(struct muster_call *call)
{
    struct muster_debug debug = {.hook = hook_count};

    hooked = 0;
    muster_debug_begin(&debug);
    muster_debug_break(0, MUSTER_DEBUG_EXECUTE, (const void *)(uintptr_t)visited, 1);
    visited();
    visited();
    muster_debug_end();
    call->result[0] = hooked;
    call->result[1] = last.address == (uintptr_t)visited;
    return MUSTER_STATUS_SUCCESS;
}

/* With an end to what can be stepped, told apart by the counter's value there. */
static uint32_t step(struct muster_call *call)
{
    struct muster_debug debug = {.hook = hook_step};
    uint64_t before;
    uint64_t after;

    hooked = 0;
    muster_debug_begin(&debug);
    muster_debug_step();
    __asm__ volatile("movq %2, %0\n\tnop\n\tnop\n\tnop\n\tmovq %2, %1"
                     : "=&r"(before), "=&r"(after)
                     : "m"(hooked)
                     : "memory");
    muster_debug_end();
    call->result[0] = after - before;
    call->result[1] = last.causes;
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t breakpoint(struct muster_call *call)
{
    struct muster_debug debug = {.hook = hook_change};
    uint64_t value = 37;

    muster_debug_begin(&debug);
    __asm__ volatile("int3" : "+a"(value) : : "memory");
    muster_debug_end();
    call->result[0] = value;
    call->result[1] = last.causes;
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t stop(struct muster_call *call)
{
    struct muster_debug debug = {.hook = hook_stop};

    muster_debug_begin(&debug);
    muster_debug_break(3, MUSTER_DEBUG_WRITE, &watched, 8);
    watched = 1;
    call->result[0] = 1; /* not reached */
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t forget(struct muster_call *call)
{
    struct muster_debug debug = {.hook = hook_step};

    (void)call;
    muster_debug_begin(&debug);
    muster_debug_break(0, MUSTER_DEBUG_WRITE, &watched, 8);
    muster_debug_break(2, MUSTER_DEBUG_WRITE, &hooked, 8);
    muster_debug_step();
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t fault(struct muster_call *call)
{
    struct muster_debug debug = {.hook = hook_count};

    (void)call;
    muster_debug_begin(&debug);
    muster_debug_break(0, MUSTER_DEBUG_WRITE, &watched, 8);
    __asm__ volatile("ud2");
    return MUSTER_STATUS_SUCCESS;
}

/* The debug registers as the OS has left them, and what it leaves in them. */
static uint32_t registers_read(struct muster_call *call)
{
    __asm__ volatile("movq %%dr0, %0" : "=r"(call->result[0]));
    __asm__ volatile("movq %%dr2, %0" : "=r"(call->result[1]));
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t registers_write(struct muster_call *call)
{
    __asm__ volatile("movq %0, %%dr0; movq %1, %%dr2"
                     :
                     : "r"(call->argument), "r"(call->argument + 1));
    return MUSTER_STATUS_SUCCESS;
}

static volatile uint64_t interrupted;
static volatile uint8_t interrupted_by;

static void interrupt_count(struct muster_interrupts *interrupts, uint8_t vector)
{
    (void)interrupts;
    interrupted++;
    interrupted_by = vector;
}

static muster_interrupt_function *const functions[] = {interrupt_count, interrupt_count};

/* Sends itself vectors, those of the call's argument, and waits for the first of them. */
static uint32_t interrupts_take(struct muster_call *call, bool disable)
{
    struct muster_interrupts interrupts = {.functions = functions, .first = 0xf1, .count = 2};

    interrupted = 0;
    if (!muster_interrupts_enable(&interrupts))
        return MUSTER_STATUS_UNSUPPORTED;
    for (uint64_t vectors = call->argument; vectors != 0; vectors >>= 8)
        lapic_vector_send((uint8_t)vectors);
    for (unsigned poll = 0; poll < POLLS; poll++)
        __builtin_ia32_pause();
    if (disable)
        muster_interrupts_disable();
    call->result[0] = interrupted;
    call->result[1] = interrupted_by;
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t interrupt(struct muster_call *call)
{
    return interrupts_take(call, true);
}

static uint32_t interrupt_forget(struct muster_call *call)
{
    return interrupts_take(call, false);
}

static uint32_t interrupt_refused(struct muster_call *call)
{
    struct muster_interrupts low = {.functions = functions, .first = 0xdf, .count = 1};
    struct muster_interrupts many = {.functions = functions, .first = 0xe0, .count = 17};
    struct muster_interrupts end = {.functions = functions, .first = 0xff, .count = 2};

    call->result[0] = muster_interrupts_enable(&low) || muster_interrupts_enable(&many) ||
                      muster_interrupts_enable(&end);
    return MUSTER_STATUS_SUCCESS;
}

/* An INT of a vector that it has not supplied, while others are enabled. */
static uint32_t interrupt_software(struct muster_call *call)
{
    struct muster_interrupts interrupts = {.functions = functions, .first = 0xf1, .count = 2};

    (void)call;
    muster_interrupts_enable(&interrupts);
    __asm__ volatile("int $0x80");
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t nmi(struct muster_call *call)
{
    lapic_nmi_send();
    for (unsigned poll = 0; poll < POLLS; poll++)
        __builtin_ia32_pause();
    call->result[0] = 1;
    return MUSTER_STATUS_SUCCESS;
}

/* The steps are IRETs, which let it in. */
static uint32_t nmi_step(struct muster_call *call)
{
    struct muster_debug debug = {.hook = hook_step};

    hooked = 0;
    muster_debug_begin(&debug);
    lapic_nmi_send();
    muster_debug_step();
    for (volatile unsigned poll = 0; poll < 100; poll++)
        __builtin_ia32_pause();
    muster_debug_end();
    call->result[0] = hooked > 100;
    return MUSTER_STATUS_SUCCESS;
}

#define TRAP(byte, code)                                                                       \
    MUSTER_HANDLER(code##_handler, .name = #code, .function = (code),                          \
                   .causes = MUSTER_CAUSE_REQUEST, .command = (byte))

TRAP(0x40, watch);
TRAP(0x41, execute);
TRAP(0x42, step);
TRAP(0x43, breakpoint);
TRAP(0x44, stop);
TRAP(0x45, forget);
TRAP(0x46, fault);
TRAP(0x47, registers_read);
TRAP(0x48, registers_write);
TRAP(0x49, interrupt);
TRAP(0x4a, interrupt_forget);
TRAP(0x4b, interrupt_refused);
TRAP(0x4c, interrupt_software);
TRAP(0x4d, nmi);
TRAP(0x4e, nmi_step);
