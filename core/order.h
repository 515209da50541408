/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders: what a monarch tells those who wait for it before the round is over. It writes them
 * into its own structure and makes them known by a step of the release word (round.h).
 *
 * One is that those may go whom nothing that runs in this round needs. Who brought something, a
 * request, a debt or a cause that it saw, stays to the end all the same. Any other is for single
 * processors and stands with them (remote.h): the step only has them look.
 */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include <core/runtime.h>

/* Monarch: lets everybody go whom `need` does not hold. Before anything runs. */
void order_free(struct muster_processor *self, struct core_visit *visit, enum muster_need need);

/* Monarch: has those who wait look at their orders. False if the round is over, or there were too many
 * orders in it. */
bool order_wake(struct muster_processor *self, struct core_visit *visit);

/* True if the monarch of visit->round does not need this processor any more. */
bool order_frees(struct muster_processor *self, const struct core_visit *visit);

/* Follower: waits until the round is over or it is let go. */
void order_wait(struct muster_processor *self, struct core_visit *visit);

#endif
