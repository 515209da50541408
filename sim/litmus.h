/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Litmus tests: small programs whose outcomes under x86-TSO and under SC are published, run on
 * the same engine and explorer as the core. If the sets of outcomes differ by one element, the
 * simulator's memory is not the memory it claims to be.
 */
#ifndef SIM_LITMUS_H
#define SIM_LITMUS_H

#include <stdbool.h>
#include <stddef.h>

#include <sim/explore.h>

#define LITMUS_THREADS_MAX 4u
#define LITMUS_OUTCOME_MAX 16u  /* characters of an outcome */
#define LITMUS_SET_MAX     256u /* outcomes of one test */

/*
 * A thread is a string of operations on the words x and y:
 *   Wx1  store 1     Rx  load into the next register     F  full fence
 *   Xx1  exchange (locked) with 1, the old value into the next register
 * An outcome is the registers in thread order, a digit each, then the final x and y.
 */
struct litmus {
    const char *name;
    const char *threads[LITMUS_THREADS_MAX];
    const char *outcome; /* the one the test is about; '.' stands for any digit */
    bool tso;            /* allowed by x86-TSO */
    bool sc;             /* allowed by SC */
};

extern const struct litmus litmus_tests[];
extern const unsigned litmus_count;

struct litmus_set {
    unsigned count;
    char outcomes[LITMUS_SET_MAX][LITMUS_OUTCOME_MAX]; /* sorted */
};

/* All outcomes of a test by the given search. False if the search could not be made. */
bool litmus_run(const struct litmus *test, bool sequential, struct explore_options options,
                struct litmus_set *set, struct explore_counts *counts);

/* True if the set holds the test's outcome. */
bool litmus_set_matches(const struct litmus_set *set, const char *pattern);

#endif
