/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The round word: one rendezvous after the other, each with a number and a phase.
 *
 *   round = number << 8 | phase
 *
 *   REST(n)   -> OPEN(n+1)    election: the one whose compare-exchange succeeds is the monarch
 *   REST(n)   -> CLOSED(n+1)  the same, of a monarch that needs to gather nobody
 *   OPEN(n)   -> CLOSED(n)    the monarch has gathered and will now take the causes
 *   CLOSED(n) -> REST(n)      release, by the monarch
 *   OPEN(n), CLOSED(n) -> BROKEN(n)   the monarch is declared lost, by a follower
 *   BROKEN(n) -> OPEN(n+1), CLOSED(n+1)   as from REST
 *
 * A round is named by the word's upper part, everywhere: steps of ROUND_UNIT, so that a word which
 * names one has room below for what it says of it.
 *
 * Every change is a compare-exchange from the exact value expected, so of release and
 * deposition exactly one happens, and whatever a deposed monarch tries later fails. Numbers do not
 * repeat within years (request.h has the narrowest). Nobody waits for a count to come back to zero:
 * a wait is for a number to be reached.
 *
 * The release word tells the followers, who wait for it, how far the round is. It only grows:
 *
 *   release = number << 20 | step << 12 | monarch
 *
 *   step 0          nothing has been said
 *   1 .. OVER - 1   the monarch has an order for those who wait (order.h)
 *   OVER            the round is over
 */
#ifndef CORE_ROUND_H
#define CORE_ROUND_H

#include <core/runtime.h>

enum round_phase { ROUND_REST = 0, ROUND_OPEN = 1, ROUND_CLOSED = 2, ROUND_BROKEN = 3 };

#define ROUND_UNIT          UINT64_C(256)
#define ROUND_STEP_OVER     255u
#define ROUND_RELEASE_SHIFT 12 /* of a round in the release word */

/* The round word. Acquire: pairs with the compare-exchanges that changed it. */
static inline uint64_t round_look(const struct muster_processor *self)
{
    return shared_load_acquire(&self->runtime->round);
}

static inline enum round_phase round_phase(uint64_t word)
{
    return (enum round_phase)(word & (ROUND_UNIT - 1));
}

/* True if the round word is that of a round that gathers: then `round` names it. */
static inline bool round_is_open(uint64_t word, uint64_t *round)
{
    *round = word - ROUND_OPEN;
    return round_phase(word) == ROUND_OPEN;
}

/* The round that a word names: the round word, or a mark. */
static inline uint64_t round_of(uint64_t word)
{
    return word & ~(ROUND_UNIT - 1);
}

/* As people and the log count them. */
static inline uint64_t round_number(uint64_t word)
{
    return word / ROUND_UNIT;
}

/* Starts the round after that of `word`, which was at REST or BROKEN, in phase `to`. True if this
 * processor is its monarch: visit->round names it; false if another one was elected
 * meanwhile. */
bool round_elect(struct muster_processor *self, struct core_visit *visit, uint64_t word,
                 enum round_phase to);

/* The same to CLOSED, on a machine of one processor: there is nobody else to be elected. */
void round_begin_alone(struct muster_processor *self, struct core_visit *visit, uint64_t word);

/* Waits for the round after that of `word` to begin, for a moment that grows with the number of digits
 * of the processor's index. Where many come at once with nothing but a cause to lead for, so they do not
 * all write the word one after the other, and one that has a request is the monarch. True if it has begun. */
bool round_await(struct muster_processor *self, const struct core_visit *visit, uint64_t word);

/* Monarch: ends the gathering. False if it has been deposed. Full barrier: a processor that
 * this call did not make late had its cause raised before whatever the caller reads next. */
bool round_close(struct muster_processor *self, const struct core_visit *visit);

/* Monarch of a closed round: true if it had not been deposed when the caller read what it read
 * before: no follower of the round has left yet that was not let go. */
bool round_stands(struct muster_processor *self, const struct core_visit *visit);

/* Monarch: ends the round and lets the followers go. False if it has been deposed. */
bool round_release(struct muster_processor *self, const struct core_visit *visit);

/* Monarch: true if there is a step left in this round for it to make. */
bool round_has_step(struct muster_processor *self, const struct core_visit *visit);

/* Monarch: makes the next step, and with it all it has stored before, known to those who wait. False
 * if the round is over, because it has been deposed, or if there is no step left. */
bool round_step(struct muster_processor *self, const struct core_visit *visit);

/* The monarch whose order holds in visit->round, or NULL if there was none or the round is over.
 * Acquire: pairs with round_step. */
const struct muster_processor *round_order(struct muster_processor *self,
                                           const struct core_visit *visit);

/* The release word at the first step of visit->round. */
uint64_t round_first_step(const struct core_visit *visit);

/* Follower: waits for the round to reach `step`, until its patience is over. True: there is an
 * order; `step` is the next one. False: the round is over, and if it was this processor
 * that had to declare the monarch lost, visit->again is set. */
bool round_wait(struct muster_processor *self, struct core_visit *visit, uint64_t *step);

/* Follower: true if the round is over, and nothing was ordered before, after a moment at most. */
bool round_ends_shortly(struct muster_processor *self, uint64_t round);

#endif
