/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at a block, and telling. See block.h. */
#include <core/block.h>
#include <core/presence.h>

/* How long is waited for a block: this part of the time until absentees are called. */
#define BLOCK_PATIENCE 4096u

#define WHO_AND_LOOKED (MARK_PLACE_MASK | MARK_BLOCK_LOOKED)

RARE uint32_t block_end(const struct muster_runtime *runtime, uint32_t index)
{
    uint32_t count = runtime->processor_count;
    uint32_t span = 1;

    while (span < count && (index & (span * runtime->block_size - 1)) == 0)
        span *= runtime->block_size;
    return index + span < count ? index + span : count;
}

bool block_has_head(const struct muster_runtime *runtime, uint32_t index)
{
    return block_is_used(runtime) && block_end(runtime, index) > index + 1;
}

RARE bool block_wait(struct muster_processor *self, const struct core_visit *visit,
                     const struct muster_processor *other, uint64_t *mark)
{
    const struct muster_runtime *runtime = self->runtime;
    uint64_t deadline = visit->started + runtime->deadline_directed / BLOCK_PATIENCE;
    uint64_t wanted = mark_in_round(visit->round);

    if (block_has_head(runtime, (uint32_t)(other - runtime->processors)))
        wanted |= MARK_BLOCK_LOOKED;
    *mark = shared_load_acquire(&other->mark); /* pairs with presence_enter, block_tell */
    if (((*mark ^ wanted) & WHO_AND_LOOKED) != 0) {
        if (mark_is_excused(other, *mark) ||
            !shared_wait_equal(&other->mark, WHO_AND_LOOKED, wanted, deadline))
            return false;
        *mark = shared_load_acquire(&other->mark); /* pairs with presence_enter, block_tell */
    }
    return (*mark & MARK_BLOCK_MISSED) == 0;
}

uint64_t block_news(uint64_t mark)
{
    return (mark | mark / MARK_BLOCK_OF_ONE) & (MARK_REQUEST | MARK_OWES);
}

RARE static uint32_t news_next(const struct muster_runtime *runtime,
                               const struct core_visit *visit, uint32_t index, uint64_t news)
{
    uint64_t none = mark_in_round(visit->round) | MARK_BLOCK_LOOKED;
    uint64_t mark =
        shared_load_acquire(&runtime->processors[index].mark); /* pairs with block_tell */
    uint64_t asked =
        MARK_PLACE_MASK | MARK_BLOCK_LOOKED | MARK_BLOCK_MISSED | news * MARK_BLOCK_OF_ONE;

    return ((mark ^ none) & asked) == 0 ? block_end(runtime, index) : index + 1;
}

uint32_t block_next(const struct muster_runtime *runtime, const struct core_visit *visit,
                    uint32_t index, uint64_t news)
{
    return block_is_used(runtime) ? news_next(runtime, visit, index, news) : index + 1;
}

RARE void block_tell(struct muster_processor *self, const struct core_visit *visit,
                     uint64_t news)
{
    const struct muster_runtime *runtime = self->runtime;
    uint32_t end = block_end(runtime, self->index);
    uint64_t found = MARK_BLOCK_LOOKED;

    for (uint32_t index = self->index + 1; index < end; index = block_end(runtime, index)) {
        uint64_t mark;

        if (!block_wait(self, visit, &runtime->processors[index], &mark)) {
            found = MARK_BLOCK_LOOKED | MARK_BLOCK_MISSED;
            break;
        }
        found |= block_news(mark) * MARK_BLOCK_OF_ONE;
    }
    /* Release: pairs with block_wait; who sees it sees through this one what those of the block
     * had stored before their marks. */
    shared_store_release(&self->mark, mark_in_round(visit->round) | news | found);
}
