/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing one record. See log.h for why no lock is needed, window.h for what a reader sees. */
#include <stddef.h>

#include <arch/clock.h>
#include <arch/outside.h>
#include <core/log.h>

/* Records in which a total has changed that does not change in every round. */
#define RARE_FLAGS                                                                             \
    (MUSTER_RECORD_DIRECTED | MUSTER_RECORD_ALREADY | MUSTER_RECORD_BROKEN |                   \
     MUSTER_RECORD_DEADLINE)

/* Copies the 64-bit words first .. last - 1 of a structure. */
static void words_write(void *to, const void *from, unsigned first, unsigned last)
{
    for (unsigned word = first; word < last; word++)
        outside_write64((uint64_t *)to + word, ((const uint64_t *)from)[word]);
}

/* Copies one word, named by the first of its members. */
#define WORD_WRITE(to, from, member)                                                           \
    words_write(to, from, offsetof(__typeof__(*(to)), member) / sizeof(uint64_t),              \
                offsetof(__typeof__(*(to)), member) / sizeof(uint64_t) + 1)

/* `lost` is set with DEADLINE only; what shares its place with `directed` also with FAULT. */
static void sets_write(struct muster_record *slot, const struct muster_record *record)
{
    const unsigned lost = offsetof(struct muster_record, lost) / sizeof(uint64_t);
    const unsigned directed = offsetof(struct muster_record, directed) / sizeof(uint64_t);

    if (record->flags & MUSTER_RECORD_DEADLINE)
        words_write(slot, record, lost, directed);
    words_write(slot, record, directed, sizeof(*record) / sizeof(uint64_t));
}

/* What belongs to every record, to a monarch's, to one with a deadline expired: no more is
 * written than a reader may look at (window.h). The sequence is zero while the rest changes: a
 * reader that sees the same sequence before and after has read one whole record. */
static void record_write(struct muster_record *slot, const struct muster_record *record,
                         uint64_t sequence)
{
    outside_write64(&slot->sequence, 0);
    WORD_WRITE(slot, record, round);
    WORD_WRITE(slot, record, cause);
    WORD_WRITE(slot, record, came);
    WORD_WRITE(slot, record, entered);
    if (record->flags & MUSTER_RECORD_MONARCH) {
        WORD_WRITE(slot, record, gathered);
        WORD_WRITE(slot, record, handled);
    }
    WORD_WRITE(slot, record, released);
    if (record->flags & (MUSTER_RECORD_DEADLINE | MUSTER_RECORD_FAULT))
        sets_write(slot, record);
    outside_write64(&slot->sequence, sequence);
}

static void totals_write(struct muster_counters *counters, const struct muster_counters *totals,
                         const struct muster_record *record)
{
    if (record->flags & RARE_FLAGS || record->cause & MUSTER_CAUSE_BYTE) {
        words_write(counters, totals, 0, sizeof(*totals) / sizeof(uint64_t));
        return;
    }
    WORD_WRITE(counters, totals, visits);
    WORD_WRITE(counters, totals, records);
    if (!(record->flags & MUSTER_RECORD_MONARCH))
        return;
    WORD_WRITE(counters, totals, answered);
    WORD_WRITE(counters, totals, rounds);
}

void log_write(struct muster_processor *self, struct core_visit *visit)
{
    uint64_t sequence = ++self->totals.records;
    uint32_t place = (uint32_t)(sequence - 1) & (self->runtime->record_count - 1);

    visit->record.round = (uint32_t)visit->round;
    record_write(&self->ring[place], &visit->record, sequence);
    totals_write(self->counters, &self->totals, &visit->record);
}

void log_stop(struct muster_processor *self, const struct muster_fault *fault)
{
    uint64_t sequence = ++self->totals.records;
    uint32_t place = (uint32_t)(sequence - 1) & (self->runtime->record_count - 1);
    struct muster_record record = {
        /* Relaxed: the round in progress, for the reader's information only. */
        .round = (uint32_t)(shared_load_relaxed(&self->runtime->round) >> 2),
        .processor = (uint16_t)self->index,
        .flags = MUSTER_RECORD_FAULT | MUSTER_RECORD_STOPPED,
        .monarch = MUSTER_RECORD_NOBODY,
        .entered = clock_now(),
        .released = clock_now(),
        .fault = *fault,
    };

    outside_write64(&self->ring[place].sequence, 0);
    words_write(&self->ring[place], &record, 1, sizeof(record) / sizeof(uint64_t));
    outside_write64(&self->ring[place].sequence, sequence);
    WORD_WRITE(self->counters, &self->totals, records);
}
