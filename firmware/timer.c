/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rate of the time-stamp counter, measured against the ACPI timer: 24 bits wide and always
 * 3579545 Hz, so it needs no set-up but its address.
 */
#include "timer.h"

#include "chipset.h"
#include <arch/port_io.h>

#define ACPI_TIMER_HERTZ 3579545u
#define ACPI_TIMER_MASK  0xffffffu

/* 1 ms: what one read of each timer costs, about a microsecond, is then an error of 0.1 %. */
#define MEASURE_TICKS (ACPI_TIMER_HERTZ / 1000)

#define READING_TRIES 4u

/* So many reads take seconds; a timer that has not moved by then does not run. */
#define MEASURE_POLLS (10000000u / READING_TRIES)

/* Both counters at one moment. */
struct reading {
    uint64_t ticks;
    uint32_t acpi;
};

static uint64_t reset_ticks;
static uint64_t ticks_per_second;
static struct reading start;

static uint32_t acpi_timer_read(void)
{
    return port_in32(CHIPSET_PM_BASE + CHIPSET_PM_TIMER) & ACPI_TIMER_MASK;
}

/* Whatever stops the processor between the two, such as an emulator's busy host, makes the rate wrong by
 * as long as it lasts: of a few tries the one counts that took least. */
static struct reading both_read(void)
{
    struct reading best = {0, 0};
    uint64_t least = UINT64_MAX;

    for (unsigned int tries = 0; tries < READING_TRIES; tries++) {
        uint64_t before = timer_now();
        uint32_t acpi = acpi_timer_read();
        uint64_t width = timer_now() - before;

        if (width < least) {
            least = width;
            best = (struct reading){before + width / 2, acpi};
        }
    }
    return best;
}

void timer_measure_start(uint64_t at_reset)
{
    reset_ticks = at_reset;
    start = both_read();
}

uint64_t timer_measure(void)
{
    for (uint32_t polls = 0; polls < MEASURE_POLLS; polls++) {
        struct reading now = both_read();
        uint32_t acpi = (now.acpi - start.acpi) & ACPI_TIMER_MASK;

        if (acpi >= MEASURE_TICKS) {
            ticks_per_second = (now.ticks - start.ticks) * ACPI_TIMER_HERTZ / acpi;
            break;
        }
    }
    return ticks_per_second;
}

uint64_t timer_microseconds(uint64_t ticks)
{
    if (ticks_per_second == 0) {
        return 0;
    }
    /* In two parts, as ticks times a million would overflow after an hour or two. */
    return ticks / ticks_per_second * 1000000u +
           ticks % ticks_per_second * 1000000u / ticks_per_second;
}

uint64_t timer_since_reset(void)
{
    return timer_microseconds(timer_now() - reset_ticks);
}
