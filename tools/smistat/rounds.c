/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of different processors belong together when they carry the same round number. What
 * is kept of a round is what the verdict needs: who led it, who was in it, and for how long.
 */
#include "smistat.h"

#include <stdlib.h>
#include <string.h>

#include <tools/shared/percentile.h>

/* A window full of nonsense must not make us allocate without bound. */
#define ROUNDS_MAX SMISTAT_ROUNDS_MAX

static bool set_has(const uint64_t *set, unsigned member)
{
    return (set[member / 64] >> member % 64 & 1) != 0;
}

static void set_add(uint64_t *set, unsigned member)
{
    set[member / 64] |= UINT64_C(1) << member % 64;
}

/* Rings are drained one after the other, so a round may turn up below the first one seen. */
static bool rounds_reach_down(struct rounds *rounds, uint32_t number)
{
    size_t shift = (uint32_t)(rounds->first - number);
    struct round *grown;

    if (rounds->capacity + shift > ROUNDS_MAX)
        return false;
    grown = calloc(rounds->capacity + shift, sizeof(*grown));
    if (!grown)
        return false;
    memcpy(grown + shift, rounds->rounds, rounds->capacity * sizeof(*grown));
    free(rounds->rounds);
    rounds->rounds = grown;
    rounds->capacity += shift;
    rounds->first = number;
    return true;
}

static bool rounds_reach_up(struct rounds *rounds, size_t offset)
{
    size_t capacity = rounds->capacity ? rounds->capacity : 1024;
    struct round *grown;

    if (offset >= ROUNDS_MAX)
        return false;
    while (capacity <= offset)
        capacity *= 2;
    grown = realloc(rounds->rounds, capacity * sizeof(*grown));
    if (!grown)
        return false;
    memset(grown + rounds->capacity, 0, (capacity - rounds->capacity) * sizeof(*grown));
    rounds->rounds = grown;
    rounds->capacity = capacity;
    return true;
}

static struct round *rounds_find(struct rounds *rounds, uint32_t number)
{
    struct round *round;

    if (!rounds->started) {
        rounds->first = number;
        rounds->started = true;
    }
    if ((int32_t)(number - rounds->first) < 0 && !rounds_reach_down(rounds, number))
        return NULL;
    if (number - rounds->first >= rounds->capacity &&
        !rounds_reach_up(rounds, number - rounds->first))
        return NULL;
    round = &rounds->rounds[number - rounds->first];
    round->number = number;
    return round;
}

static void round_take_monarch(struct rounds *rounds, struct round *round, unsigned processors,
                               const struct muster_record *record)
{
    round->monarchs++;
    round->monarch = *record;
    rounds->tco[record->processor] += (record->cause & MUSTER_CAUSE_TCO) != 0;
    for (unsigned i = 0; i < processors; i++) {
        rounds->lost[i] += set_has(record->lost, i);
        if (!(record->flags & MUSTER_RECORD_FAULT)) /* which is in its place */
            rounds->directed[i] += set_has(record->directed, i);
    }
}

static void round_take_follower(struct round *round, const struct muster_record *record)
{
    if (round->followers == 0 || record->released < round->first_released)
        round->first_released = record->released;
    if (round->followers == 0 || record->entered > round->last_entered)
        round->last_entered = record->entered;
    round->followers++;
}

static void round_take(struct rounds *rounds, struct round *round, unsigned processors,
                       const struct muster_record *record)
{
    if (!round->used || record->entered < round->first_entered)
        round->first_entered = record->entered;
    if (!round->used || record->released > round->last_released)
        round->last_released = record->released;
    round->used = true;
    set_add(round->members, record->processor);
    if (record->flags & MUSTER_RECORD_MONARCH)
        round_take_monarch(rounds, round, processors, record);
    else
        round_take_follower(round, record);
}

uint64_t rounds_flagged(const struct rounds *rounds, uint16_t flag)
{
    return rounds->flagged[record_bit(flag)];
}

/* False: out of memory, or the record cannot be one of this machine. */
bool rounds_add(struct rounds *rounds, unsigned processors, const struct muster_record *record)
{
    struct round *round;

    rounds->records++;
    if (record->processor >= processors) {
        rounds->misplaced++;
        return false;
    }
    for (unsigned bit = 0; bit < RECORD_FLAG_BITS; bit++)
        rounds->flagged[bit] += record->flags >> bit & 1;
    if (record->flags & MUSTER_RECORD_STOPPED) /* in no round */
        return true;
    rounds->entries[record->processor] += (record->flags & MUSTER_RECORD_ENTRY) != 0;
    rounds->late[record->processor] += (record->flags & MUSTER_RECORD_LATE) != 0;
    /* Who comes late, or finds nothing to do, is not in the round, whatever number it read on its
     * way. */
    if ((record->flags & (MUSTER_RECORD_LATE | MUSTER_RECORD_EMPTY)) &&
        !(record->flags & MUSTER_RECORD_MONARCH))
        return true;
    round = rounds_find(rounds, record->round);
    if (!round) {
        rounds->misplaced++;
        return false;
    }
    round_take(rounds, round, processors, record);
    return true;
}

