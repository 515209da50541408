/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The round word: one rendezvous after the other, each with a number and a phase.
 *
 *   round = number << 2 | phase
 *
 *   REST(n)   -> OPEN(n+1)    election: the one whose compare-exchange succeeds is the monarch
 *   OPEN(n)   -> CLOSED(n)    the monarch has gathered and will now take the causes
 *   CLOSED(n) -> REST(n)      release, by the monarch
 *   OPEN(n), CLOSED(n) -> BROKEN(n)   the monarch is declared lost, by a follower
 *   BROKEN(n) -> OPEN(n+1)    as from REST
 *
 * Every change is a compare-exchange from the exact value expected, so of release and
 * deposition exactly one happens, and whatever a deposed monarch tries later fails. Numbers do not
 * repeat within years (request.h has the narrowest). Nobody waits for a count to come back to zero:
 * a wait is for a number to be reached.
 */
#ifndef CORE_ROUND_H
#define CORE_ROUND_H

#include <core/runtime.h>

enum round_phase { ROUND_REST = 0, ROUND_OPEN = 1, ROUND_CLOSED = 2, ROUND_BROKEN = 3 };

enum round_role {
    ROLE_MONARCH,
    ROLE_FOLLOWER,
    ROLE_LATE, /* a follower that found the round CLOSED: held like the others, not counted */
};

/* Finds this processor's part in the round in progress, or starts a round. Sets visit->round.
 */
enum round_role round_join(struct core_visit *visit);

/* Monarch: ends the gathering. False if it has been deposed. Full barrier: a processor that
 * this call did not make late had its cause raised before whatever the caller reads next. */
bool round_close(const struct core_visit *visit);

/* Monarch of a closed round: true if it had not been deposed when the caller read what it read
 * before: no follower of the round has left yet. */
bool round_stands(const struct core_visit *visit);

/* Monarch: ends the round and lets the followers go. False if it has been deposed. */
bool round_release(const struct core_visit *visit);

/* Follower: waits until the round is over, `patience` ticks at the most. False if it was this
 * processor that had to declare the monarch lost. */
bool round_wait(struct core_visit *visit);

#endif
