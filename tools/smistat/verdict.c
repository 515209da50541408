/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The identities that hold on a machine where no SMI is lost, none is handled twice and every
 * processor is held. Each compares numbers of different origin: what the client did, what the
 * processors counted by themselves (MSR 34h), what the runtime logged.
 */
#include "smistat.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static void __attribute__((format(printf, 2, 3)))
verdict_fail(struct verdict *verdict, const char *format, ...)
{
    const unsigned slots = sizeof(verdict->text) / sizeof(verdict->text[0]);

    if (verdict->failures < slots) {
        va_list list;

        va_start(list, format);
        vsnprintf(verdict->text[verdict->failures], sizeof(verdict->text[0]), format, list);
        va_end(list);
    }
    verdict->failures++;
}

/* Directed SMIs sent to it: to all others at once, and by name after a first deadline. */
uint64_t tally_directed_to(const struct tally *tally, const struct row *row)
{
    uint64_t directed = 0;

    if (row->index < 0)
        return 0;
    for (unsigned i = 0; i < tally->rows_count; i++)
        if (tally->rows[i].index != row->index)
            directed += tally->rows[i].log.directed_others;
    return directed + tally->rounds->directed[row->index];
}

/* A broadcast machine sends every OUT to every processor, another to the first, or to the one
 * executing it. A TCO SMI reaches one processor, which leads the round. */
uint64_t tally_sent(const struct tally *tally, const struct row *row)
{
    uint64_t outs = row->outs;

    if (row->index > 0 && tally->to_first)
        outs = 0;
    else if (tally->broadcast || (row->index == 0 && tally->to_first)) {
        outs = 0;
        for (unsigned i = 0; i < tally->rows_count; i++)
            outs += tally->rows[i].outs;
    }
    if (row->index < 0)
        return outs;
    return outs + tally_directed_to(tally, row) + tally->rounds->tco[row->index];
}

void tally_total(const struct tally *tally, struct totals *totals)
{
    memset(totals, 0, sizeof(*totals));
    for (unsigned i = 0; i < tally->rows_count; i++) {
        const struct row *row = &tally->rows[i];

        totals->smis += row->smis;
        totals->outs += row->outs;
        totals->fired += row->fired;
        totals->good += row->good;
        totals->other += row->other;
        totals->silent += row->silent;
        totals->visits += muster_visits(&row->log);
        totals->rounds += row->log.rounds;
        totals->requests += muster_answered(&row->log);
        totals->bytes += row->log.bytes;
        totals->already += row->log.already_answered;
        totals->directed += tally->muster ? tally_directed_to(tally, row) : 0;
    }
    /* What an OUT can come to: a round, or nothing left to do, or an SMI that was still
     * pending when the next one came. TCO rounds come from no OUT, those of processors that come
     * and go from one of the ACPI code. */
    totals->merged = (int64_t)(totals->outs + tally->sums.caused[record_bit(MUSTER_CAUSE_TCO)] +
                               tally->sums.caused[record_bit(MUSTER_CAUSE_PLUG)] -
                               totals->rounds - totals->already);
}

static void judge_answers(const struct tally *tally, const struct totals *totals,
                          struct verdict *verdict)
{
    if (totals->silent)
        verdict_fail(verdict, "%" PRIu64 " requests were never answered", totals->silent);
    if (!tally->any_status && totals->other)
        verdict_fail(verdict, "%" PRIu64 " requests were answered with an error",
                     totals->other);
    if (totals->fired != totals->requests)
        verdict_fail(verdict,
                     "%" PRIu64 " requests were fired, the log shows %" PRIu64 " answered",
                     totals->fired, totals->requests);
    if (!tally->tokenless && totals->bytes)
        verdict_fail(verdict, "%" PRIu64 " command bytes were served that nobody sent alone",
                     totals->bytes);
}

static void judge_processor(const struct tally *tally, const struct row *row, bool exact,
                            struct verdict *verdict)
{
    uint64_t sent = tally_sent(tally, row);

    if (row->counted && row->smis != muster_visits(&row->log))
        verdict_fail(verdict,
                     "processor %d took %" PRIu64 " SMIs (MSR 34h), the log has %" PRIu64
                     " visits",
                     row->index, row->smis, muster_visits(&row->log));
    if (!tally->observing && muster_visits(&row->log) > sent)
        verdict_fail(verdict,
                     "processor %d was in SMM %" PRIu64 " times, but was sent %" PRIu64 " SMIs",
                     row->index, muster_visits(&row->log), sent);
    if (exact && muster_visits(&row->log) < sent)
        verdict_fail(verdict,
                     "processor %d was sent %" PRIu64 " SMIs and was in SMM %" PRIu64 " times",
                     row->index, sent, muster_visits(&row->log));
    if (tally->overwritten == 0 &&
        tally->rounds->entries[row->index] != muster_visits(&row->log))
        verdict_fail(verdict,
                     "processor %d has %" PRIu64 " visits in its ring, %" PRIu64
                     " in its counter",
                     row->index, tally->rounds->entries[row->index], muster_visits(&row->log));
}

