/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of deadlines and of the SMI log, for the simulator: it stands still until the
 * scheduler lets a deadline expire, and then shows that deadline to everybody.
 */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include <stdint.h>

#include <arch/outside.h>

uint64_t clock_now(void);

/* Writes the time outside SMRAM. */
static inline void clock_write(uint64_t *address)
{
    outside_write64(address, clock_now());
}

#endif
