/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to memory outside SMRAM. Everything behind it may change at any moment and may
 * be hostile: the core reads a field once, keeps the copy, checks the copy. The simulator's
 * header of the same name counts the reads and lets an adversary answer them.
 */
#ifndef ARCH_OUTSIDE_H
#define ARCH_OUTSIDE_H

#include <stdint.h>

static inline uint32_t outside_read32(const uint32_t *address)
{
    return *(const volatile uint32_t *)address;
}

static inline uint64_t outside_read64(const uint64_t *address)
{
    return *(const volatile uint64_t *)address;
}

/* Writes become visible in program order (x86-TSO), which the log's sequence numbers rely on.
 */
static inline void outside_write8(uint8_t *address, uint8_t value)
{
    *(volatile uint8_t *)address = value;
}

static inline void outside_write16(uint16_t *address, uint16_t value)
{
    *(volatile uint16_t *)address = value;
}

static inline void outside_write32(uint32_t *address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static inline void outside_write64(uint64_t *address, uint64_t value)
{
    *(volatile uint64_t *)address = value;
}

#endif
