/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a round costs, counted from the accesses that the code makes when it runs: locked
 * operations, cache-line transfers by a MESI model with one cache per processor, and the longest
 * chain of accesses that had to come one after the other.
 *
 * All processors run at one speed: the one whose clock is least goes next. An access in its own
 * cache takes 1 tick, a locked one 20, a line from a cache of the same node 50, of another 150.
 */
#ifndef SIM_COST_H
#define SIM_COST_H

#include <stdbool.h>
#include <stdint.h>

struct cost {
    uint64_t accesses;
    uint64_t locked;
    uint64_t locked_most; /* of one processor other than the one that asked */
    uint64_t transfers;   /* within a node */
    uint64_t across;      /* between nodes */
    uint64_t ticks;       /* from the first entry to the last exit */
    uint64_t answered;    /* from the first entry until the first processor has left */
};

/* One round of the core, the second after set-up, with a request of processor 0 that was
 * broadcast. False if the core cannot have so many processors. */
bool cost_of_muster(unsigned processors, unsigned nodes, struct cost *cost);

/* One round of the traditional protocol's model. */
bool cost_of_traditional(unsigned processors, unsigned nodes, struct cost *cost);

/* The moves to SMBASEs of their own, handed on or driven by the first processor. */
bool cost_of_relocation(unsigned processors, unsigned nodes, bool chain, struct cost *cost);

#endif
