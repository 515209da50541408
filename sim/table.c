/* SPDX-License-Identifier: BSD-2-Clause */
/* Open addressing in shared anonymous memory, entered by compare-exchange. See table.h. */
#include <sim/table.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *map_shared(uint64_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

bool table_create(struct table *table, uint64_t bytes)
{
    uint64_t size = 1024;

    while (size * 2 * sizeof(struct table_entry) <= bytes)
        size *= 2;
    table->size = size;
    table->limit = size / 8 * 7;
    table->used = map_shared(4096);
    table->entries = map_shared(size * sizeof(struct table_entry));
    return table->used != NULL && table->entries != NULL;
}

void table_destroy(struct table *table)
{
    munmap(table->used, 4096);
    munmap(table->entries, table->size * sizeof(struct table_entry));
}

void table_clear(struct table *table)
{
    /* Gives the pages back, so that a search costs only the memory it needs. */
    madvise(table->entries, table->size * sizeof(struct table_entry), MADV_REMOVE);
    *table->used = 0;
}

uint64_t table_visit(struct table *table, uint64_t hash, uint64_t sleeping)
{
    uint64_t at;

    if (hash == 0)
        hash = 1;
    for (at = hash & (table->size - 1);; at = (at + 1) & (table->size - 1)) {
        struct table_entry *entry = &table->entries[at];
        uint64_t found = __atomic_load_n(&entry->hash, __ATOMIC_RELAXED);

        if (found == 0) {
            if (__atomic_load_n(table->used, __ATOMIC_RELAXED) >= table->limit)
                return TABLE_NOTHING_EXPLORED;
            if (__atomic_compare_exchange_n(&entry->hash, &found, hash, false, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED)) {
                __atomic_fetch_add(table->used, 1, __ATOMIC_RELAXED);
                found = hash;
            }
        }
        /* Free memory is zero, so the set is kept inverted: zero is "everything sleeps". */
        if (found == hash)
            return ~__atomic_fetch_or(&entry->sleeping, ~sleeping, __ATOMIC_RELAXED);
    }
}

static int by_hash(const void *one, const void *other)
{
    uint64_t first = ((const struct table_entry *)one)->hash;
    uint64_t second = ((const struct table_entry *)other)->hash;

    return (first > second) - (first < second);
}

bool table_write_in_order(struct table *table, FILE *file)
{
    uint64_t count = 0;

    for (uint64_t at = 0; at < table->size; at++)
        if (table->entries[at].hash != 0)
            table->entries[count++] = table->entries[at];
    qsort(table->entries, count, sizeof(table->entries[0]), by_hash);
    return fwrite(table->entries, sizeof(table->entries[0]), count, file) == count;
}

bool table_write(const struct table *table, FILE *file)
{
    if (fwrite(table->used, sizeof(*table->used), 1, file) != 1)
        return false;
    for (uint64_t at = 0; at < table->size; at++)
        if (table->entries[at].hash != 0 &&
            fwrite(&table->entries[at], sizeof(table->entries[at]), 1, file) != 1)
            return false;
    return true;
}

bool table_read(struct table *table, FILE *file)
{
    struct table_entry entry;
    uint64_t count;

    if (fread(&count, sizeof(count), 1, file) != 1 || count > table->limit)
        return false;
    for (; count != 0; count--) {
        if (fread(&entry, sizeof(entry), 1, file) != 1)
            return false;
        table_visit(table, entry.hash, ~entry.sleeping);
    }
    return true;
}