static int ticks_compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static void held_summarize(uint64_t *held, size_t count, uint64_t limit,
                           struct rounds_sums *sums)
{
    sums->held_count = count;
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        sums->held_long += held[i] > limit;
    qsort(held, count, sizeof(*held), ticks_compare);
    sums->held_p50 = held[percentile_index(count, 50)];
    sums->held_p99 = held[percentile_index(count, 99)];
    sums->held_max = held[count - 1];
}

static unsigned round_missing(const struct round *round, const uint64_t *required)
{
    unsigned missing = 0;

    for (unsigned i = 0; i < SMISTAT_PROCESSORS_MAX; i++)
        missing += set_has(required, i) && !set_has(round->members, i) &&
                   !set_has(round->monarch.lost, i);
    /* The monarch counted more than have left a record. One that was ejected in the round leaves
     * none. */
    if (missing == 0 && !(round->monarch.cause & MUSTER_CAUSE_PLUG) &&
        round->followers + 1 < round->monarch.came)
        missing = round->monarch.came - round->followers - 1;
    return missing;
}

/* The handler ran between `gathered` and `handled`: was everybody inside all that time? */
static bool round_held_by_time(const struct round *round)
{
    if (round->followers == 0)
        return true;
    return round->last_entered <= round->monarch.gathered &&
           round->first_released >= round->monarch.handled;
}

/* False: a round without a cause; it ended at once and held nobody. */
static bool round_sum(const struct round *round, const uint64_t *required,
                      struct rounds_sums *sums)
{
    uint32_t cause = round->monarch.cause;

    if (round->monarchs == 0) {
        sums->without_monarch++;
        return false;
    }
    sums->two_monarchs += round->monarchs > 1;
    if (round->monarch.flags & MUSTER_RECORD_EMPTY)
        return false;
    sums->with_cause++;
    for (unsigned bit = 0; bit < RECORD_CAUSE_BITS; bit++) {
        sums->caused[bit] += cause >> bit & 1;
        sums->led[bit][round->monarch.processor] += cause >> bit & 1;
    }
    sums->requests += round->monarch.answered;
    /* Its handlers did not need everybody. */
    if (!(round->monarch.flags & MUSTER_RECORD_FREED)) {
        sums->not_held += round_missing(round, required);
        sums->not_held_by_time += !round_held_by_time(round);
    }
    for (unsigned i = 0; i < SMISTAT_PROCESSORS_MAX; i++)
        sums->joined[i] += set_has(round->members, i) && i != round->monarch.processor;
    return true;
}

void rounds_sum(const struct rounds *rounds, const uint64_t required[MUSTER_SET_WORDS],
                struct rounds_sums *sums)
{
    uint64_t *held = calloc(rounds->capacity + 1, sizeof(*held));
    size_t count = 0;

    memset(sums, 0, sizeof(*sums));
    for (size_t i = 0; i < rounds->capacity; i++) {
        const struct round *round = &rounds->rounds[i];

        if (round->used && round_sum(round, required, sums) && held)
            held[count++] = round->last_released - round->first_entered;
    }
    if (held)
        held_summarize(held, count, rounds->held_limit, sums);
    free(held);
}

static bool round_is_complete(const struct round *round)
{
    if (round->monarchs == 0)
        return false;
    return (round->monarch.flags & MUSTER_RECORD_EMPTY) != 0 ||
           round->followers + 1 >= round->monarch.came;
}

void rounds_keep_incomplete(struct rounds *rounds, struct rounds *next)
{
    for (size_t i = 0; i < rounds->capacity; i++) {
        struct round *round = &rounds->rounds[i], *place;

        if (!round->used || round->kept || round_is_complete(round))
            continue;
        place = rounds_find(next, round->number);
        if (!place)
            continue;
        *place = *round;
        place->kept = true;
        round->used = false;
    }
}

void rounds_free(struct rounds *rounds)
{
    free(rounds->rounds);
    memset(rounds, 0, sizeof(*rounds));
}
