/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of states met, shared by all searching processes: for each a 64-bit hash and the
 * set of transitions that still sleep there.
 *
 * A state's set starts as "everything sleeps", that is, nothing has been explored. Whoever
 * comes with a sleep set of its own intersects the two and explores what thereby wakes up. So a
 * transition is explored once for a state, by whoever is first, and only if some visitor needs
 * it: this is what makes state hashing and sleep sets sound together.
 */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_NOTHING_EXPLORED UINT64_MAX

struct table_entry {
    uint64_t hash; /* 0: free */
    uint64_t sleeping;
};

struct table {
    struct table_entry *entries;
    uint64_t size;  /* a power of two */
    uint64_t limit; /* no more entries than this */
    uint64_t *used; /* shared count */
};

/* Uses at most `bytes` of memory. False if there is not so much. */
bool table_create(struct table *table, uint64_t bytes);
void table_destroy(struct table *table);
void table_clear(struct table *table);

/* Intersects the state's sleeping set with `sleeping`; returns the set before. A new state that
 * finds the table full is not entered, and gets TABLE_NOTHING_EXPLORED. */
uint64_t table_visit(struct table *table, uint64_t hash, uint64_t sleeping);

/* The state will be visited soon. */
static inline void table_expect(const struct table *table, uint64_t hash)
{
    __builtin_prefetch(&table->entries[hash & (table->size - 1)], 1);
}

/* Brings all entries to the front, in the order of their hashes, and writes them. Nothing can be
 * looked up afterwards. */
bool table_write_in_order(struct table *table, FILE *file);

/* Writes all entries to a file; reads them back. False on an error. */
bool table_write(const struct table *table, FILE *file);
bool table_read(struct table *table, FILE *file);

#endif
