/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline as a table, and as JSON. */
#include "trace.h"

#include <inttypes.h>
#include <stdlib.h>

#include <tools/shared/percentile.h>

struct held {
    double *times;
    size_t count;
};

static int times_compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* First in to last out, of the SMIs that had a cause. */
static struct held held_collect(const struct trace *trace)
{
    struct held held = {.times = calloc(trace->count + 1, sizeof(*held.times))};

    for (size_t i = 0; held.times && i < trace->count; i++) {
        const struct smi *smi = &trace->timeline->smis[trace->chosen[i]];

        if (smi->monarch && smi->monarch->cause)
            held.times[held.count++] = timeline_time(trace->timeline, smi->end - smi->begin);
    }
    if (held.times)
        qsort(held.times, held.count, sizeof(*held.times), times_compare);
    return held;
}

static double held_percentile(const struct held *held, unsigned percent)
{
    return held->count ? held->times[percentile_index(held->count, percent)] : 0;
}

/* What the monarch spent on one phase; negative: its record does not tell. */
static double monarch_time(const struct timeline *timeline, const struct smi *smi,
                           uint64_t begin, uint64_t end)
{
    if (!smi->monarch || end < begin || end == 0 || (begin == 0 && smi->monarch->entered != 0))
        return -1;
    return timeline_time(timeline, end - begin);
}

static void time_print(FILE *out, double time)
{
    if (time < 0)
        fprintf(out, " %10s", "-");
    else
        fprintf(out, " %10.1f", time);
}

static void row_print(FILE *out, const struct timeline *timeline, const struct smi *smi)
{
    static const struct muster_record nobody;
    const struct muster_record *monarch = smi->monarch ? smi->monarch : &nobody;
    char cause[RECORD_TEXT], notes[NOTES_MAX];

    fprintf(out, "%10" PRIu32 " %12.1f  %-14s", smi->round, timeline_time(timeline, smi->begin),
            smi_cause(smi, cause));
    if (smi->monarch)
        fprintf(out, "%02xh %7u", monarch->command, monarch->processor);
    else
        fprintf(out, "%3s %7s", "-", "-");
    fprintf(out, " %5u", smi->records);
    time_print(out, monarch_time(timeline, smi, monarch->entered, monarch->gathered));
    time_print(out, monarch_time(timeline, smi, monarch->gathered, monarch->handled));
    time_print(out, monarch_time(timeline, smi, monarch->handled, smi->end));
    time_print(out, timeline_time(timeline, smi->end - smi->begin));
    smi_notes(smi, notes);
    fprintf(out, "%s%s%s\n", smi->monarchs > 1 ? " two-monarchs" : "", *notes ? " " : "",
            notes);
}

void trace_table(FILE *out, const struct trace *trace)
{
    const struct timeline *timeline = trace->timeline;
    const char *unit = timeline_unit(timeline);
    struct held held = held_collect(trace);

    fprintf(out, "%s: from %s, %u processors, %zu records of %zu SMIs\n", trace->title,
            timeline->log->source, timeline->log->processors, timeline->log->records_count,
            timeline->smis_count);
    fprintf(
        out,
        "     round    begin/%-5s cause         cmd monarch    in  gather/%-2s handle/%-2s   "
        "leave/%-2s    held/%-2s\n",
        unit, unit, unit, unit, unit);
    for (size_t i = 0; i < trace->count; i++)
        row_print(out, timeline, &timeline->smis[trace->chosen[i]]);
    fputs("begin: from the log's first event.  in: processors whose records show the round.\n"
          "gather, handle: the monarch's.  leave: handled to last out.  held: first in to last "
          "out.\n",
          out);
    if (held.count)
        fprintf(out, "held: p50 %.1f, p99 %.1f, max %.1f %s (%zu SMI%s with a cause)\n",
                held_percentile(&held, 50), held_percentile(&held, 99),
                held_percentile(&held, 100), unit, held.count, held.count == 1 ? "" : "s");
    if (timeline->log->dropped)
        fprintf(out, "%" PRIu64 " records were dropped where the log was made\n",
                timeline->log->dropped);
    free(held.times);
}

static void spans_json(FILE *out, const struct timeline *timeline, const struct smi *smi)
{
    fputs(",\"spans\":[", out);
    for (size_t i = 0; i < smi->spans_count; i++) {
        const struct span *span = &timeline->spans[smi->spans + i];

        fprintf(out,
                "%s{\"processor\":%u,\"phase\":\"%s\",\"begin\":%" PRIu64 ",\"end\":%" PRIu64
                "}",
                i ? "," : "", span->processor, phase_styles[span->phase].name, span->begin,
                span->end);
    }
    fputs("]", out);
}

static void smi_json(FILE *out, const struct timeline *timeline, const struct smi *smi)
{
    char cause[RECORD_TEXT];

    fprintf(out,
            "{\"round\":%" PRIu32 ",\"cause\":\"%s\",\"begin\":%" PRIu64 ",\"end\":%" PRIu64
            ",\"held\":%.3f,\"in\":%u,\"monarchs\":%u",
            smi->round, smi_cause(smi, cause), smi->begin, smi->end,
            timeline_time(timeline, smi->end - smi->begin), smi->records, smi->monarchs);
    if (smi->monarch)
        fprintf(out, ",\"monarch\":%u,\"command\":%u,\"answered\":%" PRIu32 ",\"flags\":%u",
                smi->monarch->processor, smi->monarch->command, smi->monarch->answered,
                smi->monarch->flags);
    spans_json(out, timeline, smi);
    fputs("}", out);
}

void trace_json(FILE *out, const struct trace *trace)
{
    const struct timeline *timeline = trace->timeline;
    struct held held = held_collect(trace);

    fputs("{\"log\":", out);
    text_json(out, trace->title);
    fputs(",\"source\":", out);
    text_json(out, timeline->log->source);
    fprintf(out,
            ",\"unit\":\"%s\",\"ticks_per_second\":%" PRIu64 ",\"processors\":%u,"
            "\"records\":%zu,\"start\":%" PRIu64 ",\"held_p50\":%.3f,\"held_p99\":%.3f,"
            "\"held_max\":%.3f,\"smis\":[",
            timeline_unit(timeline), timeline->log->ticks_per_second, timeline->log->processors,
            timeline->log->records_count, timeline->start, held_percentile(&held, 50),
            held_percentile(&held, 99), held_percentile(&held, 100));
    for (size_t i = 0; i < trace->count; i++) {
        fputs(i ? ",\n" : "", out);
        smi_json(out, timeline, &timeline->smis[trace->chosen[i]]);
    }
    fputs("]}\n", out);
    free(held.times);
}
