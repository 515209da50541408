/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the time-stamp counter without a pause, and looks at MSR 34h when it has jumped. */
#include "smistat.h"

#include <time.h>

#define CALIBRATION_NANOSECONDS 100000000

static uint64_t ticks_now(void)
{
    return __builtin_ia32_rdtsc();
}

static uint64_t nanoseconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_RAW, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t spin_ticks_per_second(void)
{
    const struct timespec pause = {.tv_nsec = CALIBRATION_NANOSECONDS};
    uint64_t ticks = ticks_now(), nanoseconds = nanoseconds_now();

    nanosleep(&pause, NULL);
    ticks = ticks_now() - ticks;
    nanoseconds = nanoseconds_now() - nanoseconds;
    return (uint64_t)((double)ticks * 1e9 / (double)nanoseconds);
}

static uint64_t smis_read(const struct machine *machine, unsigned position)
{
    uint64_t count = 0;

    if (machine->counts)
        machine_smi_count(machine, position, &count);
    return (uint32_t)count;
}

/* A gap of the first bin costs nothing but the reading: no SMI is as short. */
void spin(const struct machine *machine, unsigned position, uint64_t ticks, struct gaps *gaps)
{
    uint64_t smis = smis_read(machine, position);
    const uint64_t short_gap = gaps->edges[1];
    uint64_t before = ticks_now(), until = before + ticks;

    while (before < until) {
        uint64_t now = ticks_now(), gap = now - before, count;

        before = now;
        if (gap <= short_gap) {
            gaps_add(gaps, gap, 0);
            continue;
        }
        count = smis_read(machine, position);
        gaps_add(gaps, gap, (uint32_t)(count - smis));
        smis = count;
        before = ticks_now();
    }
}
