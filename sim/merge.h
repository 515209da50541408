/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shards of one search brought together. Each writes the states it has met, in the order of their
 * hashes, so that any number of them can be merged without a table: a state that several have met
 * counts once, and so does an end. Both counts are those of the whole search in one piece; the
 * transitions are the work of all together, which is more.
 */
#ifndef SIM_MERGE_H
#define SIM_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sim/explore.h>

#define MERGE_MARK UINT64_C(0x3153544154534d53) /* "SMSTATS1" */

/* The head of such a file; struct table_entry follows, to its end. */
struct merge_head {
    uint64_t mark;
    uint64_t identity; /* of the initial state */
    uint64_t hash_seed;
    uint32_t shard, shards; /* 0: the whole */
    uint32_t outcome;
    uint32_t table_full;
    double seconds;
    struct explore_counts counts;
};

struct merge_result {
    unsigned shards;
    bool failed, stopped, table_full;
    uint64_t states, ends; /* of all, each once */
    uint64_t transitions;  /* of all, together */
    double seconds;        /* the same */
};

/* False, with the reason in `error`, if the files are not all shards of one search. */
bool merge_files(const char *const *names, unsigned count, struct merge_result *result,
                 char *error, size_t size);

#endif
