/* SPDX-License-Identifier: BSD-2-Clause */
/* The same picture as one JSON object on a line. Counts, not rates: "seconds" says of how long. */
#include "smistat.h"

#include <inttypes.h>

static double microseconds(const struct watched *watched, uint64_t ticks)
{
    return (double)ticks * 1e6 / (double)watched->machine->window.header.ticks_per_second;
}

/* Counts by the name of their bit. */
static void words_json(FILE *out, const char *name, const struct record_word *words,
                       const uint64_t *counts)
{
    fprintf(out, ",\"%s\":{", name);
    for (const char *comma = ""; words->name; words++, comma = ",")
        fprintf(out, "%s\"%s\":%" PRIu64, comma, words->name, counts[record_bit(words->bit)]);
    fputc('}', out);
}

/* Causes that are not usual and did not come are left out. */
static void causes_json(FILE *out, const char *name, const uint64_t *counts)
{
    const char *comma = "";

    fprintf(out, ",\"%s\":{", name);
    for (const struct record_word *cause = record_causes; cause->name; cause++) {
        if (!(cause->bit & RECORD_CAUSES_USUAL) && counts[record_bit(cause->bit)] == 0)
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, comma, cause->name, counts[record_bit(cause->bit)]);
        comma = ",";
    }
    fputc('}', out);
}

static void row_json(FILE *out, const struct watched *watched, const struct row *row)
{
    const struct interval *interval = &watched->interval;
    uint64_t led[RECORD_CAUSE_BITS];

    fprintf(out, "{\"cpu\":%d,\"index\":%d", row->cpu, row->index);
    if (row->counted)
        fprintf(out, ",\"smi_count\":%" PRIu64, row->smis);
    if (row->index >= 0) {
        for (unsigned bit = 0; bit < RECORD_CAUSE_BITS; bit++)
            led[bit] = interval->tally.sums.led[bit][row->index];
        fprintf(out,
                ",\"visits\":%" PRIu64 ",\"late\":%" PRIu64 ",\"directed\":%" PRIu64
                ",\"lost\":%" PRIu64,
                muster_visits(&row->log), interval->rounds.late[row->index],
                interval->rounds.directed[row->index], interval->rounds.lost[row->index]);
        causes_json(out, "led", led);
    }
    fputc('}', out);
}

static void log_json(FILE *out, const struct watched *watched)
{
    const struct interval *interval = &watched->interval;
    const struct rounds_sums *sums = &interval->tally.sums;
    const struct history *history = &watched->history;

    fprintf(out, ",\"rounds\":%" PRIu64, sums->with_cause);
    causes_json(out, "causes", sums->caused);
    words_json(out, "flags", record_flags, interval->rounds.flagged);
    fprintf(out,
            ",\"held_us\":{\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f,\"over_%u\":%" PRIu64
            "},\"overwritten\":%" PRIu64,
            microseconds(watched, sums->held_p50), microseconds(watched, sums->held_p99),
            microseconds(watched, sums->held_max), SMI_MICROSECONDS_MAX, sums->held_long,
            interval->tally.overwritten);
    fprintf(out,
            ",\"since_start\":{\"rounds\":%" PRIu64
            ",\"held_max_us\":%.2f,\"held_over_%u\":%" PRIu64 ",\"overwritten\":%" PRIu64,
            history->rounds, microseconds(watched, history->held_max), SMI_MICROSECONDS_MAX,
            history->held_long, history->overwritten);
    causes_json(out, "causes", history->caused);
    words_json(out, "flags", record_flags, history->flagged);
    fputc('}', out);
}

static void gaps_json(FILE *out, const struct watched *watched, const char *name,
                      const struct gaps *gaps)
{
    double rate = (double)watched->ticks_per_second / 1e6;

    fprintf(out,
            ",\"%s\":{\"cpu\":%d,\"smis\":%" PRIu64 ",\"longest_with_smi_us\":%.2f,\"bins\":[",
            name, watched->gaps_cpu, gaps->smis, (double)gaps->longest_with_smi / rate);
    for (unsigned i = 0; i < GAP_BINS; i++)
        fprintf(out,
                "%s{\"over_us\":%.0f,\"count\":%" PRIu64 ",\"with_smi\":%" PRIu64
                ",\"longest_us\":%.2f}",
                i ? "," : "", (double)gaps->edges[i] / rate, gaps->bins[i].count,
                gaps->bins[i].with_smi, (double)gaps->bins[i].longest / rate);
    fputs("]}", out);
}

void watch_json(FILE *out, const struct watched *watched)
{
    const struct machine *machine = watched->machine;
    const struct tally *tally = &watched->interval.tally;
    const char *comma = "";

    fprintf(out, "{\"muster\":%s,\"counts_smis\":%s,\"elapsed\":%.3f,\"seconds\":%.3f",
            machine->muster ? "true" : "false", machine->counts ? "true" : "false",
            watched->history.seconds, watched->interval.seconds);
    fputs(",\"processors\":[", out);
    for (unsigned i = 0; i < tally->rows_count; i++) {
        if (!watched_shows(watched, &tally->rows[i]))
            continue;
        fputs(comma, out);
        row_json(out, watched, &tally->rows[i]);
        comma = ",";
    }
    fputc(']', out);
    if (machine->muster)
        log_json(out, watched);
    if (watched->gaps_cpu >= 0) {
        gaps_json(out, watched, "gaps", &watched->interval.gaps);
        gaps_json(out, watched, "gaps_since_start", &watched->history.gaps);
    }
    fputs("}\n", out);
}
