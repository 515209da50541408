/* SPDX-License-Identifier: BSD-2-Clause */
/* From records to SMIs and the phases of their processors. See timeline.h for the words. */
#include "timeline.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Phases a record is cut into, at most. */
#define SPANS_PER_RECORD 5u

/* Colours that stay apart for colour-blind eyes, on white and on black. */
const struct phase_style phase_styles[PHASES] = {
    [PHASE_ENTRY] = {"entry", "the first one is in, this one is not yet", "#b8c4d6"},
    [PHASE_GATHER] = {"gather", "in SMM, waiting for the rest", "#e69f00"},
    [PHASE_HANDLER] = {"handler", "the monarch handles", "#0072b2"},
    [PHASE_HELD] = {"held", "parked while the monarch handles", "#7fbfe8"},
    [PHASE_RELEASE] = {"release", "handled; until it sees the door open", "#009e73"},
    [PHASE_EXIT] = {"exit", "released, the last one is not yet", "#bfe3d6"},
    [PHASE_EMPTY] = {"empty", "nothing was to be done", "#9a9a9a"},
    [PHASE_LATE] = {"late", "came after the door was closed", "#cc79a7"},
    [PHASE_BROKEN] = {"broken", "the monarch was lost", "#d55e00"},
    [PHASE_STOPPED] = {"stopped", "the runtime faulted: in SMM for good", "#7a1f5c"},
    [PHASE_INSIDE] = {"inside", "in SMM; the monarch's record is not in the log", "#6b7a90"},
};

double timeline_time(const struct timeline *timeline, uint64_t ticks)
{
    if (timeline->log->ticks_per_second == 0)
        return (double)ticks;
    return (double)ticks * 1e6 / (double)timeline->log->ticks_per_second;
}

const char *timeline_unit(const struct timeline *timeline)
{
    return timeline->log->ticks_per_second ? "us" : "ticks";
}

/* Neither led nor held: there was nothing to do. */
static bool record_is_idle(const struct muster_record *record)
{
    return (record->flags & (MUSTER_RECORD_EMPTY | MUSTER_RECORD_MONARCH)) ==
           MUSTER_RECORD_EMPTY;
}

static bool record_is_stopped(const struct muster_record *record)
{
    return record->flags & MUSTER_RECORD_STOPPED;
}

/* In no round, whatever number it read on its way. */
static bool record_is_alone(const struct muster_record *record)
{
    return record_is_stopped(record) || record_is_idle(record);
}

const char *smi_cause(const struct smi *smi, char text[RECORD_TEXT])
{
    if (record_is_stopped(smi->first))
        return "fault";
    if (record_is_idle(smi->first))
        return "none";
    return smi->monarch ? record_cause_text(smi->monarch->cause, text) : "?";
}

/* A fault comes last, with what is known of it. */
const char *record_notes(const struct muster_record *record, char text[NOTES_MAX])
{
    const struct muster_fault *fault = &record->fault;
    size_t used;

    record_flags_text((uint16_t)(record->flags & ~MUSTER_RECORD_FAULT), text);
    used = strlen(text);
    if (record->flags & MUSTER_RECORD_FAULT)
        snprintf(text + used, NOTES_MAX - used,
                 "%sfault: vector %u, error %" PRIX32 "h, at +%" PRIX64 "h%s%.8s",
                 used ? " " : "", fault->vector, fault->error, fault->address,
                 fault->handler[0] ? " in " : "", (const char *)fault->handler);
    return text;
}

const char *smi_notes(const struct smi *smi, char text[NOTES_MAX])
{
    text[0] = '\0';
    if (smi->monarch)
        return record_notes(smi->monarch, text);
    return record_is_alone(smi->first) ? record_notes(smi->first, text) : text;
}

static bool record_is_late(const struct muster_record *record)
{
    return (record->flags & (MUSTER_RECORD_LATE | MUSTER_RECORD_MONARCH)) == MUSTER_RECORD_LATE;
}

uint64_t record_end(const struct muster_record *record)
{
    uint64_t end = record->entered;

    end = record->gathered > end ? record->gathered : end;
    end = record->handled > end ? record->handled : end;
    return record->released > end ? record->released : end;
}

/* Zero stays zero, "not reached": what begins at the start becomes 1. */
static void time_shift(uint64_t *time, uint64_t start)
{
    if (*time)
        *time -= start;
}

