/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of deadlines and of the SMI log: the time-stamp counter, assumed constant and the
 * same on every processor (the firmware calibrates it once, against the ACPI timer).
 */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include <stdint.h>

#include <arch/outside.h>

static inline uint64_t clock_now(void)
{
    return __builtin_ia32_rdtsc();
}

/* Writes the time outside SMRAM, in the two halves in which the processor tells it. */
static inline void clock_write(uint64_t *address)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    outside_write32((uint32_t *)(void *)address, low);
    outside_write32((uint32_t *)(void *)address + 1, high);
}

#endif
