/* SPDX-License-Identifier: BSD-2-Clause */
/* What is shown of an interval, and what is remembered of all of them. */
#include "smistat.h"

void interval_close(struct interval *interval, struct rounds *next)
{
    static const uint64_t nobody[MUSTER_SET_WORDS];

    rounds_keep_incomplete(&interval->rounds, next);
    rounds_sum(&interval->rounds, nobody, &interval->tally.sums);
}

static void rows_add(struct history *history, const struct interval *interval)
{
    for (unsigned i = 0; i < SMISTAT_PROCESSORS_MAX; i++) {
        history->smis[i] += interval->tally.rows[i].smis;
        history->late[i] += interval->rounds.late[i];
        history->directed[i] += interval->rounds.directed[i];
        history->lost[i] += interval->rounds.lost[i];
    }
}

void history_add(struct history *history, const struct interval *interval)
{
    const struct rounds_sums *sums = &interval->tally.sums;

    history->seconds += interval->seconds;
    history->rounds += sums->with_cause;
    history->held_long += sums->held_long;
    history->overwritten += interval->tally.overwritten;
    if (sums->held_max > history->held_max)
        history->held_max = sums->held_max;
    for (unsigned bit = 0; bit < RECORD_CAUSE_BITS; bit++)
        history->caused[bit] += sums->caused[bit];
    for (unsigned bit = 0; bit < RECORD_FLAG_BITS; bit++)
        history->flagged[bit] += interval->rounds.flagged[bit];
    rows_add(history, interval);
    gaps_merge(&history->gaps, &interval->gaps);
}
