/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of states met, shared by all searching processes: for each a 64-bit hash and the
 * set of transitions that still sleep there.
 *
 * A state's set starts as "everything sleeps", that is, nothing has been explored. Whoever
 * comes with a sleep set of its own intersects the two and explores what thereby wakes up. So a
 * transition is explored once for a state, by whoever is first, and only if some visitor needs
 * it: this is what makes state hashing and sleep sets sound together.
 *
 * The table begins small and doubles when it fills, up to its bound: states lie at random places in it,
 * and to touch a page of memory for the first time takes longer than anything else here.
 */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_NOTHING_EXPLORED UINT64_MAX
#define TABLE_VISITORS_MAX     256u /* processes */
#define TABLE_SLACK            1024u /* entries behind the last home, so that none has to wrap around */

struct table_entry {
    uint64_t hash; /* 0: free */
    uint64_t sleeping;
};

struct table_visitor {
    _Alignas(64) uint32_t inside; /* process that looks at entries, 0: none */
};

struct table_shared {
    uint64_t size; /* a power of two: homes in use */
    uint64_t used;
    uint32_t growing; /* process that doubles it, 0: none */
    struct table_visitor visitors[TABLE_VISITORS_MAX];
};

struct table {
    struct table_entry *entries;
    struct table_shared *shared;
    uint64_t size_max;
    uint32_t process;
    unsigned visitor; /* its number, below TABLE_VISITORS_MAX */
};

/* Uses at most `bytes` of memory, and 32 KiB. False if there is not so much. */
bool table_create(struct table *table, uint64_t bytes);
void table_destroy(struct table *table);

/* This process is another one than that which made the table: it visits with a number of its own. */
void table_join(struct table *table, unsigned visitor);

/* Aborts if a process has ended in the midst of a visit: it has lost the search. Otherwise:
 * intersects the state's sleeping set with `sleeping`; returns the set before. A new state that
 * finds the table full is not entered, and gets TABLE_NOTHING_EXPLORED. */
uint64_t table_visit(struct table *table, uint64_t hash, uint64_t sleeping);

/* True if no more states are entered. */
bool table_is_full(const struct table *table);

/* The state will be visited soon. */
static inline void table_expect(const struct table *table, uint64_t hash)
{
    __builtin_prefetch(&table->entries[hash & (table->shared->size - 1)], 1);
}

/* Brings all entries to the front, in the order of their hashes, and writes them. Nothing can be
 * looked up afterwards. */
bool table_write_in_order(struct table *table, FILE *file);

/* Writes all entries to a file; reads them back. False on an error. */
bool table_write(const struct table *table, FILE *file);
bool table_read(struct table *table, FILE *file);

#endif
