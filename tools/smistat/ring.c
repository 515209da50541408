/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a ring while its processor writes it. A record's sequence is 0 while it is being
 * written and another number once it has been overwritten, so a copy is whole exactly if the
 * expected sequence was there before and after copying.
 */
#include "smistat.h"

#include <stdatomic.h>
#include <string.h>

void ring_reader_start(struct ring_reader *reader, const struct window *window, unsigned index,
                       uint64_t next)
{
    reader->record_count = window->header.record_count;
    reader->ring = window->rings + (size_t)index * reader->record_count;
    reader->next = next;
    reader->overwritten = 0;
}

/* Fields that the flags say mean nothing hold what an earlier record left there. */
static void record_clear_meaningless(struct muster_record *record)
{
    if (!(record->flags & MUSTER_RECORD_MONARCH))
        record->gathered = record->handled = 0;
    if (!(record->flags & MUSTER_RECORD_DEADLINE))
        memset(record->lost, 0, sizeof(record->lost));
    /* Shares its place with `fault`. */
    if (!(record->flags & (MUSTER_RECORD_DEADLINE | MUSTER_RECORD_FAULT)))
        memset(record->directed, 0, sizeof(record->directed));
}

bool ring_record_read(const struct ring_reader *reader, uint64_t sequence,
                      struct muster_record *out)
{
    const volatile struct muster_record *record =
        &reader->ring[(sequence - 1) % reader->record_count];

    if (record->sequence != sequence)
        return false;
    atomic_thread_fence(memory_order_acquire);
    *out = *record;
    atomic_thread_fence(memory_order_acquire);
    record_clear_meaningless(out);
    return out->sequence == sequence && record->sequence == sequence;
}

/* Hands over, in order, what was written up to `written` and is still there. */
void ring_drain(struct ring_reader *reader, uint64_t written, ring_taker take, void *context)
{
    struct muster_record record;

    if (written >= reader->next + reader->record_count) {
        uint64_t oldest = written - reader->record_count + 1;

        reader->overwritten += oldest - reader->next;
        reader->next = oldest;
    }
    for (; reader->next <= written; reader->next++) {
        if (ring_record_read(reader, reader->next, &record))
            take(context, &record);
        else
            reader->overwritten++;
    }
}

/* The latest record of a processor; false while it is being written, and before the first. */
static bool latest_read(const struct window *window, unsigned index, struct muster_record *out)
{
    struct muster_counters counters;
    struct ring_reader reader;

    window_counters_read(window, index, &counters);
    ring_reader_start(&reader, window, index, counters.records);
    return counters.records != 0 && ring_record_read(&reader, counters.records, out);
}

bool rings_are_at_rest(const struct window *window)
{
    uint32_t round = 0, came = 0, written = 0;
    struct muster_record record;

    for (unsigned i = 0; i < window->header.processors; i++) {
        if (!latest_read(window, i, &record))
            continue;
        if (written == 0 || (int32_t)(record.round - round) > 0) {
            round = record.round;
            came = written = 0;
        }
        if (record.round != round)
            continue;
        written++;
        if (record.flags & MUSTER_RECORD_MONARCH)
            came = record.came;
    }
    return written >= came;
}
