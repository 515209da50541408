/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timeline as Chrome trace events: a thread for each processor, on it a slice for each
 * visit with its phases inside, and one more track with the rounds from first in to last out.
 * Rounds may overlap (a slow leaver), so they are asynchronous events.
 *
 * Viewers count in whole nanoseconds, and Perfetto drops a slice that reaches a nanosecond beyond
 * the one that it is in. So both ends are rounded, and the duration is what lies between them.
 */
#include "trace.h"

#include <inttypes.h>
#include <math.h>

#define NANOSECONDS_MAX 1e18 /* thirty years; a log may say what it likes */

static long long nanoseconds(const struct timeline *timeline, uint64_t ticks)
{
    return llround(fmin(timeline_time(timeline, ticks) * 1e3, NANOSECONDS_MAX));
}

/* In microseconds, as the format wants it; a tenth of a nanosecond too much, for who cuts fractions
 * off would otherwise find one less now and then. */
static void time_print(FILE *out, const char *name, long long time)
{
    fprintf(out, ",\"%s\":%lld.%03lld1", name, time / 1000, time % 1000);
}

static void names_print(FILE *out, const struct trace *trace)
{
    const struct log *log = trace->timeline->log;

    fputs("{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":", out);
    text_json(out, trace->title);
    fputs("}}", out);
    for (unsigned i = 0; i < log->processors; i++) {
        fprintf(out,
                ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"name\":\"thread_name\",\"args\":"
                "{\"name\":\"processor %u",
                i + 1, i);
        if (log->has_apic_ids)
            fprintf(out, " (APIC id %" PRIu32 ")", log->apic_ids[i]);
        fprintf(out,
                "\"}},\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"name\":\"thread_sort_index\","
                "\"args\":{\"sort_index\":%u}}",
                i + 1, i + 1);
    }
}

static void round_print(FILE *out, const struct timeline *timeline, const struct smi *smi)
{
    char cause[RECORD_TEXT], notes[NOTES_MAX];

    fprintf(out,
            ",\n{\"ph\":\"b\",\"cat\":\"round\",\"id\":%" PRIu32
            ",\"pid\":1,\"tid\":0,\"name\":\"round %" PRIu32 "\"",
            smi->round, smi->round);
    time_print(out, "ts", nanoseconds(timeline, smi->begin));
    fprintf(out, ",\"args\":{\"cause\":\"%s\",\"in\":%u", smi_cause(smi, cause), smi->records);
    if (smi->monarch)
        fprintf(out,
                ",\"monarch\":%u,\"command\":\"%02xh\",\"answered\":%" PRIu32
                ",\"notes\":\"%s\"",
                smi->monarch->processor, smi->monarch->command, smi->monarch->answered,
                smi_notes(smi, notes));
    fprintf(out,
            "}},\n{\"ph\":\"e\",\"cat\":\"round\",\"id\":%" PRIu32
            ",\"pid\":1,\"tid\":0,\"name\":\"round %" PRIu32 "\"",
            smi->round, smi->round);
    time_print(out, "ts", nanoseconds(timeline, smi->end));
    fputc('}', out);
}

static void slice_print(FILE *out, const struct timeline *timeline, unsigned processor,
                        uint64_t begin, uint64_t end, const char *name)
{
    long long first = nanoseconds(timeline, begin), last = nanoseconds(timeline, end);

    fprintf(out, ",\n{\"ph\":\"X\",\"cat\":\"smm\",\"pid\":1,\"tid\":%u,\"name\":\"%s\"",
            processor + 1, name);
    time_print(out, "ts", first);
    time_print(out, "dur", last - first);
    fputc('}', out);
}

static void visits_print(FILE *out, const struct timeline *timeline, const struct smi *smi)
{
    for (unsigned i = 0; i < smi->all; i++) {
        const struct muster_record *record = &smi->first[i];
        char name[48];

        snprintf(name, sizeof(name), "%s of round %" PRIu32,
                 record->flags & MUSTER_RECORD_MONARCH   ? "monarch"
                 : record->flags & MUSTER_RECORD_STOPPED ? "stopped, and not"
                 : record->flags & MUSTER_RECORD_LATE    ? "late, after the door"
                                                         : "follower",
                 record->round);
        slice_print(out, timeline, record->processor, record->entered, record_end(record),
                    name);
    }
}

void trace_chrome(FILE *out, const struct trace *trace)
{
    const struct timeline *timeline = trace->timeline;

    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", out);
    names_print(out, trace);
    for (size_t i = 0; i < trace->count; i++) {
        const struct smi *smi = &timeline->smis[trace->chosen[i]];

        round_print(out, timeline, smi);
        visits_print(out, timeline, smi);
        for (size_t k = 0; k < smi->spans_count; k++) {
            const struct span *span = &timeline->spans[smi->spans + k];

            /* Those of a processor that is outside SMM belong to no visit. */
            if (span->phase != PHASE_ENTRY && span->phase != PHASE_EXIT)
                slice_print(out, timeline, span->processor, span->begin, span->end,
                            phase_styles[span->phase].name);
        }
    }
    fputs("\n]}\n", out);
}
