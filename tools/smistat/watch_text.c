/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The picture of an interval for people: what happened a second, and beside it what has happened
 * since the start, as what matters most is rare. Fits a terminal of 80 columns.
 */
#include "smistat.h"

#include <inttypes.h>
#include <string.h>

#define BOLD   "\033[1m"
#define ALARM  "\033[1;31m"
#define NORMAL "\033[0m"

/* Of a column for each cause, at least. */
#define CAUSE_WIDTH 8

static const char *style(const struct watched *watched, const char *which)
{
    return watched->colour ? which : "";
}

/* For what should not happen, and did in this interval. */
static const char *alarm_begin(const struct watched *watched, bool alarm)
{
    return style(watched, alarm ? ALARM : "");
}

static const char *alarm_end(const char *begin)
{
    return *begin ? NORMAL : "";
}

static double per_second(const struct watched *watched, uint64_t count)
{
    double seconds = watched->interval.seconds;

    return seconds > 0 ? (double)count / seconds : 0;
}

static double microseconds(const struct watched *watched, uint64_t ticks)
{
    const struct machine *machine = watched->machine;
    uint64_t rate =
        machine->muster ? machine->window.header.ticks_per_second : watched->ticks_per_second;

    return (double)ticks * 1e6 / (double)rate;
}

