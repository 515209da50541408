/* SPDX-License-Identifier: BSD-2-Clause */
/* Building page tables (Intel SDM volume 3, "4-level paging and 5-level paging"). See paging.h. */
#include <stddef.h>

#include <core/section.h>

#include "paging.h"

#define ENTRIES      512u
#define ADDRESS_MASK UINT64_C(0x000ffffffffff000)

/* An entry that leads to a table of the next level. */
INSTALL_ONLY static uint64_t table_entry(const uint64_t *table)
{
    return (uintptr_t)table | PAGE_PRESENT | PAGE_WRITABLE | PAGE_ACCESSED;
}

INSTALL_ONLY static uint64_t *table_take(struct page_pool *pool)
{
    uint64_t *table = pool->next;

    if (pool->end - pool->next < (ptrdiff_t)ENTRIES)
        return NULL;
    pool->next += ENTRIES;
    for (unsigned entry = 0; entry < ENTRIES; entry++)
        table[entry] = 0;
    return table;
}

INSTALL_ONLY uint64_t *paging_root(struct page_pool *pool)
{
    return table_take(pool);
}

/* Its first entry maps 256 TiB, in which everything is. */
INSTALL_ONLY uint64_t *paging_root_five(struct page_pool *pool, const uint64_t *root)
{
    uint64_t *five = table_take(pool);

    if (five != NULL)
        five[0] = table_entry(root);
    return five;
}

INSTALL_ONLY static unsigned table_index(uint64_t address, unsigned level)
{
    return (unsigned)(address >> (12 + 9 * level)) % ENTRIES;
}

/* The entry of the last level for `address`; missing tables are taken from the pool, if given.
 */
INSTALL_ONLY static uint64_t *entry_find(struct page_pool *pool, uint64_t *root,
                                         uint64_t address)
{
    uint64_t *table = root;

    for (unsigned level = 3; level > 0; level--) {
        uint64_t *entry = &table[table_index(address, level)];

        if (!(*entry & PAGE_PRESENT)) {
            uint64_t *next = pool != NULL ? table_take(pool) : NULL;

            if (next == NULL)
                return NULL;
            *entry = table_entry(next);
        }
        table = (uint64_t *)(uintptr_t)(*entry & ADDRESS_MASK);
    }
    return &table[table_index(address, 0)];
}

INSTALL_ONLY bool paging_alias(struct page_pool *pool, uint64_t *root, uint64_t address,
                               uint64_t physical, uint64_t kind)
{
    uint64_t *entry = entry_find(pool, root, address);

    if (entry == NULL)
        return false;
    *entry = physical | kind | PAGE_PRESENT | PAGE_ACCESSED | PAGE_DIRTY;
    return true;
}

INSTALL_ONLY bool paging_map(struct page_pool *pool, uint64_t *root, uint64_t start,
                             uint64_t size, uint64_t kind)
{
    uint64_t end = start + size;

    if (size == 0 || end < start || end > UINT64_C(1) << 32)
        return false;
    for (uint64_t page = start / PAGE_SIZE * PAGE_SIZE; page < end; page += PAGE_SIZE) {
        if (!paging_alias(pool, root, page, page, kind))
            return false;
    }
    return true;
}

INSTALL_ONLY void paging_unmap(uint64_t *root, uint64_t address)
{
    uint64_t *entry = entry_find(NULL, root, address);

    if (entry != NULL)
        *entry = 0;
}
