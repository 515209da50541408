/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIPIs that meet their target in SMM. QEMU takes a processor that waits for a SIPI into SMM, and drops a
 * SIPI that comes while it is there. An OS sends INIT and two SIPIs: here none of them is lost, the
 * first, or both, and the program says what has started the processor. Linked around exerciser_run() in
 * build/test/muster-startup.rom, for two processors.
 *
 * The target is kept in SMM by a request in its slot, which its next SMI has it serve alone (stay.c).
 */
#include <stdbool.h>
#include <stddef.h>

#include <muster/window.h>

#include "chipset.h"
#include "exerciser.h"
#include "firmware.h"
#include "log.h"
#include "memory.h"
#include "platform.h"
#include "processors.h"
#include "stay.h"
#include "timer.h"
#include "trampoline.h"
#include <arch/port_io.h>

#define TARGET            1u
#define SIPIS             2u /* that an OS sends */
#define LIMIT_SECONDS     30u
#define RETRY_PER_SECOND  1000u
#define APIC_COMMAND_LOW  0x300u
#define APIC_COMMAND_HIGH 0x310u
#define COMMAND_SMI       0x4200u
#define STAYING           0x11u
#define STAY_ENDS         0x22u

_Noreturn void __wrap_exerciser_run(struct firmware_machine *machine);

static const struct firmware_machine *machine;
static uint32_t starts; /* of the target; atomic */

/* Where the target starts. */
static _Noreturn void target_run(uint32_t index)
{
    (void)index;
    __atomic_fetch_add(&starts, 1, __ATOMIC_RELEASE); /* pairs with starts_now */
    for (;;) {
        __builtin_ia32_pause();
    }
}

static uint32_t starts_now(void)
{
    return __atomic_load_n(&starts, __ATOMIC_ACQUIRE); /* pairs with target_run */
}

static void *window_at(uint32_t offset)
{
    return address_pointer(machine->window_base + offset);
}

static volatile struct muster_slot *slot_of(uint32_t index)
{
    const struct muster_window *window = window_at(0);

    return (volatile struct muster_slot *)window_at(window->slots_offset) + index;
}

static uint64_t visits_of_target(void)
{
    const struct muster_window *window = window_at(0);

    return muster_visits(
        (const volatile struct muster_counters *)window_at(window->counters_offset) + TARGET);
}

static void smi_send(void)
{
    *(volatile uint32_t *)address_pointer(CHIPSET_APIC + APIC_COMMAND_HIGH) =
        trampoline_data.apic_id[TARGET] << 24;
    *(volatile uint32_t *)address_pointer(CHIPSET_APIC + APIC_COMMAND_LOW) = COMMAND_SMI;
}

static void sipi_send(void)
{
    processor_start(trampoline_data.apic_id[TARGET]);
}

/* True as soon as `done`. Until then `again` is called, now and at times; `calls` counts that. Ends the
 * program if it takes too long. */
static void repeat_until(bool (*done)(uint64_t), uint64_t what, void (*again)(void),
                         uint32_t *calls, const char *name)
{
    uint64_t step = machine->ticks_per_second / RETRY_PER_SECOND;
    uint64_t begin = timer_now();
    uint64_t next = begin;

    while (!done(what)) {
        uint64_t now = timer_now();

        if (now - begin > machine->ticks_per_second * LIMIT_SECONDS) {
            firmware_stop("startup: no end of: %s", name);
        }
        if (again != NULL && now >= next) {
            again();
            (*calls)++;
            next = now + step;
        }
        __builtin_ia32_pause();
    }
}

static bool slot_is(uint64_t state)
{
    return slot_of(TARGET)->state == state;
}

static bool slot_of_self_is(uint64_t state)
{
    return slot_of(0)->state == state;
}

static bool has_started(uint64_t before)
{
    return starts_now() != before;
}

/* The target, which waits for a SIPI, is in SMM when this returns. An INIT that it has not taken yet throws
 * the SMI away. */
static void stay_begin(void)
{
    volatile struct muster_slot *slot = slot_of(TARGET);
    uint32_t calls = 0;

    port_out8(PLATFORM_APM_STS, STAYING);
    slot->command = STAY_COMMAND;
    slot->argument = STAY_ENDS;
    slot->state = MUSTER_SLOT_REQUEST;
    repeat_until(slot_is, MUSTER_SLOT_TAKEN, smi_send, &calls, "the SMI to the target");
}

static void stay_end(void)
{
    port_out8(PLATFORM_APM_STS, STAY_ENDS);
    repeat_until(slot_is, MUSTER_SLOT_ANSWERED, NULL, NULL, "the target's stay in SMM");
    slot_of(TARGET)->state = MUSTER_SLOT_FREE;
}

static bool target_has_visited(uint64_t visits)
{
    return visits_of_target() > visits;
}

/* A request for which everybody is held. Returns when the target has been in SMM. */
static void request_all(void)
{
    volatile struct muster_slot *slot = slot_of(0);
    uint64_t visits = visits_of_target();

    slot->command = MUSTER_COMMAND_NOOP;
    slot->state = MUSTER_SLOT_REQUEST;
    port_out8(PLATFORM_APM_CNT, MUSTER_COMMAND_NOOP);
    repeat_until(slot_of_self_is, MUSTER_SLOT_ANSWERED, NULL, NULL, "a request");
    slot->state = MUSTER_SLOT_FREE;
    repeat_until(target_has_visited, visits, NULL, NULL, "the target's part in a request");
}

/* INIT, and as many SIPIs while the target is in SMM. */
static void init_and_lose(uint32_t lost)
{
    exerciser_stop(TARGET);
    if (lost == 0) {
        return;
    }
    stay_begin();
    for (uint32_t sent = 0; sent < lost; sent++) {
        sipi_send();
    }
    stay_end();
}

static void losing(uint32_t lost)
{
    uint32_t before = starts_now();
    uint32_t inits = 1;
    uint32_t sipis = 0;

    init_and_lose(lost);
    if (lost == SIPIS) {
        request_all();
        if (starts_now() != before) {
            firmware_stop("startup: a SIPI that came in SMM has started the target");
        }
        exerciser_stop(TARGET);
        inits++;
    }
    repeat_until(has_started, before, sipi_send, &sipis, "the target's start");
    request_all();
    log_line("startup: lost=%u inits=%u more_sipis=%u", lost, inits, sipis);
}

_Noreturn void __wrap_exerciser_run(struct firmware_machine *the_machine)
{
    machine = the_machine;
    exerciser_restart(machine, target_run);
    for (uint32_t lost = 0; lost <= SIPIS; lost++) {
        losing(lost);
    }
    log_line("startup: end");
    port_out16(CHIPSET_PM_BASE + CHIPSET_PM1_CNT, PLATFORM_POWER_OFF);
    for (;;) {
        __asm__ volatile("hlt");
    }
}
