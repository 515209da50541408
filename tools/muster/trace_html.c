/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timeline as one page. page.html is the page, complete but for its data; it is part of
 * this program (page.S). The data stand where it says DATA: numbers, and text made harmless.
 */
#include "trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

extern const char page_begin[], page_end[];

#define MARK "/*DATA*/"

static void phases_print(FILE *out)
{
    fputs("\"phases\":[", out);
    for (unsigned i = 0; i < PHASES; i++)
        fprintf(out, "%s[\"%s\",\"%s\",\"%s\"]", i ? "," : "", phase_styles[i].name,
                phase_styles[i].meaning, phase_styles[i].colour);
    fputs("],", out);
}

/* Compact, because a log may have 100 000 of them:
 * [round, cause, monarch, command, notes, in, answered, begin, end, [span...]]
 * with a span as [processor, phase, begin, end]; begin and end are in the log's unit. */
static void smi_print(FILE *out, const struct timeline *timeline, const struct smi *smi)
{
    char cause[RECORD_TEXT], notes[NOTES_MAX];
    const struct muster_record *monarch = smi->monarch;

    fprintf(out, "[%" PRIu32 ",\"%s\",%d,%d,\"%s\",%u,%" PRIu32 ",%.4f,%.4f,[", smi->round,
            smi_cause(smi, cause), monarch ? monarch->processor : -1,
            monarch ? monarch->command : -1, smi_notes(smi, notes), smi->records,
            monarch ? monarch->answered : 0, timeline_time(timeline, smi->begin),
            timeline_time(timeline, smi->end));
    for (size_t i = 0; i < smi->spans_count; i++) {
        const struct span *span = &timeline->spans[smi->spans + i];

        fprintf(out, "%s[%u,%u,%.4f,%.4f]", i ? "," : "", span->processor, span->phase,
                timeline_time(timeline, span->begin), timeline_time(timeline, span->end));
    }
    fputs("]]", out);
}

/* The words were made by jansson, which lets < through. */
static void words_print(FILE *out, const char *words)
{
    for (; *words; words++)
        if (*words == '<')
            fputs("\\u003c", out);
        else
            fputc(*words, out);
}

static void steps_print(FILE *out, const struct timeline *timeline)
{
    const struct log *log = timeline->log;

    fputs("],\"steps\":[", out);
    for (size_t i = 0; i < log->steps_count; i++) {
        const struct log_step *step = &log->steps[i];

        fprintf(out, "%s[%.4f,%u,", i ? ",\n" : "",
                timeline_time(timeline, step->tick - timeline->start), step->processor);
        text_json(out, step->what);
        fputc(',', out);
        words_print(out, step->words);
        fputc(']', out);
    }
}

static void data_print(FILE *out, const struct trace *trace)
{
    const struct timeline *timeline = trace->timeline;
    const struct log *log = timeline->log;

    fputs("{\"log\":", out);
    text_json(out, trace->title);
    fputs(",\"source\":", out);
    text_json(out, log->source);
    fprintf(out,
            ",\"unit\":\"%s\",\"processors\":%u,\"records\":%zu,\"all\":%zu,"
            "\"dropped\":%" PRIu64 ",",
            log->ticks_per_second ? "µs" : "ticks", log->processors, log->records_count,
            timeline->smis_count, log->dropped);
    phases_print(out);
    fputs("\"smis\":[\n", out);
    for (size_t i = 0; i < trace->count; i++) {
        fputs(i ? ",\n" : "", out);
        smi_print(out, timeline, &timeline->smis[trace->chosen[i]]);
    }
    steps_print(out, timeline);
    fputs("]}", out);
}

bool trace_of_all(struct trace *trace, const struct timeline *timeline, const char *title)
{
    size_t *all = calloc(timeline->smis_count + 1, sizeof(*all));

    *trace = (struct trace){.timeline = timeline, .chosen = all, .title = title};
    for (; all && trace->count < timeline->smis_count; trace->count++)
        all[trace->count] = trace->count;
    return all != NULL;
}

void trace_html(FILE *out, const struct trace *trace)
{
    const char *mark = memmem(page_begin, (size_t)(page_end - page_begin), MARK, strlen(MARK));

    fwrite(page_begin, 1, (size_t)(mark - page_begin), out);
    data_print(out, trace);
    mark += strlen(MARK);
    fwrite(mark, 1, (size_t)(page_end - mark), out);
}
