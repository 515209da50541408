/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing one record. See log.h for why no lock is needed, window.h for what a reader sees. */
#include <stddef.h>

#include <arch/clock.h>
#include <core/log.h>
#include <core/round.h>

/* Copies the 64-bit words first .. last - 1 of a structure. */
static void words_write(void *to, const void *from, unsigned first, unsigned last)
{
    for (unsigned word = first; word < last; word++)
        outside_write64((uint64_t *)to + word, ((const uint64_t *)from)[word]);
}

/* The sequence is zero while the rest changes: a reader that sees the same sequence before and
 * after has read one whole record. */
void log_begin(struct muster_processor *self, struct core_visit *visit, uint32_t flags)
{
    struct muster_record *place = self->place;
    uint64_t now = clock_now();

    visit->started = now;
    visit->record.flags = flags;
    outside_write64(&place->sequence, 0);
    outside_write64(&place->entered, now);
}

void log_gathered(struct muster_processor *self)
{
    clock_write(&self->place->gathered);
}

void log_handled(struct muster_processor *self)
{
    clock_write(&self->place->handled);
}

void log_released(struct muster_processor *self)
{
    clock_write(&self->place->released);
}

void log_left(struct muster_processor *self, const struct core_visit *visit)
{
    outside_write64(&self->place->released, visit->started);
}

void log_deposed(struct muster_processor *self)
{
    uint64_t now;

    log_gathered(self);
    log_served(self, 0, 0, 0);
    now = clock_now();
    outside_write64(&self->place->handled, now);
    outside_write64(&self->place->released, now);
}

void log_came(struct muster_processor *self, uint32_t came)
{
    outside_write32(&self->place->came, came);
}

void log_served(struct muster_processor *self, uint32_t cause, uint8_t command,
                uint32_t answered)
{
    struct muster_record *place = self->place;

    outside_write32(&place->cause, cause);
    outside_write8(&place->command, command);
    outside_write32(&place->answered, answered);
    if (cause == 0)
        return;
    LOG_COUNT(self, rounds);
    if (answered != 1)
        LOG_ADD(self, extra, answered - UINT64_C(1));
}

void log_own(struct muster_processor *self, uint8_t command)
{
    struct muster_record *place = self->place;

    clock_write(&place->gathered);
    outside_write32(&place->cause, MUSTER_CAUSE_REQUEST);
    outside_write8(&place->command, command);
    outside_write32(&place->answered, 1);
    LOG_COUNT(self, rounds);
}

void log_status(struct muster_processor *self, uint8_t status)
{
    outside_write8(&self->place->status, status);
}

#define RARE_FLAGS (MUSTER_RECORD_DEADLINE | MUSTER_RECORD_FAULT | MUSTER_RECORD_BROKEN)

/* `lost` is set with DEADLINE only; what shares its place with `directed` also with FAULT. */
RARE static void rare_write(struct muster_processor *self, const struct core_record *record)
{
    struct muster_record *place = self->place;

    if (record->flags & MUSTER_RECORD_BROKEN)
        LOG_COUNT(self, broken);
    if (record->flags & MUSTER_RECORD_DEADLINE)
        words_write(place->lost, record->lost, 0, MUSTER_SET_WORDS);
    if (record->flags & (MUSTER_RECORD_DEADLINE | MUSTER_RECORD_FAULT))
        words_write(place->directed, record->directed, 0, MUSTER_SET_WORDS);
}

/* The next record goes behind it, or to the ring's beginning. */
static void record_end(struct muster_processor *self, struct muster_record *place)
{
    uint64_t sequence = ++self->totals.records;
    uint32_t mask = self->runtime->record_mask;

    self->place = place + 1;
    if (!USUAL(sequence & mask))
        self->place -= mask + 1;
    outside_write64(&place->sequence, sequence);
    outside_write64(&self->counters->records, sequence);
}

void log_end(struct muster_processor *self, struct core_visit *visit)
{
    struct muster_record *place = self->place;
    uint32_t flags = visit->record.flags;

    outside_write32(&place->round, (uint32_t)round_number(visit->round));
    outside_write16(&place->flags, (uint16_t)flags);
    if (flags & RARE_FLAGS)
        rare_write(self, &visit->record);
    record_end(self, place);
}

void log_follower(struct muster_processor *self, uint64_t round)
{
    struct muster_record *place = self->place;

    clock_write(&place->released);
    outside_write32(&place->round, (uint32_t)round_number(round));
    outside_write16(&place->flags, MUSTER_RECORD_ENTRY);
    record_end(self, place);
}

void log_stop(struct muster_processor *self, const struct muster_fault *fault)
{
    struct muster_record record = {
        /* Relaxed: the round in progress, for the reader's information only. */
        .round = (uint32_t)round_number(shared_load_relaxed(&self->runtime->round)),
        .processor = (uint16_t)self->index,
        .flags = MUSTER_RECORD_FAULT | MUSTER_RECORD_STOPPED,
        .entered = clock_now(),
        .released = clock_now(),
        .fault = *fault,
    };

    outside_write64(&self->place->sequence, 0);
    words_write(self->place, &record, 1, sizeof(record) / sizeof(uint64_t));
    record_end(self, self->place);
}
