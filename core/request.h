/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests: a software SMI's token, from the issuer's registers or slot to the monarch and back.
 *
 * Only the issuer's own processor touches the issuer's save state and slot. It copies the request
 * in on its way in and, if it is not the monarch itself, publishes the copy in its record:
 *
 *   request = round << 8 | monarch << 4 | OWING | state
 *
 *   any but ANSWERING -> REQUESTED  issuer, before its mark shows it in the round; once in a round
 *   REQUESTED -> TAKEN              monarch; it has copied the arguments before, and the
 *                                   compare-exchange proves that the copy is whole. From here
 *                                   the request runs, at most once
 *   TAKEN -> ANSWERING              monarch, after the handler; then it writes the answer
 *   ANSWERING -> ANSWERED           monarch; with OWING if the SMI of the request may be still
 *                                   to come
 *   REQUESTED, TAKEN -> FREE        issuer, when the round is over without an answer
 *
 * The round in the word makes whatever a deposed monarch tries fail. A record left in ANSWERING by
 * a lost monarch is not used again before that monarch's mark shows that it has moved on. Round
 * numbers have 48 bits here: at a million rounds a second they repeat after nine years.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include <core/runtime.h>

/* Issuer: copies the request of this processor in, if there is one, and consumes its token. False: there
 * is none. Then, where the usual path is apart, request_collect_none() before anything asks for it. */
bool request_collect(struct muster_processor *self, struct core_visit *visit);
void request_collect_none(struct muster_processor *self, struct core_visit *visit);

/* Issuer: no round has answered its request, if there is one, and none will: its answer is
 * MUSTER_STATUS_BROKEN. */
void request_give_up(struct core_visit *visit);

/* Issuer: writes the answer to where the request came from, if there was one. */
void request_answer(struct muster_processor *self, struct core_visit *visit);

/* Issuer: the same for a second request, in the slot, that waits behind one that came in
 * registers. True if there was one. */
bool request_collect_waiting(struct muster_processor *self, struct core_visit *visit);

/* Follower: publishes the request, or the debt, and returns the MARK_* flags that tell of it.
 */
uint64_t request_publish(struct muster_processor *self, struct core_visit *visit);

/* Follower: after the round, takes the answer; it stays pending if there was none. */
void request_conclude(struct muster_processor *self, struct core_visit *visit);

/* Monarch: true in the usual case: it asked, the byte is its own, and there are no news. */
static inline bool request_own_is_all(const struct core_visit *visit, struct muster_cause taken)
{
    return USUAL_PATH_APART && USUAL(taken.causes == MUSTER_CAUSE_BYTE) &&
           USUAL(taken.command == visit->asked) && USUAL(visit->news == 0);
}

/* Monarch: serves its own request, in that case. */
void request_serve_own(struct muster_processor *self, struct core_visit *visit);

/* Monarch: serves everything that asked for something in this round: requests, and the byte and the
 * other causes taken. */
void request_serve_all(struct muster_processor *self, struct core_visit *visit);

/* Monarch: the same where no handler can run: a byte is answered MUSTER_STATUS_BROKEN, requests keep
 * waiting for their issuers to take them back. */
void request_refuse_all(struct muster_processor *self, struct core_visit *visit,
                        struct muster_cause cause);

#endif