/* Those that are in no round come behind them. */
static int records_compare(const void *left, const void *right)
{
    const struct muster_record *a = left, *b = right;

    if (record_is_alone(a) != record_is_alone(b))
        return record_is_alone(a) - record_is_alone(b);
    if (a->round != b->round)
        return a->round < b->round ? -1 : 1;
    if (a->processor != b->processor)
        return a->processor < b->processor ? -1 : 1;
    return (a->entered > b->entered) - (a->entered < b->entered);
}

static int smis_compare(const void *left, const void *right)
{
    const struct smi *a = left, *b = right;

    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->round > b->round) - (a->round < b->round);
}

static void smi_take(struct smi *smi, const struct muster_record *record)
{
    if (smi->all == 0 || record->entered < smi->begin)
        smi->begin = record->entered;
    if (record_end(record) > smi->end)
        smi->end = record_end(record);
    smi->all++;
    smi->records += !record_is_late(record);
    if ((record->flags & MUSTER_RECORD_MONARCH) == 0 || record_is_stopped(record))
        return;
    /* Of two that claim it, the one that led to the end. */
    if (!smi->monarch || smi->monarch->flags & MUSTER_RECORD_BROKEN)
        smi->monarch = record;
    smi->monarchs++;
}

static void smis_find(struct timeline *timeline)
{
    const struct muster_record *records = timeline->sorted;
    struct smi *smi = NULL;

    for (size_t i = 0; i < timeline->log->records_count; i++) {
        if (!smi || records[i].round != smi->round || record_is_alone(&records[i])) {
            smi = &timeline->smis[timeline->smis_count++];
            *smi = (struct smi){.round = records[i].round, .first = &records[i]};
        }
        smi_take(smi, &records[i]);
    }
    qsort(timeline->smis, timeline->smis_count, sizeof(*timeline->smis), smis_compare);
}

/* ---- spans ---- */

static void span_add(struct timeline *timeline, struct smi *smi, uint16_t processor,
                     enum phase phase, uint64_t begin, uint64_t end)
{
    if (end <= begin)
        return;
    timeline->spans[timeline->spans_count++] = (struct span){
        .begin = begin, .end = end, .processor = processor, .phase = (uint16_t)phase};
    smi->spans_count++;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* The phase of a record that is not cut into several, or PHASES. */
static enum phase record_whole(const struct smi *smi, const struct muster_record *record)
{
    if (record_is_stopped(record))
        return PHASE_STOPPED;
    if (record_is_late(record))
        return PHASE_LATE;
    if (record_is_idle(record))
        return PHASE_EMPTY;
    if (record->flags & MUSTER_RECORD_BROKEN)
        return PHASE_BROKEN;
    if (!smi->monarch)
        return PHASE_INSIDE;
    if (smi->monarch->flags & MUSTER_RECORD_BROKEN)
        return PHASE_BROKEN;
    return smi->monarch->flags & MUSTER_RECORD_EMPTY ? PHASE_EMPTY : PHASES;
}

static void record_cut(struct timeline *timeline, struct smi *smi,
                       const struct muster_record *record)
{
    bool monarch = record->flags & MUSTER_RECORD_MONARCH;
    enum phase whole = record_whole(smi, record);
    uint64_t begin = record->entered, end = record_end(record), gathered, handled;

    if (whole != PHASES) {
        /* Who found nothing to do left no second time; a mark has to be somewhere. The last time
         * that JSON can hold has none after it. */
        if (end <= begin)
            end = begin < INT64_MAX ? begin + 1 : begin;
        span_add(timeline, smi, record->processor, whole, begin, end);
        return;
    }
    gathered = clamp(smi->monarch->gathered, begin, end);
    handled = clamp(smi->monarch->handled, gathered, end);
    if (!monarch && record->flags & MUSTER_RECORD_FREED)
        handled = gathered; /* not held */
    span_add(timeline, smi, record->processor, PHASE_ENTRY, smi->begin, begin);
    span_add(timeline, smi, record->processor, PHASE_GATHER, begin, gathered);
    span_add(timeline, smi, record->processor, monarch ? PHASE_HANDLER : PHASE_HELD, gathered,
             handled);
    span_add(timeline, smi, record->processor, PHASE_RELEASE, handled, end);
    span_add(timeline, smi, record->processor, PHASE_EXIT, end, smi->end);
}

static void spans_make(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->smis_count; i++) {
        struct smi *smi = &timeline->smis[i];

        smi->spans = timeline->spans_count;
        for (unsigned k = 0; k < smi->all; k++)
            record_cut(timeline, smi, &smi->first[k]);
    }
}

/* ---- the whole ---- */

/* Times from the first event on, so that they are small enough to be exact as they are drawn.
 */
