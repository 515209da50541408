/* SPDX-License-Identifier: BSD-2-Clause */
/* Open addressing in shared anonymous memory, entered by compare-exchange. See table.h. */
#include <sim/table.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE_MIN      1024u
#define SIZE_AT_FIRST (UINT64_C(1) << 16)

static void *map_shared(uint64_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static size_t entries_size(const struct table *table)
{
    return (table->size_max + TABLE_SLACK) * sizeof(struct table_entry);
}

bool table_create(struct table *table, uint64_t bytes)
{
    uint64_t size = SIZE_MIN;

    while (size * 2 * sizeof(struct table_entry) <= bytes)
        size *= 2;
    table->size_max = size;
    table_join(table, 0);
    table->shared = map_shared(sizeof(*table->shared));
    table->entries = map_shared(entries_size(table));
    if (table->shared == NULL || table->entries == NULL)
        return false;
    table->shared->size = size < SIZE_AT_FIRST ? size : SIZE_AT_FIRST;
    return true;
}

void table_destroy(struct table *table)
{
    munmap(table->shared, sizeof(*table->shared));
    munmap(table->entries, entries_size(table));
}

void table_join(struct table *table, unsigned visitor)
{
    table->process = (uint32_t)getpid();
    table->visitor = visitor;
}

/* Waits until a word that names a process is zero. Acquire: pairs with the stores of zero. */
static void process_await(const uint32_t *word)
{
    uint32_t process;

    while ((process = __atomic_load_n(word, __ATOMIC_SEQ_CST)) != 0) {
        if (kill((pid_t)process, 0) != 0)
            abort();
        sched_yield();
    }
}

/* ---- Growing ---- */

/* Where a free place for this hash is; NULL: its neighbours have filled even the slack. */
static struct table_entry *place_find(const struct table *table, uint64_t size, uint64_t hash)
{
    struct table_entry *end = table->entries + size + TABLE_SLACK;

    for (struct table_entry *entry = &table->entries[hash & (size - 1)]; entry != end; entry++)
        if (entry->hash == 0)
            return entry;
    return NULL;
}

/* What has no place is forgotten: it is explored again. */
static void entry_place(struct table *table, uint64_t size, struct table_entry moved)
{
    struct table_entry *place = place_find(table, size, moved.hash);

    if (place != NULL)
        *place = moved;
    else
        table->shared->used--;
}

/* In place, from the first entry on: an entry whose home stays moves towards it or not at all, since all
 * before it have moved already, and so nothing that is freed later lies between an entry and its home. What
 * lies in the slack would be in the way of the others' new homes, and moves last. */
static void entries_spread(struct table *table)
{
    static struct table_entry slack[TABLE_SLACK];
    uint64_t size = table->shared->size;

    memcpy(slack, table->entries + size, sizeof(slack));
    memset(table->entries + size, 0, sizeof(slack));
    for (uint64_t at = 0; at < size; at++) {
        struct table_entry moved = table->entries[at];

        if (moved.hash == 0)
            continue;
        table->entries[at] = (struct table_entry){0};
        entry_place(table, 2 * size, moved);
    }
    for (unsigned i = 0; i < TABLE_SLACK; i++)
        if (slack[i].hash != 0)
            entry_place(table, 2 * size, slack[i]);
    table->shared->size = 2 * size;
}

static bool is_filling(const struct table *table)
{
    const struct table_shared *shared = table->shared;

    return shared->size < table->size_max &&
           __atomic_load_n(&shared->used, __ATOMIC_RELAXED) >= shared->size / 8 * 5;
}

static void table_grow(struct table *table)
{
    struct table_shared *shared = table->shared;
    uint32_t nobody = 0;

    /* Pairs with visitor_enter: who does not see it is seen inside. */
    if (!__atomic_compare_exchange_n(&shared->growing, &nobody, table->process, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    for (unsigned i = 0; i < TABLE_VISITORS_MAX; i++)
        process_await(&shared->visitors[i].inside); /* pairs with visitor_leave */
    if (is_filling(table))
        entries_spread(table);
    __atomic_store_n(&shared->growing, 0, __ATOMIC_RELEASE); /* pairs with visitor_enter */
}

static void visitor_enter(struct table *table)
{
    uint32_t *inside = &table->shared->visitors[table->visitor].inside;

    for (;;) {
        __atomic_store_n(inside, table->process, __ATOMIC_SEQ_CST); /* pairs with table_grow */
        /* Pairs with table_grow. */
        if (__atomic_load_n(&table->shared->growing, __ATOMIC_SEQ_CST) == 0)
            return;
        __atomic_store_n(inside, 0, __ATOMIC_RELEASE);
        process_await(&table->shared->growing);
    }
}

static void visitor_leave(struct table *table)
{
    /* Pairs with table_grow: what was entered is seen by who moves it. */
    __atomic_store_n(&table->shared->visitors[table->visitor].inside, 0, __ATOMIC_RELEASE);
}

/* ---- Visiting ---- */

bool table_is_full(const struct table *table)
{
    return __atomic_load_n(&table->shared->used, __ATOMIC_RELAXED) >= table->size_max / 8 * 7;
}

static uint64_t entries_visit(struct table *table, uint64_t hash, uint64_t sleeping)
{
    struct table_shared *shared = table->shared;
    struct table_entry *entry = &table->entries[hash & (shared->size - 1)];
    struct table_entry *end = table->entries + shared->size + TABLE_SLACK;

    for (; entry != end; entry++) {
        uint64_t found = __atomic_load_n(&entry->hash, __ATOMIC_RELAXED);

        if (found == 0) {
            if (table_is_full(table))
                return TABLE_NOTHING_EXPLORED;
            if (__atomic_compare_exchange_n(&entry->hash, &found, hash, false, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED)) {
                __atomic_fetch_add(&shared->used, 1, __ATOMIC_RELAXED);
                found = hash;
            }
        }
        /* Free memory is zero, so the set is kept inverted: zero is "everything sleeps". */
        if (found == hash)
            return ~__atomic_fetch_or(&entry->sleeping, ~sleeping, __ATOMIC_RELAXED);
    }
    return TABLE_NOTHING_EXPLORED;
}

uint64_t table_visit(struct table *table, uint64_t hash, uint64_t sleeping)
{
    uint64_t before;

    if (is_filling(table))
        table_grow(table);
    visitor_enter(table);
    before = entries_visit(table, hash != 0 ? hash : 1, sleeping);
    visitor_leave(table);
    return before;
}

/* ---- Files ---- */

static uint64_t entries_end(const struct table *table)
{
    return table->shared->size + TABLE_SLACK;
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

    for (uint64_t at = 0; at < entries_end(table); at++)
        if (table->entries[at].hash != 0)
            table->entries[count++] = table->entries[at];
    qsort(table->entries, count, sizeof(table->entries[0]), by_hash);
    return fwrite(table->entries, sizeof(table->entries[0]), count, file) == count;
}

bool table_write(const struct table *table, FILE *file)
{
    if (fwrite(&table->shared->used, sizeof(table->shared->used), 1, file) != 1)
        return false;
    for (uint64_t at = 0; at < entries_end(table); at++)
        if (table->entries[at].hash != 0 &&
            fwrite(&table->entries[at], sizeof(table->entries[at]), 1, file) != 1)
            return false;
    return true;
}

bool table_read(struct table *table, FILE *file)
{
    struct table_entry entry;
    uint64_t count;

    if (fread(&count, sizeof(count), 1, file) != 1 || count > table->size_max / 8 * 7)
        return false;
    for (; count != 0; count--) {
        if (fread(&entry, sizeof(entry), 1, file) != 1)
            return false;
        table_visit(table, entry.hash, ~entry.sleeping);
    }
    return true;
}
