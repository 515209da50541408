/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measurement: one processor fires software SMIs in a loop, the others wait, and the loop's
 * total time over its count is the time of an SMI. Asked for by -fw_cfg
 * name=opt/muster/measure,string=COUNT; needs nothing of the runtime, so that it measures any
 * SMM image the same way.
 *
 * More files of the same kind, numbers from 1 on:
 *   opt/muster/command  the byte, and the command of the request (10h, the no-op)
 *   opt/muster/from     the processor that fires (1: the first)
 *   opt/muster/halted   the others are halted between SMIs; else they spin
 *   opt/muster/settled  the next SMI is fired when every other processor is back from the last
 *
 * An SMI may be taken some instructions after its OUT, so a single one cannot be timed. The
 * loop runs once more with a port that raises no SMI: what is left is the SMI's.
 *
 * Lines that begin with "measure:" are for programs, words of the form name=value.
 */
#include <muster/window.h>
#include <stdbool.h>

#include "chipset.h"
#include "exerciser.h"
#include "firmware.h"
#include "log.h"
#include "memory.h"
#include "option.h"
#include "platform.h"
#include "timer.h"
#include "trampoline.h"
#include <arch/port_io.h>

#define MSR_SMI_COUNT  0x34u
#define PORT_NO_SMI    0x80u /* the POST code's */
#define COUNT_MAX      1000000u
#define WARM_UP        4u
#define BACK_POLLS_MAX UINT64_C(1000000000)
#define QUIET_DIVISOR  50u /* of a second without a new visit: none is on its way */

/* A processor's SMI_COUNT as it last saw it, on a line of its own. */
struct visits {
    _Alignas(64) volatile uint64_t seen;
};

static struct visits visits[TRAMPOLINE_PROCESSORS_MAX];
static const struct firmware_machine *machine;
static uint64_t request_token; /* a floor has none, and looks at none */
static uint32_t processors;
static uint32_t count;
static uint32_t command;
static uint32_t from;
static bool halted;
static bool settled;

static uint64_t smi_count_read(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_SMI_COUNT));
    return (uint64_t)high << 32 | low;
}

static _Noreturn void others_wait(uint32_t index)
{
    for (;;) {
        visits[index].seen = smi_count_read();
        if (halted) {
            __asm__ volatile("hlt"); /* an SMI ends it */
        } else {
            __builtin_ia32_pause();
        }
    }
}

/* With settled: until every other processor has counted `taken` SMIs since `base`. */
static void others_settle(const uint64_t *base, uint64_t taken)
{
    for (uint32_t index = 0; index < processors; index++) {
        for (uint64_t poll = 0; index != from && visits[index].seen < base[index] + taken;
             poll++) {
            if (poll == BACK_POLLS_MAX) {
                firmware_stop("processor %u is not back from SMI %lu", index, taken);
            }
            __builtin_ia32_pause();
        }
    }
}

/* The OUT that raises an SMI, with a request in the registers for a runtime that looks there.
 * The jump ends the emulator's block, where it takes the SMI. */
static inline void shot_fire(uint16_t port)
{
    uint64_t token = request_token;
    uint64_t argument = 0;
    uint64_t result = 0;
    uint64_t results = 0;

    __asm__ volatile("outb %%al, %%dx\n\tjmp 1f\n1:"
                     : "+b"(token), "+c"(argument), "+S"(result), "+D"(results)
                     : "a"(command), "d"(port)
                     : "memory");
}

static uint64_t loop_run(uint16_t port, uint32_t shots, const uint64_t *base)
{
    uint64_t begin = timer_now();

    for (uint32_t shot = 1; shot <= shots; shot++) {
        shot_fire(port);
        if (base != NULL) {
            others_settle(base, shot);
        }
    }
    return timer_now() - begin;
}

/* Until no processor counts more SMIs. */
static void visits_rest(void)
{
    uint64_t quiet = machine->ticks_per_second / QUIET_DIVISOR;
    uint64_t last = 0;
    uint64_t since = timer_now();

    while (timer_now() - since < quiet) {
        uint64_t sum = 0;

        for (uint32_t index = 0; index < processors; index++) {
            sum += visits[index].seen;
        }
        if (sum != last) {
            last = sum;
            since = timer_now();
        }
        __builtin_ia32_pause();
    }
}

static void base_take(uint64_t *base)
{
    visits_rest();
    visits[from].seen = smi_count_read();
    for (uint32_t index = 0; index < processors; index++) {
        base[index] = visits[index].seen;
    }
}

static void firer_run(void)
{
    static uint64_t base[TRAMPOLINE_PROCESSORS_MAX];
    uint64_t empty;
    uint64_t ticks;

    base_take(base);
    loop_run(PLATFORM_APM_CNT, WARM_UP, settled ? base : NULL);
    loop_run(PORT_NO_SMI, WARM_UP, NULL);
    base_take(base);
    empty = loop_run(PORT_NO_SMI, count, NULL);
    ticks = loop_run(PLATFORM_APM_CNT, count, settled ? base : NULL);
    visits_rest();
    visits[from].seen = smi_count_read();
    log_line("measure: processors=%u from=%u halted=%u settled=%u shots=%u ticks=%lu empty=%lu "
             "ticks_per_second=%lu",
             processors, from, halted, settled, count, ticks, empty, machine->ticks_per_second);
    for (uint32_t index = 0; index < processors; index++) {
        log_line("measure: processor=%u visits=%lu", index, visits[index].seen - base[index]);
    }
    log_line("measure: done");
    port_out16(CHIPSET_PM_BASE + CHIPSET_PM1_CNT, PLATFORM_POWER_OFF);
}

static _Noreturn void role_play(uint32_t index)
{
    if (index == from) {
        exerciser_arrivals_wait(machine);
        firer_run();
    }
    others_wait(index);
}

void measure_run(const struct firmware_machine *the_machine)
{
    const struct muster_window *window = address_pointer(the_machine->window_base);

    count = option_number("opt/muster/measure", 0, COUNT_MAX);
    if (count == 0) {
        return;
    }
    machine = the_machine;
    request_token = window->request_token;
    processors = trampoline_data.registered;
    command = option_number("opt/muster/command", MUSTER_COMMAND_NOOP, 0xff);
    from = option_number("opt/muster/from", 1, processors) - 1;
    halted = option_number("opt/muster/halted", 0, 1) != 0;
    settled = option_number("opt/muster/settled", 0, 1) != 0;
    exerciser_restart(machine, role_play);
    role_play(0);
}
