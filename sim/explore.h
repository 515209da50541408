/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The explorer: depth-first search over every transition from every state, stopping at the
 * first failure. Which reductions are used is an option; each can be switched off so that the
 * others can be checked against the naive search.
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include <sim/engine.h>

#define EXPLORE_DEPTH_MAX  4096u /* transitions in one execution */
#define EXPLORE_EVENTS_MAX 32u   /* values of T_EVENT told apart in the counts */

struct explore_options {
    bool no_sleep;          /* explore commuting transitions in both orders */
    bool no_table;          /* explore a state each time it is met */
    unsigned jobs;          /* processes, at least 1 */
    uint64_t memory;        /* bytes for the table */
    uint64_t hash_seed;     /* another hash function for each seed */
    uint64_t seconds;       /* stop after these, 0: never */
    unsigned shard, shards; /* explore part 1..shards only; 0: all */
    bool progress;          /* a line on stderr now and then */
    const char *checkpoint; /* file to stop into and to go on from, or NULL */
    const char *states;     /* file that all states met are written to (merge.h), or NULL */
    /* Sets up the initial state, in every process anew. */
    void (*setup)(const void *scenario);
    const void *scenario;
    /* Called at each end of an execution, for outcomes; may be NULL. */
    void (*at_end)(void);
};

struct explore_counts {
    uint64_t transitions;
    uint64_t states; /* visited for the first time, as far as the table can tell */
    uint64_t revisits;
    uint64_t ends; /* states in which an execution comes to its end */
    uint64_t depth;
    uint64_t taken[T_KINDS];
    uint64_t events[EXPLORE_EVENTS_MAX]; /* T_EVENT by value */
    uint64_t buffer_full;
};

/* In a state's set of what sleeps: asleep unless an execution ends here. */
#define EXPLORE_END (UINT64_C(1) << 62)

enum explore_outcome { EXPLORE_COMPLETE, EXPLORE_FAILED, EXPLORE_STOPPED };

struct path {
    unsigned length;
    struct transition steps[EXPLORE_DEPTH_MAX];
};

struct explore_result {
    enum explore_outcome outcome;
    struct explore_counts counts;
    bool table_full; /* states beyond that were explored but not remembered */
    double seconds;
    /* When failed. */
    char property[64];
    char message[512];
    struct path path;
};

/* False, with a line in result->message, if it could not start. */
bool explore(const struct explore_options *options, struct explore_result *result);

#endif
