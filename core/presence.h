/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Presence: where a processor is, as far as it has told. This is the "synchbyte" of US 7,363,411
 * with its three states, made a word that also carries the round, so that a mark left over from an
 * earlier round counts as nothing and never has to be reset by anybody else.
 *
 *   mark = round | flags (round.h: it is named by a multiple of 256)
 *
 *   INACTIVE  not waited for; an SMI is sent to it all the same, and one that wakes meets the
 *             round before it runs anything else. A port that starts processors later begins so.
 *   ACTIVE    runs outside SMM: waited for.
 *   IN_SMM    is in SMM and belongs to the round named: from its store until that round is over
 *             it executes nothing but the wait.
 */
#ifndef CORE_PRESENCE_H
#define CORE_PRESENCE_H

#include <core/runtime.h>

#define MARK_INACTIVE UINT64_C(0)
#define MARK_ACTIVE   UINT64_C(1)
#define MARK_IN_SMM   UINT64_C(2)
#define MARK_REQUEST  UINT64_C(4) /* with IN_SMM: its record holds a request */
#define MARK_OWES     UINT64_C(8) /* with IN_SMM: its record names a command answered before */
/* With IN_SMM, of who looks after a block: see block.h. */
#define MARK_BLOCK_OF_ONE  UINT64_C(4) /* times a flag above: of somebody else in the block */
#define MARK_BLOCK_REQUEST (MARK_BLOCK_OF_ONE * MARK_REQUEST)
#define MARK_BLOCK_OWES    (MARK_BLOCK_OF_ONE * MARK_OWES)
#define MARK_BLOCK_LOOKED  UINT64_C(0x40) /* it has looked at the others of the block */
#define MARK_BLOCK_MISSED  UINT64_C(0x80) /* ... and somebody was not in */

#define MARK_BLOCK_MASK                                                                        \
    (MARK_BLOCK_REQUEST | MARK_BLOCK_OWES | MARK_BLOCK_LOOKED | MARK_BLOCK_MISSED)
/* The part of a mark that says who is where; the other flags are news for the monarch. */
#define MARK_PLACE_MASK (~(MARK_REQUEST | MARK_OWES | MARK_BLOCK_MASK))

static inline uint64_t mark_in_round(uint64_t round)
{
    return round | MARK_IN_SMM;
}

/* `in` is mark_in_round() of the round. */
static inline bool mark_is_in(uint64_t mark, uint64_t in)
{
    return ((mark ^ in) & MARK_PLACE_MASK) == 0;
}

/* True if nobody waits for this mark: never been active, or lost and not back since. */
static inline bool mark_is_excused(const struct muster_processor *other, uint64_t mark)
{
    /* Relaxed: written by an earlier round's monarch, ordered by the round word. */
    return mark == MARK_INACTIVE || mark == shared_load_relaxed(&other->ignored);
}

/* True if the processor's last word is that it is in this round. Acquire: pairs with the stores
 * below; a mark that has moved on was stored after all that the processor did in the round. */
static inline bool presence_is_in(const struct muster_processor *processor, uint64_t round)
{
    return (shared_load_acquire(&processor->mark) & MARK_PLACE_MASK) == mark_in_round(round);
}

/* Tells the monarch of `round` that this processor is in. Release: pairs with the acquire load
 * in gather.c; what the processor wrote into its request record is visible with the mark. */
static inline void presence_enter(struct muster_processor *self, uint64_t round, uint64_t news)
{
    shared_store_release(&self->mark, mark_in_round(round) | news);
}

/* Its last word before RSM. The round stays in the mark, so that the mark of a processor once
 * declared lost differs from the one it was lost with. Release: pairs with gather.c. */
static inline void presence_leave(struct muster_processor *self, uint64_t round)
{
    shared_store_release(&self->mark, round | MARK_ACTIVE);
}

#endif