static void head_print(FILE *out, const struct watched *watched)
{
    const struct muster_window *header = &watched->machine->window.header;
    unsigned seconds = (unsigned)(watched->history.seconds + 0.5);
    char what[44] = "no muster here";

    if (watched->machine->muster)
        snprintf(what, sizeof(what), "muster %u.%u.%u, %u processors",
                 header->runtime_version >> 16, header->runtime_version >> 8 & 255,
                 header->runtime_version & 255, header->processors);
    fprintf(out, "%s%-44s%s every %g s%s  %u:%02u:%02u\n", style(watched, BOLD), what,
            style(watched, NORMAL), watched->every, watched->keys ? ", q leaves" : "",
            seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (!watched->machine->muster)
        fprintf(out, "  %s\n", watched->machine->why_not);
}

/* The usual causes, and every other that ever came. */
static bool cause_is_shown(const struct watched *watched, const struct record_word *cause)
{
    return cause->bit & RECORD_CAUSES_USUAL ||
           watched->history.caused[record_bit(cause->bit)] != 0;
}

static void count_print(FILE *out, const struct watched *watched, const char *name,
                        uint64_t now, uint64_t total, bool alarm)
{
    const char *begin = alarm_begin(watched, alarm && now > 0);

    fprintf(out, "%s  %-20s %12.1f %12" PRIu64 "%s\n", begin, name, per_second(watched, now),
            total, alarm_end(begin));
}

/* Rounds by cause, and every flag that was ever seen. */
static void rounds_print(FILE *out, const struct watched *watched)
{
    const struct interval *interval = &watched->interval;
    const struct history *history = &watched->history;

    fprintf(out, "\n%s  %-20s %12s %12s%s\n", style(watched, BOLD), "", "a second",
            "since start", style(watched, NORMAL));
    count_print(out, watched, "rounds", interval->tally.sums.with_cause, history->rounds,
                false);
    for (const struct record_word *cause = record_causes; cause->name; cause++)
        if (cause_is_shown(watched, cause))
            count_print(out, watched, cause->name,
                        interval->tally.sums.caused[record_bit(cause->bit)],
                        history->caused[record_bit(cause->bit)], false);
    for (const struct record_word *flag = record_flags; flag->name; flag++)
        if (history->flagged[record_bit(flag->bit)])
            count_print(out, watched, flag->name,
                        rounds_flagged(&interval->rounds, (uint16_t)flag->bit),
                        history->flagged[record_bit(flag->bit)], flag->trouble);
    if (history->overwritten)
        count_print(out, watched, "records not read", interval->tally.overwritten,
                    history->overwritten, true);
}

static void held_print(FILE *out, const struct watched *watched)
{
    const struct rounds_sums *sums = &watched->interval.tally.sums;
    const struct history *history = &watched->history;
    const char *begin = alarm_begin(watched, sums->held_long > 0);

    fprintf(out, "\n%s  %-20s %8s %8s %8s   > %u us%s\n", style(watched, BOLD), "held, us",
            "p50", "p99", "max", SMI_MICROSECONDS_MAX, style(watched, NORMAL));
    fprintf(out, "  %-20s %8.1f %8.1f %8.1f  %s%8" PRIu64 "%s\n", "now",
            microseconds(watched, sums->held_p50), microseconds(watched, sums->held_p99),
            microseconds(watched, sums->held_max), begin, sums->held_long, alarm_end(begin));
    fprintf(out, "  %-20s %8s %8s %8.1f  %8" PRIu64 "\n", "since start", "", "",
            microseconds(watched, history->held_max), history->held_long);
}

/* ---- processors ---- */

static int cause_width(const struct record_word *cause)
{
    int length = (int)strlen(cause->name);

    return length > CAUSE_WIDTH ? length : CAUSE_WIDTH;
}

static void rate_print(FILE *out, const struct watched *watched, bool known, int width,
                       uint64_t count)
{
    if (known)
        fprintf(out, " %*.1f", width, per_second(watched, count));
    else
        fprintf(out, " %*s", width, "-");
}

static void number_print(FILE *out, int number)
{
    if (number >= 0)
        fprintf(out, "%5d", number);
    else
        fprintf(out, "%5s", "-");
}

static void total_print(FILE *out, const struct watched *watched, int width, uint64_t now,
                        uint64_t total)
{
    const char *begin = alarm_begin(watched, now > 0);

    fprintf(out, " %s%*" PRIu64 "%s", begin, width, total, alarm_end(begin));
}

static void row_print(FILE *out, const struct watched *watched, const struct row *row)
{
    const struct interval *interval = &watched->interval;
    const struct history *history = &watched->history;

    number_print(out, row->cpu);
    if (!watched->machine->muster) {
        rate_print(out, watched, row->counted, 8, row->smis);
        fprintf(out, " %12" PRIu64 "\n", history->smis[row - interval->tally.rows]);
        return;
    }
    fputc(' ', out);
    number_print(out, row->index);
    rate_print(out, watched, row->counted, 9, row->smis);
    rate_print(out, watched, row->index >= 0, 9, muster_visits(&row->log));
    for (const struct record_word *cause = record_causes; cause->name; cause++)
        if (cause_is_shown(watched, cause))
            rate_print(out, watched, row->index >= 0, cause_width(cause),
                       row->index < 0
                           ? 0
                           : interval->tally.sums.led[record_bit(cause->bit)][row->index]);
    if (row->index >= 0) {
        total_print(out, watched, 5, interval->rounds.late[row->index],
                    history->late[row->index]);
        total_print(out, watched, 8, interval->rounds.directed[row->index],
                    history->directed[row->index]);
        total_print(out, watched, 5, interval->rounds.lost[row->index],
                    history->lost[row->index]);
    }
    fputc('\n', out);
}

/* Of which numbers are rates, and which totals: a line above the names. */
static void rows_head_print(FILE *out, const struct watched *watched)
{
    int causes = 0;

    fprintf(out, "\n%s", style(watched, BOLD));
    if (!watched->machine->muster) {
        fprintf(out, "  cpu   SMIs/s  since start%s\n", style(watched, NORMAL));
        return;
    }
    for (const struct record_word *cause = record_causes; cause->name; cause++)
        if (cause_is_shown(watched, cause))
            causes += cause_width(cause) + 1;
    fprintf(out, "%*s%*s%*s\n  cpu index SMI_COUNT    visits", 31, "a second", causes,
            "led, a second", 21, "since start");
    for (const struct record_word *cause = record_causes; cause->name; cause++)
        if (cause_is_shown(watched, cause))
            fprintf(out, " %*s", cause_width(cause), cause->name);
    fprintf(out, "  late directed  lost%s\n", style(watched, NORMAL));
}

static void rows_print(FILE *out, const struct watched *watched)
{
    const struct tally *tally = &watched->interval.tally;

    rows_head_print(out, watched);
    for (unsigned i = 0; i < tally->rows_count; i++)
        if (watched_shows(watched, &tally->rows[i]))
            row_print(out, watched, &tally->rows[i]);
}

/* ---- gaps ---- */

static void gaps_print(FILE *out, const struct watched *watched)
{
    const struct gaps *now = &watched->interval.gaps, *all = &watched->history.gaps;
    double rate = (double)watched->ticks_per_second / 1e6;
    const bool slow = (double)all->longest_with_smi / rate > SMI_MICROSECONDS_MAX;
    const char *begin = alarm_begin(watched, slow);

    fprintf(out, "\n%s  %-20s %12s %12s %12s %14s%s\n", style(watched, BOLD), "gaps", "now",
            "since start", "with an SMI", "longest, us", style(watched, NORMAL));
    for (unsigned i = 0; i < GAP_BINS; i++) {
        const struct gap_bin *bin = &all->bins[i];

        if (bin->count)
            fprintf(out, "  %-20s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %14.1f\n",
                    gap_bin_name(i), now->bins[i].count, bin->count, bin->with_smi,
                    (double)bin->longest / rate);
    }
    fprintf(out, "  on CPU %d; ", watched->gaps_cpu);
    if (!watched->machine->counts)
        fputs("no SMI_COUNT here (MSR 34h): a gap may be anything\n", out);
    else if (all->smis == 0)
        fputs("no SMI came there yet (MSR 34h)\n", out);
    else
        fprintf(out, "longest with an SMI: %s%.1f us, %s %u us%s\n", begin,
                (double)all->longest_with_smi / rate, slow ? "more than" : "within",
                SMI_MICROSECONDS_MAX, alarm_end(begin));
}

void watch_text(FILE *out, const struct watched *watched)
{
    head_print(out, watched);
    if (watched->machine->muster) {
        rounds_print(out, watched);
        held_print(out, watched);
    }
    if (watched->gaps_cpu >= 0)
        gaps_print(out, watched);
    rows_print(out, watched); /* last, as there may be more than fit */
}
