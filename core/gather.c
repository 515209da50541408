/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for the others, and giving up on those that do not come. See gather.h. */
#include <core/block.h>
#include <core/gather.h>
#include <core/log.h>
#include <core/presence.h>
#include <core/round.h>
#include <muster/port.h>

static void set_add(uint64_t set[MUSTER_SET_WORDS], uint32_t index)
{
    set[index / 64] |= UINT64_C(1) << (index % 64);
}

/* The first deadline is over: an SMI of its own to everybody still missing, once a round. */
static void absentees_call(struct muster_processor *self, struct core_visit *visit)
{
    struct muster_runtime *runtime = self->runtime;

    if (visit->record.flags & MUSTER_RECORD_DEADLINE)
        return;
    visit->record.flags |= MUSTER_RECORD_DEADLINE;
    for (unsigned word = 0; word < MUSTER_SET_WORDS; word++)
        visit->record.directed[word] = visit->record.lost[word] = 0;
    for (uint32_t index = 0; index < runtime->processor_count; index++) {
        struct muster_processor *other = &runtime->processors[index];
        uint64_t mark = shared_load_acquire(&other->mark); /* pairs with presence_enter */

        if (mark_is_in(mark, mark_in_round(visit->round)) || mark_is_excused(other, mark))
            continue;
        port_smi_send(other->apic_id);
        set_add(visit->record.directed, index);
    }
}

/* The first deadline is over for this processor: calls it, and waits once more. */
RARE static bool absentee_call(struct muster_processor *self, struct core_visit *visit,
                               struct muster_processor *other)
{
    const struct muster_runtime *runtime = self->runtime;

    absentees_call(self, visit);
    if (shared_wait_equal(&other->mark, MARK_PLACE_MASK, mark_in_round(visit->round),
                          visit->started + runtime->deadline_directed + runtime->deadline_lost))
        return true;
    set_add(visit->record.lost, other->index);
    visit->news |= NEWS_UNCERTAIN;
    return false;
}

/* Waits for one processor that was not in at first sight, when `mark` was read. True if it came.
 */
USUAL_PATH bool absentee_wait(struct muster_processor *self, struct core_visit *visit,
                              struct muster_processor *other, uint64_t mark)
{
    if (mark_is_excused(other, mark)) {
        visit->news |= mark != MARK_INACTIVE ? NEWS_UNCERTAIN : 0;
        return false;
    }
    return shared_wait_equal(&other->mark, MARK_PLACE_MASK, mark_in_round(visit->round),
                             visit->started + self->runtime->deadline_directed) ||
           absentee_call(self, visit, other);
}

RARE static void lost_excuse(struct muster_processor *self, struct core_visit *visit)
{
    struct muster_runtime *runtime = self->runtime;

    for (uint32_t index = 0; index < runtime->processor_count; index++) {
        struct muster_processor *other = &runtime->processors[index];
        uint64_t mark =
            shared_load_acquire(&other->mark); /* pairs with presence_enter, presence_leave */

        /* A mark of this round or a later one has been back: it came after all. Relaxed: read
         * by later monarchs; a late one of a monarch deposed meanwhile names a mark that is
         * gone. */
        if (visit->record.lost[index / 64] >> (index % 64) & 1 && round_of(mark) < visit->round)
            shared_store_relaxed(&other->ignored, mark);
    }
}

void gather_excuse_lost(struct muster_processor *self, struct core_visit *visit)
{
    if (visit->record.flags & MUSTER_RECORD_DEADLINE)
        lost_excuse(self, visit);
}

/* Sends an SMI to every other processor. */
RARE static void others_call(struct muster_processor *self, struct core_visit *visit)
{
    port_smi_send_others();
    visit->record.flags |= MUSTER_RECORD_DIRECTED;
    LOG_COUNT(self, directed_others);
}

void gather_nobody(struct muster_processor *self)
{
    log_came(self, 1);
}

/* Waits for all others, or for those of this node only. A copy for each, so that who needs all does
 * not ask for nodes. */
USUAL_PATH void gather_each(struct muster_processor *self, struct core_visit *visit,
                            bool of_node)
{
    const struct muster_runtime *runtime = self->runtime;
    struct muster_processor *end = runtime->processors_end;
    uint64_t in = mark_in_round(visit->round);
    uint32_t missing = 0;
    uint64_t seen = 0;

    /* Its own mark is among them, and is in. */
    for (struct muster_processor *other = runtime->processors; other != end; other++) {
        uint64_t flags;

        if (of_node && other->node != self->node) {
            missing++;
            continue;
        }
        /* Acquire: pairs with presence_enter; the request record is read through it. */
        flags = shared_load_acquire(&other->mark) ^ in;
        if (flags & MARK_PLACE_MASK) {
            if (!absentee_wait(self, visit, other, flags ^ in)) {
                missing++;
                continue;
            }
            flags = shared_load_acquire(&other->mark) ^ in; /* pairs with presence_enter */
        }
        seen |= flags;
    }
    visit->news |= seen;
    log_came(self, runtime->processor_count - missing);
}

/* The same for all others on a machine with blocks: of one in which all are in, its head's mark is
 * enough. */
RARE static void gather_blocks(struct muster_processor *self, struct core_visit *visit)
{
    struct muster_runtime *runtime = self->runtime;
    uint32_t missing = 0;
    uint32_t index = 0;

    if (block_is_mine(self))
        block_tell(self, visit, 0);
    while (index < runtime->processor_count) {
        struct muster_processor *other = &runtime->processors[index];
        uint64_t mark;

        if (block_wait(self, visit, other, &mark)) {
            visit->news |= block_news(mark);
            index = block_end(runtime, index);
            continue;
        }
        index++;
        if (!mark_is_in(mark, mark_in_round(visit->round)) &&
            !absentee_wait(self, visit, other, mark)) {
            missing++;
            continue;
        }
        /* Pairs with presence_enter. */
        visit->news |= block_news(shared_load_acquire(&other->mark));
    }
    log_came(self, runtime->processor_count - missing);
}

RARE static void gather_node(struct muster_processor *self, struct core_visit *visit)
{
    visit->news |= NEWS_UNCERTAIN;
    /* It does not look at its block: no other head has to wait for that. */
    if (block_is_mine(self))
        presence_enter(self, visit->round, MARK_BLOCK_LOOKED | MARK_BLOCK_MISSED);
    gather_each(self, visit, true);
}

USUAL_PATH void gather(struct muster_processor *self, struct core_visit *visit, bool coming)
{
    if (!USUAL(coming))
        others_call(self, visit);
    if (!USUAL(visit->gathered == MUSTER_NEED_ALL)) {
        gather_node(self, visit);
        return;
    }
    if (!USUAL(!block_is_used(self->runtime)))
        gather_blocks(self, visit);
    else
        gather_each(self, visit, false);
}

void gather_processors(struct muster_processor *self, struct core_visit *visit, bool coming)
{
    gather(self, visit, coming);
}

RARE void gather_again(struct muster_processor *self, struct core_visit *visit)
{
    /* What was uncertain because nobody was asked for. */
    if (!(visit->news & NEWS_BROKEN))
        visit->news = 0;
    gather(self, visit, false);
    gather_excuse_lost(self, visit);
}
