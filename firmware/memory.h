/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes in memory: copying, setting, comparing, and access to unaligned little-endian fields in
 * tables that others wrote.
 */
#ifndef FIRMWARE_MEMORY_H
#define FIRMWARE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void memory_copy(void *target, const void *source, size_t size);
void memory_set(void *target, uint8_t value, size_t size);
bool memory_equal(const void *one, const void *other, size_t size);

/* The value that makes size bytes add up to 0 when added to them. */
uint8_t memory_checksum(const void *data, size_t size);

static inline uint64_t align_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static inline uint64_t align_down(uint64_t value, uint64_t alignment)
{
    return value & ~(alignment - 1);
}

static inline void *address_pointer(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

static inline uint64_t pointer_address(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

/* width is 1, 2, 4 or 8 bytes. */
uint64_t field_read(const void *field, unsigned int width);
void field_write(void *field, unsigned int width, uint64_t value);

#endif
