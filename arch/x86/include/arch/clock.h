/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of deadlines and of the SMI log: the time-stamp counter, assumed constant and the
 * same on every processor (the firmware calibrates it once, against the ACPI timer).
 */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include <stdint.h>

static inline uint64_t clock_now(void)
{
    return __builtin_ia32_rdtsc();
}

#endif
