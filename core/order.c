/* SPDX-License-Identifier: BSD-2-Clause */
/* Letting go those who are not needed, and waiting for it. See order.h. */
#include <core/order.h>
#include <core/remote.h>
#include <core/round.h>

void order_free(struct muster_processor *self, struct core_visit *visit, enum muster_need need)
{
    if (need == MUSTER_NEED_ALL || self->runtime->processor_count == 1)
        return;
    /* Relaxed: made known by the step. */
    shared_store_relaxed(&self->bound, (uint64_t)need);
    /* Of a round that is broken meanwhile everybody has left: nothing to let go. */
    if (round_step(self, visit))
        visit->record.flags |= MUSTER_RECORD_FREED;
}

bool order_wake(struct muster_processor *self, struct core_visit *visit)
{
    /* Relaxed: made known by the step. Left from an earlier round, it would let somebody go. */
    if (!(visit->record.flags & MUSTER_RECORD_FREED))
        shared_store_relaxed(&self->bound, MUSTER_NEED_ALL);
    visit->record.flags |= MUSTER_RECORD_REMOTE;
    return round_step(self, visit);
}

bool order_frees(struct muster_processor *self, const struct core_visit *visit)
{
    const struct muster_processor *monarch = round_order(self, visit);

    if (monarch == NULL)
        return false;
    /* Relaxed: ordered by the acquire in round_order. If the monarch leads a later round by now,
     * what is read belongs to that one; then this round is over, and to leave it is right. */
    switch (shared_load_relaxed(&monarch->bound)) {
    case MUSTER_NEED_ALL:
        return false;
    case MUSTER_NEED_NODE:
        return monarch->node != self->node;
    default:
        return true;
    }
}

void order_wait(struct muster_processor *self, struct core_visit *visit)
{
    uint64_t step = round_first_step(visit);

    while (round_wait(self, visit, &step)) {
        remote_serve(self, visit);
        if (!visit->stays && order_frees(self, visit)) {
            visit->record.flags |= MUSTER_RECORD_FREED;
            return;
        }
    }
}
