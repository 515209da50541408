/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random executions, for sizes that no search can exhaust. Plain: any processor that can move,
 * any of its transitions. PCT: processors have random priorities that change at a few random
 * points, which finds a bug of depth d with a probability that is known. Machine events and
 * untimely deadlines come on top, seldom, each kind of event in its turn.
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <sim/explore.h>
#include <sim/replay.h>

struct random_counts {
    uint64_t steps;
    uint64_t taken[T_KINDS];
    uint64_t events[EXPLORE_EVENTS_MAX];
    /* Of one execution: */
    uint64_t rounds_least, rounds_most;
    unsigned kinds_least; /* of machine events */
};

/* One execution to its end. `pct`: priority changes, 0 for plain random. False if a property
 * failed; execution->steps is then the way there. execution->steps is allocated. */
bool random_run(struct execution *execution, uint64_t seed, unsigned pct,
                struct random_counts *counts);

#endif
