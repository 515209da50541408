/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to memory that processors share, on real x86 processors: compiler builtins.
 *
 * A shared word has a type of its own, so that plain access to it does not compile by accident.
 * The header of the same name for the simulator hands each of these operations to its
 * scheduler; the core is compiled against one or the other by the include path alone.
 *
 * Memory order: x86-TSO. A release store and an acquire load are plain MOVs; what costs is a
 * full barrier, and each of exchange, compare-exchange, add and fence is one.
 */
#ifndef ARCH_SHARED_H
#define ARCH_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/clock.h>

struct shared_word {
    uint64_t value;
};

/* Polls of a wait before it looks at the clock for the first time, and between two looks:
 * reading the clock costs more than reading a line that nobody has written. */
#define SHARED_POLLS_PER_CLOCK 32u

static inline uint64_t shared_load_relaxed(const struct shared_word *word)
{
    return __atomic_load_n(&word->value, __ATOMIC_RELAXED);
}

static inline uint64_t shared_load_acquire(const struct shared_word *word)
{
    return __atomic_load_n(&word->value, __ATOMIC_ACQUIRE);
}

static inline void shared_store_relaxed(struct shared_word *word, uint64_t value)
{
    __atomic_store_n(&word->value, value, __ATOMIC_RELAXED);
}

static inline void shared_store_release(struct shared_word *word, uint64_t value)
{
    __atomic_store_n(&word->value, value, __ATOMIC_RELEASE);
}

/* Full barrier. True if `word` held `expected` and now holds `desired`. */
static inline bool shared_compare_exchange(struct shared_word *word, uint64_t expected,
                                           uint64_t desired)
{
    return __atomic_compare_exchange_n(&word->value, &expected, desired, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Waits until (word & mask) == value. False if the clock passed `deadline` first. Acquire. */
static inline bool shared_wait_equal(const struct shared_word *word, uint64_t mask,
                                     uint64_t value, uint64_t deadline)
{
    for (;;) {
        for (unsigned poll = 0; poll < SHARED_POLLS_PER_CLOCK; poll++) {
            if ((shared_load_acquire(word) & mask) == value)
                return true;
            __builtin_ia32_pause();
        }
        if (clock_now() >= deadline)
            return (shared_load_acquire(word) & mask) == value;
    }
}

/* Waits until word >= value, but for a moment only, without a look at the clock. False: it is not yet.
 * Acquire. */
static inline bool shared_wait_shortly(const struct shared_word *word, uint64_t value)
{
    for (unsigned poll = 0; poll < SHARED_POLLS_PER_CLOCK; poll++) {
        if (shared_load_acquire(word) >= value)
            return true;
        __builtin_ia32_pause();
    }
    return false;
}

/* Waits until word >= value. False if the clock passed `deadline` first. Acquire. */
static inline bool shared_wait_reached(const struct shared_word *word, uint64_t value,
                                       uint64_t deadline)
{
    for (;;) {
        if (shared_wait_shortly(word, value))
            return true;
        if (clock_now() >= deadline)
            return shared_load_acquire(word) >= value;
    }
}

#endif
