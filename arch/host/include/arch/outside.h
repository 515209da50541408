/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory outside SMRAM, on the host: a test may be told of every read before it happens, and
 * change what is read. */
#ifndef ARCH_OUTSIDE_H
#define ARCH_OUTSIDE_H

#include <stddef.h>
#include <stdint.h>

/* Defined by a test that wants it. */
extern void (*outside_read_hook)(const void *address, size_t size) __attribute__((weak));

static inline void outside_read_tell(const void *address, size_t size)
{
    if (&outside_read_hook != NULL && outside_read_hook != NULL)
        outside_read_hook(address, size);
}

static inline uint32_t outside_read32(const uint32_t *address)
{
    outside_read_tell(address, sizeof(*address));
    return *(const volatile uint32_t *)address;
}

static inline uint64_t outside_read64(const uint64_t *address)
{
    outside_read_tell(address, sizeof(*address));
    return *(const volatile uint64_t *)address;
}

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
