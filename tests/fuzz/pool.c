/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool below 4 GiB: tables hold 32-bit addresses. */
#include "pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <firmware/acpi.h>
#include <firmware/firmware.h>
#include <firmware/memory.h>

#define POOL_SIZE (1u << 20)
#define POOL_GAP  64u /* stays poisoned between two allocations */

static uint8_t *pool;
static uint64_t pool_used;

static void *pool_allocate(uint64_t size, uint64_t alignment)
{
    uint64_t base = align_up(pool_used + POOL_GAP, alignment);

    if (size > POOL_SIZE || base + size > POOL_SIZE)
        return NULL;
    pool_used = base + size;
    __asan_unpoison_memory_region(pool + base, size);
    memset(pool + base, 0, size);
    return pool + base;
}

void *reserved_allocate(struct firmware_machine *unused, uint64_t size, uint64_t alignment)
{
    (void)unused;
    return pool_allocate(size, alignment);
}

void *segment_allocate(uint64_t size, uint64_t alignment)
{
    return pool_allocate(size, alignment);
}

void pool_reset(void)
{
    if (pool == NULL)
        pool = mmap(NULL, POOL_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (pool == MAP_FAILED)
        abort();
    __asan_poison_memory_region(pool, POOL_SIZE);
    pool_used = 0;
}
