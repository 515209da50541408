/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders: what a monarch tells those who wait for it before the round is over. It writes them
 * into its own structure and makes them known by a step of the release word (round.h).
 *
 * The first is that those may go whom nothing that runs in this round needs. Who brought
 * something, a request, a debt or a cause that it saw, stays to the end all the same.
 */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include <core/runtime.h>

/* Monarch: lets everybody go whom `need` does not hold. Before anything runs. */
void order_free(struct muster_processor *self, struct core_visit *visit, enum muster_need need);

/* True if the monarch of visit->round does not need this processor any more. */
bool order_frees(struct muster_processor *self, const struct core_visit *visit);

/* Follower: waits until the round is over or it is let go. */
void order_wait(struct muster_processor *self, struct core_visit *visit);

#endif
