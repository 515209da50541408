/* SPDX-License-Identifier: BSD-2-Clause */
/* The round word and the release word: election, closing, release, deposition. See round.h. */
#include <core/round.h>

static uint64_t round_word(uint64_t number, enum round_phase phase)
{
    return number << 2 | (uint64_t)phase;
}

static uint64_t round_number(uint64_t word)
{
    return word >> 2;
}

static enum round_phase round_phase(uint64_t word)
{
    return (enum round_phase)(word & 3);
}

enum round_role round_join(struct core_visit *visit)
{
    struct shared_word *round = &visit->self->runtime->round;

    /* A failed compare-exchange means that another processor was elected, and its round is found
     * at the next look unless it is over by then. Each such round takes an SMI of its own: the
     * loop ends when they do. */
    for (;;) {
        /* Acquire: pairs with the compare-exchanges that changed the word. */
        uint64_t word = shared_load_acquire(round);
        enum round_phase phase = round_phase(word);

        visit->round = round_number(word);
        if (phase == ROUND_OPEN)
            return ROLE_FOLLOWER;
        if (phase == ROUND_CLOSED)
            return ROLE_LATE;
        /* Pairs with round_join and round_wait elsewhere: one processor is elected. */
        if (shared_compare_exchange(round, word, round_word(visit->round + 1, ROUND_OPEN))) {
            visit->round++;
            visit->after_broken = phase == ROUND_BROKEN;
            return ROLE_MONARCH;
        }
    }
}

bool round_close(const struct core_visit *visit)
{
    /* Pairs with the load in round_join: who reads OPEN came before this. */
    return shared_compare_exchange(&visit->self->runtime->round,
                                   round_word(visit->round, ROUND_OPEN),
                                   round_word(visit->round, ROUND_CLOSED));
}

bool round_stands(const struct core_visit *visit)
{
    /* Acquire: pairs with the compare-exchange in round_depose, which comes before whatever a
     * follower does after it. */
    return shared_load_acquire(&visit->self->runtime->round) ==
           round_word(visit->round, ROUND_CLOSED);
}

/* Moves the release word up to `number`, never back: a monarch that is slow between the two
 * words must not undo what the next round's monarch has released. */
static void release_advance(struct muster_runtime *runtime, uint64_t number)
{
    /* Bounded: it fails only when another processor has moved the word up. */
    for (;;) {
        uint64_t word = shared_load_relaxed(&runtime->release);

        /* Pairs with the acquire in round_wait: what was answered is visible to the released.
         */
        if (word >= number || shared_compare_exchange(&runtime->release, word, number))
            return;
    }
}

bool round_release(const struct core_visit *visit)
{
    struct muster_runtime *runtime = visit->self->runtime;

    /* Pairs with round_depose: exactly one of the two succeeds. */
    if (!shared_compare_exchange(&runtime->round, round_word(visit->round, ROUND_CLOSED),
                                 round_word(visit->round, ROUND_REST)))
        return false;
    release_advance(runtime, visit->round);
    return true;
}

/* Declares the monarch lost if the round is still in progress. True if this call did it. */
static bool round_depose(const struct core_visit *visit)
{
    struct shared_word *round = &visit->self->runtime->round;
    uint64_t broken = round_word(visit->round, ROUND_BROKEN);

    /* Pair with round_close and round_release: exactly one of them and of these succeeds. OPEN
     * is tried first, because the phase only moves forward. */
    return shared_compare_exchange(round, round_word(visit->round, ROUND_OPEN), broken) ||
           shared_compare_exchange(round, round_word(visit->round, ROUND_CLOSED), broken);
}

bool round_wait(struct core_visit *visit)
{
    struct muster_runtime *runtime = visit->self->runtime;

    /* Pairs with release_advance. */
    if (shared_wait_reached(&runtime->release, visit->round,
                            visit->started + runtime->patience))
        return true;
    if (!round_depose(visit)) {
        /* Over, but the release word is behind: its monarch stopped between the two words. */
        release_advance(runtime, visit->round);
        return true;
    }
    visit->record.flags |= MUSTER_RECORD_BROKEN | MUSTER_RECORD_DEPOSER;
    release_advance(runtime, visit->round);
    return false;
}
