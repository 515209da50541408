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

/* So many reads take seconds; a timer that has not moved by then does not run. */
#define MEASURE_POLLS 10000000u

static uint64_t reset_ticks;
static uint64_t ticks_per_second;
static uint64_t start_ticks;
static uint32_t start_acpi;

static uint32_t acpi_timer_read(void)
{
    return port_in32(CHIPSET_PM_BASE + CHIPSET_PM_TIMER) & ACPI_TIMER_MASK;
}

void timer_measure_start(uint64_t at_reset)
{
    reset_ticks = at_reset;
    start_acpi = acpi_timer_read();
    start_ticks = timer_now();
}

uint64_t timer_measure(void)
{
    for (uint32_t polls = 0; polls < MEASURE_POLLS; polls++) {
        uint32_t acpi = (acpi_timer_read() - start_acpi) & ACPI_TIMER_MASK;

        if (acpi >= MEASURE_TICKS) {
            ticks_per_second = (timer_now() - start_ticks) * ACPI_TIMER_HERTZ / acpi;
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
