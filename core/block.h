/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks: on a machine with many processors the monarch looks at so many marks as their number has
 * digits, not at each.
 *
 * A processor whose index is a multiple of the block size heads a block: itself and those behind it,
 * as many as the largest power of the size that divides its index. With 8: 8 heads 8 to 15, 64 heads
 * 64 to 127, 0 everybody. When its mark is stored it looks at the others in its block, at one only of
 * each block within, and then adds to its mark that it has looked, the news, and whether it missed
 * somebody. So its mark stands for the block.
 *
 * This saves looks, and nothing else rests on it. A head has seen itself what it says, or another head
 * has, and the mark of a round stands until that round is closed or broken. A head that misses somebody
 * waits a little only and calls nobody: the monarch looks at that block one by one, with the
 * deadlines of gather.h. So one that is lost, a head or not, costs a few looks more. Nor is a head held
 * for longer than that little when the round is over meanwhile.
 */
#ifndef CORE_BLOCK_H
#define CORE_BLOCK_H

#include <arch/large.h>
#include <core/runtime.h>

/* The size of blocks, a power of two, on a machine with so many processors. 0: each is looked at. */
static inline uint32_t block_size_for(uint32_t processors)
{
    return ARCH_LARGE && processors > 8 ? 8 : 0;
}

static inline bool block_is_used(const struct muster_runtime *runtime)
{
    return ARCH_LARGE && runtime->block_size != 0;
}

/* The first index behind the block of this one. */
uint32_t block_end(const struct muster_runtime *runtime, uint32_t index);

/* True if this processor heads others. */
bool block_has_head(const struct muster_runtime *runtime, uint32_t index);

/* The same of itself. */
static inline bool block_is_mine(const struct muster_processor *self)
{
    return ARCH_LARGE && self->heads;
}

/* Waits a little for `other` and its block, unless it is not waited for at all. True if all of them
 * are in visit->round. *mark is the mark that was seen last. */
bool block_wait(struct muster_processor *self, const struct core_visit *visit,
                const struct muster_processor *other, uint64_t *mark);

/* MARK_REQUEST and MARK_OWES of the processor with this mark and of its block. */
uint64_t block_news(uint64_t mark);

/* The next index to look at behind this one for who has `news`, MARK_REQUEST or MARK_OWES, in visit->round:
 * behind its block if nobody there has. */
uint32_t block_next(const struct muster_runtime *runtime, const struct core_visit *visit,
                    uint32_t index, uint64_t news);

/* Head of a block whose mark with `news` shows it in the round: looks at its block, and tells. */
void block_tell(struct muster_processor *self, const struct core_visit *visit, uint64_t news);

#endif
