/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plain accesses: those that the core makes without the door. Its objects are compiled with the
 * compiler's thread-sanitizer instrumentation, and the calls that it puts in end here.
 *
 * The rule is stronger than freedom from data races: over a whole search, every plain location
 * outside the stacks is either written by nobody or accessed by one processor only, and none is
 * a shared word. Such accesses commute with everything, so they need no place in the schedule.
 */
#ifndef SIM_PLAIN_H
#define SIM_PLAIN_H

#include <stdint.h>

/* Forgets who accessed what; for a new machine. */
void plain_reset(void);

/* For a machine whose plain accesses have no rule. */
void plain_ignore(void);

/* A word behind the door was used: no plain access to it any more. */
void plain_word_used(const uint64_t *word);

#endif
