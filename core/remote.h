/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders to single processors: a function that the monarch has run elsewhere. What a handler sees
 * of it is muster/remote.h; here is the word of a target that both sides change:
 *
 *   order = round << 8 | monarch << 4 | state
 *
 *   any that is not in use -> WRITING   monarch: what follows the word is its own to write
 *   WRITING -> POSTED                   monarch; then it wakes those who wait (order_wake)
 *   POSTED -> RUNNING                   target; it has copied what it is to do before, and the
 *                                       compare-exchange proves that the copy is whole
 *   RUNNING -> DONE                     target, with status and results
 *   POSTED -> FREE                      monarch that does not wait any longer
 *
 * In use is a word of this round that is POSTED or RUNNING, and one left in WRITING by a monarch
 * that is lost and may still write. The round in the word makes every older order void: a target looks
 * for its own round's only.
 */
#ifndef CORE_REMOTE_H
#define CORE_REMOTE_H

#include <core/runtime.h>

/* Target: runs what the monarch of visit->round has posted for it, if anything. */
void remote_serve(struct muster_processor *self, struct core_visit *visit);

/* Monarch: a handler has ended, and with it whatever it has started. */
void remote_end(struct muster_processor *self, struct core_visit *visit);

/* Monarch: runs the handler where it says that it runs, and sets call->status and results: on the
 * issuer, whose request this is, or on every processor of the round. */
void remote_run_on_issuer(struct muster_processor *self, struct core_visit *visit,
                          const struct muster_handler *handler, struct muster_call *call);
void remote_run_on_each(struct muster_processor *self, struct core_visit *visit,
                        const struct muster_handler *handler, struct muster_call *call);

#endif