static void times_shift(struct timeline *timeline)
{
    const struct log *log = timeline->log;
    uint64_t start = UINT64_MAX;

    for (size_t i = 0; i < log->records_count; i++)
        if (log->records[i].entered < start)
            start = log->records[i].entered;
    for (size_t i = 0; i < log->steps_count; i++)
        if (log->steps[i].tick < start)
            start = log->steps[i].tick;
    timeline->start = start == UINT64_MAX ? 0 : start;
    for (size_t i = 0; i < log->records_count; i++) {
        struct muster_record *record = &timeline->sorted[i];

        record->entered -= timeline->start;
        time_shift(&record->gathered, timeline->start);
        time_shift(&record->handled, timeline->start);
        time_shift(&record->released, timeline->start);
        if (record_end(record) > timeline->end)
            timeline->end = record_end(record);
    }
    for (size_t i = 0; i < log->records_count; i++)
        if (record_is_stopped(&timeline->sorted[i]))
            timeline->sorted[i].released = timeline->end;
}

bool timeline_make(struct timeline *timeline, const struct log *log)
{
    size_t count = log->records_count;

    *timeline = (struct timeline){.log = log};
    timeline->sorted = calloc(count + 1, sizeof(*timeline->sorted));
    timeline->smis = calloc(count + 1, sizeof(*timeline->smis));
    timeline->spans = calloc(SPANS_PER_RECORD * count + 1, sizeof(*timeline->spans));
    if (!timeline->sorted || !timeline->smis || !timeline->spans) {
        timeline_free(timeline);
        return false;
    }
    memcpy(timeline->sorted, log->records, count * sizeof(*log->records));
    times_shift(timeline);
    qsort(timeline->sorted, count, sizeof(*timeline->sorted), records_compare);
    smis_find(timeline);
    spans_make(timeline);
    return true;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->sorted);
    free(timeline->smis);
    free(timeline->spans);
    *timeline = (struct timeline){0};
}

/* ---- what should not be ---- */

struct finder {
    struct finding *findings;
    size_t limit, count;
};

__attribute__((format(printf, 3, 4))) static void
found(struct finder *finder, const struct smi *smi, const char *format, ...)
{
    va_list arguments;

    if (finder->count++ >= finder->limit)
        return;
    finder->findings[finder->count - 1].smi = smi;
    va_start(arguments, format);
    vsnprintf(finder->findings[finder->count - 1].text, sizeof(finder->findings->text), format,
              arguments);
    va_end(arguments);
}

static void lost_check(struct finder *finder, const struct smi *smi)
{
    for (unsigned i = 0; i < MUSTER_WINDOW_PROCESSORS_MAX; i++)
        if (smi->monarch->lost[i / 64] >> i % 64 & 1)
            found(finder, smi, "processor %u was declared lost", i);
}

/* Was everybody inside all the time that the handler ran? */
static void held_check(struct finder *finder, const struct smi *smi)
{
    for (unsigned i = 0; i < smi->all; i++) {
        const struct muster_record *record = &smi->first[i];

        if (record_is_late(record) ||
            record->flags & (MUSTER_RECORD_MONARCH | MUSTER_RECORD_FREED))
            continue;
        if (record->entered > smi->monarch->gathered)
            found(finder, smi, "processor %u came in after the handler began",
                  record->processor);
        else if (record->released && record->released < smi->monarch->handled)
            found(finder, smi, "processor %u was let go before the handler ended",
                  record->processor);
    }
}

static void smi_check(struct finder *finder, const struct smi *smi)
{
    const struct muster_record *monarch = smi->monarch;
    char notes[NOTES_MAX];

    for (unsigned i = 0; i < smi->all; i++)
        if (smi->first[i].flags & MUSTER_RECORD_FAULT)
            found(finder, smi, "processor %u: %s", smi->first[i].processor,
                  record_notes(&smi->first[i], notes));
    if (!monarch)
        return; /* a ring that wrapped around is no fault */
    if (smi->monarchs > 1)
        found(finder, smi, "%u processors led it", smi->monarchs);
    lost_check(finder, smi);
    if (monarch->flags & MUSTER_RECORD_BROKEN)
        found(finder, smi, "its monarch, processor %u, was declared lost", monarch->processor);
    else if ((monarch->flags & MUSTER_RECORD_EMPTY) == 0)
        held_check(finder, smi);
}

size_t timeline_check(const struct timeline *timeline, struct finding *findings, size_t limit)
{
    struct finder finder = {.findings = findings, .limit = limit};

    for (size_t i = 0; i < timeline->smis_count; i++)
        smi_check(&finder, &timeline->smis[i]);
    return finder.count;
}
