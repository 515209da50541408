/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to memory that processors share, for the simulator: same names and contracts as
 * on real processors, but each operation is handed to the scheduler, which decides when it
 * takes effect and what a load sees (x86-TSO, or sequential consistency).
 *
 * A wait is one operation here: blocked until its condition holds, so spinning costs no states.
 * That its deadline passes first is a choice of the scheduler, which moves the clock with it.
 */
#ifndef ARCH_SHARED_H
#define ARCH_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/clock.h>

struct shared_word {
    uint64_t value;
};

uint64_t shared_load_relaxed(const struct shared_word *word);
uint64_t shared_load_acquire(const struct shared_word *word);
void shared_store_relaxed(struct shared_word *word, uint64_t value);
void shared_store_release(struct shared_word *word, uint64_t value);

/* Full barrier. True if `word` held `expected` and now holds `desired`. */
bool shared_compare_exchange(struct shared_word *word, uint64_t expected, uint64_t desired);

/* Waits until (word & mask) == value. False if the clock passed `deadline` first. Acquire. */
bool shared_wait_equal(const struct shared_word *word, uint64_t mask, uint64_t value,
                       uint64_t deadline);

/* Waits until word >= value, but for a moment only (sim/moment.c). Acquire. */
bool shared_wait_shortly(const struct shared_word *word, uint64_t value);

/* Waits until word >= value. False if the clock passed `deadline` first. Acquire. */
bool shared_wait_reached(const struct shared_word *word, uint64_t value, uint64_t deadline);

#endif
