/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time by the processor's time-stamp counter, whose rate is measured against the ACPI timer.
 */
#ifndef FIRMWARE_TIMER_H
#define FIRMWARE_TIMER_H

#include <stdint.h>

static inline uint64_t timer_now(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return ((uint64_t)high << 32) | low;
}

/*
 * Measuring takes a stretch of time; these two mark its ends, so that the boot can do useful
 * work in it. timer_measure() waits only for what is missing to a useful length, and returns
 * the ticks per second.
 */
void timer_measure_start(uint64_t reset_ticks);
uint64_t timer_measure(void);

/* Ticks to microseconds; 0 while the rate is not known. */
uint64_t timer_microseconds(uint64_t ticks);

/* Microseconds since the reset vector. */
uint64_t timer_since_reset(void);

#endif
