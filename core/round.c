/* SPDX-License-Identifier: BSD-2-Clause */
/* The round word and the release word: election, closing, release, deposition. See round.h. */
#include <core/round.h>

#define RELEASE_STEP 12
/* How long an election is left to others: this part of the time until absentees are called. */
#define ELECTION_PATIENCE (1u << 18)

_Static_assert(MUSTER_WINDOW_PROCESSORS_MAX <= 1u << RELEASE_STEP, "the monarch has its bits");

static uint64_t round_word(uint64_t round, enum round_phase phase)
{
    return round + (uint64_t)phase;
}

static uint64_t release_word(uint64_t round, unsigned step)
{
    return (round << ROUND_RELEASE_SHIFT) + ((uint64_t)step << RELEASE_STEP);
}

/* The least word that is a step further. */
static uint64_t release_next(uint64_t word)
{
    return (word >> RELEASE_STEP << RELEASE_STEP) + release_word(0, 1);
}

bool round_elect(struct muster_processor *self, struct core_visit *visit, uint64_t word,
                 enum round_phase to)
{
    uint64_t round = round_of(word) + ROUND_UNIT;

    /* Pairs with round_elect and round_depose elsewhere: one processor is elected. */
    if (!shared_compare_exchange(&self->runtime->round, word, round_word(round, to)))
        return false;
    visit->round = round;
    return true;
}

void round_begin_alone(struct muster_processor *self, struct core_visit *visit, uint64_t word)
{
    visit->round = round_of(word) + ROUND_UNIT;
    /* Relaxed: nobody else reads it. */
    shared_store_relaxed(&self->runtime->round, round_word(visit->round, ROUND_CLOSED));
}

RARE bool round_await(struct muster_processor *self, const struct core_visit *visit,
                      uint64_t word)
{
    struct muster_runtime *runtime = self->runtime;
    uint64_t deadline = visit->started;

    for (uint32_t left = self->index; left != 0; left /= 2)
        deadline += runtime->deadline_directed / ELECTION_PATIENCE;
    /* Pairs with round_elect elsewhere. It proves nothing: the round is looked at again. */
    return self->index != 0 &&
           shared_wait_reached(&runtime->round, round_of(word) + ROUND_UNIT, deadline);
}

bool round_close(struct muster_processor *self, const struct core_visit *visit)
{
    /* Pairs with the load in round_look: who reads OPEN came before this. */
    return shared_compare_exchange(&self->runtime->round, round_word(visit->round, ROUND_OPEN),
                                   round_word(visit->round, ROUND_CLOSED));
}

bool round_stands(struct muster_processor *self, const struct core_visit *visit)
{
    /* Acquire: pairs with the compare-exchange in round_depose, which comes before whatever a
     * follower does after it. */
    return shared_load_acquire(&self->runtime->round) == round_word(visit->round, ROUND_CLOSED);
}

/* Moves the release word up to `to`, never back: a monarch that is slow between the two words
 * must not undo what the next round's monarch has released. False if it is there already. */
static bool release_advance(struct muster_runtime *runtime, uint64_t to)
{
    /* Bounded: it fails only when another processor has moved the word up. */
    for (;;) {
        uint64_t word = shared_load_relaxed(&runtime->release);

        if (word >= to)
            return false;
        /* Pairs with the acquire in round_wait: what was answered or ordered is visible to
         * those who wait. */
        if (shared_compare_exchange(&runtime->release, word, to))
            return true;
    }
}

bool round_release(struct muster_processor *self, const struct core_visit *visit)
{
    struct muster_runtime *runtime = self->runtime;

    /* Pairs with round_depose: exactly one of the two succeeds. */
    if (!shared_compare_exchange(&runtime->round, round_word(visit->round, ROUND_CLOSED),
                                 round_word(visit->round, ROUND_REST)))
        return false;
    if (self->others)
        release_advance(runtime, release_word(visit->round, ROUND_STEP_OVER));
    return true;
}

/* The release word with the next step of this round. */
static uint64_t step_next(struct muster_processor *self, const struct core_visit *visit)
{
    /* Relaxed: in this round nobody else makes a step but the last. */
    uint64_t word = shared_load_relaxed(&self->runtime->release);
    uint64_t first = release_word(visit->round, 1) | self->index;

    return word < first ? first : word + release_word(0, 1);
}

bool round_has_step(struct muster_processor *self, const struct core_visit *visit)
{
    return step_next(self, visit) < release_word(visit->round, ROUND_STEP_OVER);
}

bool round_step(struct muster_processor *self, const struct core_visit *visit)
{
    uint64_t next = step_next(self, visit);

    return next < release_word(visit->round, ROUND_STEP_OVER) &&
           release_advance(self->runtime, next);
}

const struct muster_processor *round_order(struct muster_processor *self,
                                           const struct core_visit *visit)
{
    const struct muster_runtime *runtime = self->runtime;
    uint64_t word = shared_load_acquire(&runtime->release); /* pairs with round_step */

    if (word < release_word(visit->round, 1) ||
        word >= release_word(visit->round, ROUND_STEP_OVER))
        return NULL;
    return &runtime->processors[word & ((1u << RELEASE_STEP) - 1)];
}

/* Declares the monarch lost if the round is still in progress. True if this call did it. */
static bool round_depose(struct muster_processor *self, const struct core_visit *visit)
{
    struct shared_word *round = &self->runtime->round;
    uint64_t broken = round_word(visit->round, ROUND_BROKEN);

    /* Pair with round_close and round_release: exactly one of them and of these succeeds. OPEN
     * is tried first, because the phase only moves forward. */
    return shared_compare_exchange(round, round_word(visit->round, ROUND_OPEN), broken) ||
           shared_compare_exchange(round, round_word(visit->round, ROUND_CLOSED), broken);
}

/* The follower's patience is over. */
RARE static void round_give_up(struct muster_processor *self, struct core_visit *visit)
{
    if (round_depose(self, visit)) {
        visit->record.flags |= MUSTER_RECORD_BROKEN | MUSTER_RECORD_DEPOSER;
        visit->again = true;
    }
    /* If it is over, the release word is behind: its monarch stopped between the two words. */
    release_advance(self->runtime, release_word(visit->round, ROUND_STEP_OVER));
}

uint64_t round_first_step(const struct core_visit *visit)
{
    return release_word(visit->round, 1);
}

bool round_wait(struct muster_processor *self, struct core_visit *visit, uint64_t *step)
{
    struct muster_runtime *runtime = self->runtime;
    uint64_t over = release_word(visit->round, ROUND_STEP_OVER);
    uint64_t word;

    /* Pair with release_advance. */
    if (!(USUAL_PATH_APART && shared_wait_shortly(&runtime->release, *step)) &&
        !shared_wait_reached(&runtime->release, *step, visit->started + runtime->patience)) {
        round_give_up(self, visit);
        return false;
    }
    word = shared_load_acquire(&runtime->release); /* pairs with release_advance */
    *step = release_next(word);
    return word < over;
}

bool round_ends_shortly(struct muster_processor *self, uint64_t round)
{
    struct muster_runtime *runtime = self->runtime;

    /* Pair with release_advance. */
    return shared_wait_shortly(&runtime->release, release_word(round, 1)) &&
           shared_load_acquire(&runtime->release) >= release_word(round, ROUND_STEP_OVER);
}