static void judge_rounds(const struct tally *tally, const struct totals *totals,
                         struct verdict *verdict)
{
    const struct rounds *rounds = tally->rounds;
    const struct rounds_sums *sums = &tally->sums;
    uint64_t broken = rounds_flagged(rounds, MUSTER_RECORD_BROKEN);
    uint64_t stopped = rounds_flagged(rounds, MUSTER_RECORD_STOPPED); /* faulted, too */
    uint64_t faults = rounds_flagged(rounds, MUSTER_RECORD_FAULT);

    if (rounds->misplaced)
        verdict_fail(verdict, "%" PRIu64 " records name a processor or round that cannot be",
                     rounds->misplaced);
    if (broken)
        verdict_fail(verdict, "%" PRIu64 " records of rounds broken by a lost monarch", broken);
    if (stopped)
        verdict_fail(verdict, "the runtime faulted on %" PRIu64 " processors: they are stopped",
                     stopped);
    if (faults > stopped && !tally->any_status)
        verdict_fail(verdict, "handlers faulted in %" PRIu64 " rounds", faults - stopped);
    if (sums->two_monarchs)
        verdict_fail(verdict, "%" PRIu64 " rounds had two monarchs", sums->two_monarchs);
    for (unsigned i = 0; i < tally->rows_count; i++)
        if (tally->rows[i].index >= 0 && rounds->lost[tally->rows[i].index])
            verdict_fail(verdict, "processor %d was declared lost", tally->rows[i].index);
    /* What a record that was not read would have shown cannot be held against anybody; no more
     * than there are of them. */
    if (sums->without_monarch > tally->overwritten)
        verdict_fail(verdict, "%" PRIu64 " rounds have no monarch", sums->without_monarch);
    if (sums->not_held > tally->overwritten)
        verdict_fail(verdict, "in %" PRIu64 " cases a processor was not held in a round",
                     sums->not_held);
    if (sums->not_held_by_time)
        verdict_fail(verdict,
                     "in %" PRIu64 " rounds a processor was outside while a handler ran",
                     sums->not_held_by_time);
    if (tally->overwritten == 0 && sums->with_cause != totals->rounds)
        verdict_fail(verdict, "%" PRIu64 " rounds in the rings, %" PRIu64 " in the counters",
                     sums->with_cause, totals->rounds);
}

/* Not plugged in, as far as can be seen. */
static bool is_absent(const struct tally *tally, const struct row *row)
{
    return tally->pluggable && row->cpu < 0 && row->log.records == 0;
}

static void judge_muster(const struct tally *tally, struct verdict *verdict)
{
    /* SMIs can only merge when several are under way, when some processor was not waited for, or
     * for so long that it was sent another. */
    bool exact = !tally->observing && !tally->simultaneous &&
                 rounds_flagged(tally->rounds, MUSTER_RECORD_FREED) == 0 &&
                 rounds_flagged(tally->rounds, MUSTER_RECORD_DEADLINE) == 0;
    struct totals totals;

    tally_total(tally, &totals);
    if (!tally->observing)
        judge_answers(tally, &totals, verdict);
    for (unsigned i = 0; i < tally->rows_count; i++)
        if (tally->rows[i].index >= 0 && !is_absent(tally, &tally->rows[i]))
            judge_processor(tally, &tally->rows[i], exact, verdict);
    judge_rounds(tally, &totals, verdict);
    if (!tally->observing && totals.merged < 0)
        verdict_fail(verdict,
                     "%" PRIu64 " OUTs, but %" PRIu64 " rounds and %" PRIu64
                     " SMIs already answered",
                     totals.outs, totals.rounds, totals.already);
    if (exact && totals.already > 0)
        verdict_fail(verdict,
                     "%" PRIu64 " SMIs were taken for answered although none came early",
                     totals.already);
    if (exact && totals.merged > 0)
        verdict_fail(verdict, "%" PRId64 " SMIs had no round although none could merge",
                     totals.merged);
}

/* Without muster, only the counter can be held against the OUTs, and only the processor that
 * executed them: the others may or may not be sent SMIs. */
static void judge_stranger(const struct tally *tally, struct verdict *verdict)
{
    for (unsigned i = 0; i < tally->rows_count; i++) {
        const struct row *row = &tally->rows[i];

        if (row->counted && row->smis < row->outs && !tally->simultaneous)
            verdict_fail(verdict, "CPU %d wrote %" PRIu64 " times and took %" PRIu64 " SMIs",
                         row->cpu, row->outs, row->smis);
    }
}

void verdict_judge(const struct tally *tally, struct verdict *verdict)
{
    verdict->failures = 0;
    if (tally->muster)
        judge_muster(tally, verdict);
    else
        judge_stranger(tally, verdict);
}
