/* SPDX-License-Identifier: BSD-2-Clause */
/* What smistat prints: the table, the same as JSON, and the log's last rounds. */
#include "smistat.h"

#include <inttypes.h>

struct times {
    double per_smi; /* microseconds, loop total over SMIs fired */
    double held_p50, held_p99, held_max;
};

static double microseconds(const struct machine *machine, uint64_t ticks)
{
    if (!machine->muster)
        return 0;
    return (double)ticks * 1e6 / (double)machine->window.header.ticks_per_second;
}

static struct times times_of(const struct machine *machine, const struct tally *tally,
                             const struct run *run, uint64_t outs)
{
    struct times times = {0};

    if (outs)
        times.per_smi = (double)run->nanoseconds / 1e3 / (double)outs;
    times.held_p50 = microseconds(machine, tally->sums.held_p50);
    times.held_p99 = microseconds(machine, tally->sums.held_p99);
    times.held_max = microseconds(machine, tally->sums.held_max);
    return times;
}

static void number_print(FILE *out, int width, bool known, uint64_t number)
{
    if (known)
        fprintf(out, "%*" PRIu64, width, number);
    else
        fprintf(out, "%*s", width, "-");
}

static void row_print(FILE *out, const struct tally *tally, const struct row *row)
{
    bool logged = tally->muster && row->index >= 0;
    uint64_t sent = logged ? tally_sent(tally, row) : 0;

    number_print(out, 4, row->cpu >= 0, (uint64_t)row->cpu);
    number_print(out, 6, logged, (uint64_t)row->index);
    number_print(out, 10, row->counted, row->smis);
    number_print(out, 9, logged, muster_visits(&row->log));
    number_print(out, 9, logged && !tally->observing, sent);
    number_print(out, 8, logged, logged ? tally_directed_to(tally, row) : 0);
    number_print(out, 8, logged && !tally->observing && sent >= muster_visits(&row->log),
                 sent - muster_visits(&row->log));
    number_print(out, 8, true, row->outs);
    number_print(out, 9, logged, row->good + row->other);
    number_print(out, 8, logged, row->log.rounds);
    number_print(out, 9, logged, logged ? tally->sums.joined[row->index] : 0);
    fputc('\n', out);
}

static void sources_print(FILE *out, const struct tally *tally)
{
    fputs("SMI_COUNT: MSR 34h.  fired: OUTs to port B2h.\n", out);
    if (!tally->muster)
        return;
    fprintf(out,
            "visits: log, each processor's own.  sent: %s + directed + TCO.\n"
            "directed: log, sent to it by others.  merged: sent - visits.\n"
            "answered: the client's slot.  led: log, rounds with a cause.  held: in how many "
            "others its\n"
            "records show it.\n",
            tally->broadcast  ? "all OUTs (broadcast)"
            : tally->to_first ? "all OUTs, processor 0 only"
                              : "its OUTs (no broadcast)");
}

static void totals_print(FILE *out, const struct machine *machine, const struct tally *tally,
                         const struct run *run, const struct totals *totals)
{
    struct times times = times_of(machine, tally, run, totals->outs);
    uint64_t tco;

    if (totals->outs)
        fprintf(out, "time: %.1f us per SMI (loop total over %" PRIu64 ")\n", times.per_smi,
                totals->outs);
    if (!tally->muster)
        return;
    if (tally->sums.held_count)
        fprintf(out,
                "held: p50 %.1f us, p99 %.1f us, max %.1f us (%" PRIu64
                " rounds, first in to last out)\n",
                times.held_p50, times.held_p99, times.held_max, tally->sums.held_count);
    fprintf(out,
            "requests: %" PRIu64 " fired, %" PRIu64 " answered (log: %" PRIu64
            ")  bytes served: %" PRIu64 "\n",
            totals->fired, totals->good + totals->other, totals->requests, totals->bytes);
    tco = tally->sums.caused[record_bit(MUSTER_CAUSE_TCO)];
    if (!tally->observing)
        fprintf(out,
                "OUTs %" PRIu64 " = rounds %" PRIu64 " (TCO %" PRIu64 " not counted) + already "
                "answered %" PRIu64 " + merged %" PRId64 "\n",
                totals->outs, totals->rounds - tco, tco, totals->already, totals->merged);
    fprintf(out,
            "log: %" PRIu64 " records, %" PRIu64 " overwritten unread, %" PRIu64
            " empty, %" PRIu64 " late, %" PRIu64 " with a deadline expired, %" PRIu64
            " broken\n",
            tally->rounds->records, tally->overwritten,
            rounds_flagged(tally->rounds, MUSTER_RECORD_EMPTY),
            rounds_flagged(tally->rounds, MUSTER_RECORD_LATE),
            rounds_flagged(tally->rounds, MUSTER_RECORD_DEADLINE),
            rounds_flagged(tally->rounds, MUSTER_RECORD_BROKEN));
}

static void status_print(FILE *out, const struct tally *tally)
{
    for (unsigned i = 0; i < tally->rows_count; i++) {
        const struct row *row = &tally->rows[i];

        if (row->last_status != MUSTER_STATUS_SUCCESS)
            fprintf(out, "status on CPU %d: %02" PRIx32 "h%s\n", row->cpu, row->last_status,
                    row->last_status == MUSTER_STATUS_UNSUPPORTED  ? " (unsupported)"
                    : row->last_status == MUSTER_STATUS_NO_REQUEST ? " (needs a request)"
                    : row->last_status == MUSTER_STATUS_BROKEN     ? " (round broken)"
                                                                   : "");
    }
}

static void stranger_print(FILE *out, const struct machine *machine)
{
    fprintf(out,
            "no muster on this machine: %s. Cannot tell: visits, causes, who was held and how "
            "long.\n",
            machine->why_not);
    if (!machine->counts)
        fputs("this processor has no SMI_COUNT (MSR 34h). Cannot count SMIs.\n", out);
}

static void heading_print(FILE *out, const struct machine *machine)
{
    const struct muster_window *header = &machine->window.header;

    if (!machine->muster) {
        stranger_print(out, machine);
        return;
    }
    fprintf(out, "muster %u.%u.%u, %u processors, %s\n", header->runtime_version >> 16,
            header->runtime_version >> 8 & 255, header->runtime_version & 255,
            header->processors,
            header->features & MUSTER_FEATURE_BROADCAST ? "SMIs are broadcast"
                                                        : "SMIs are directed");
}

void report_table(FILE *out, const struct machine *machine, const struct tally *tally,
                  const struct run *run, const struct verdict *verdict)
{
    const unsigned texts = sizeof(verdict->text) / sizeof(verdict->text[0]);
    struct totals totals;

    tally_total(tally, &totals);
    heading_print(out, machine);
    fprintf(out, " cpu index SMI_COUNT   visits     sent directed merged   fired answered     "
                 "led     held\n");
    for (unsigned i = 0; i < tally->rows_count; i++)
        row_print(out, tally, &tally->rows[i]);
    sources_print(out, tally);
    status_print(out, tally);
    totals_print(out, machine, tally, run, &totals);
    for (unsigned i = 0; i < verdict->failures && i < texts; i++)
        fprintf(out, "  wrong: %s\n", verdict->text[i]);
    if (verdict->failures)
        fprintf(out, "smistat: verdict: FAILED: %s%s\n", verdict->text[0],
                verdict->failures > 1 ? " (and more, see above)" : "");
    else if (tally->observing)
        fprintf(out, "smistat: verdict: ok: %" PRIu64 " SMIs counted\n", totals.smis);
    else if (tally->muster)
        fprintf(out,
                "smistat: verdict: ok: %" PRIu64 " SMIs sent, none lost, none handled twice, "
                "every processor held%s\n",
                totals.outs, tally->overwritten ? " (as far as the log was read)" : "");
    else
        fprintf(out, "smistat: verdict: ok: %" PRIu64 " SMIs counted for %" PRIu64 " OUTs\n",
                totals.smis, totals.outs);
}

static void row_json(FILE *out, const struct tally *tally, const struct row *row)
{
    fprintf(out, "{\"cpu\":%d,\"index\":%d,\"outs\":%" PRIu64, row->cpu, row->index, row->outs);
    if (row->counted)
        fprintf(out, ",\"smi_count\":%" PRIu64, row->smis);
    if (tally->muster && row->index >= 0)
        fprintf(out,
                ",\"visits\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"directed\":%" PRIu64
                ",\"fired\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"led\":%" PRIu64
                ",\"held\":%" PRIu64 ",\"lost\":%" PRIu64,
                muster_visits(&row->log), tally_sent(tally, row), tally_directed_to(tally, row),
                row->fired, row->good + row->other, row->log.rounds,
                tally->sums.joined[row->index], tally->rounds->lost[row->index]);
    fprintf(out, ",\"last_status\":%" PRIu32 "}", row->last_status);
}

static void totals_json(FILE *out, const struct machine *machine, const struct tally *tally,
                        const struct run *run)
{
    struct totals totals;
    struct times times;

    tally_total(tally, &totals);
    times = times_of(machine, tally, run, totals.outs);
    fprintf(out,
            "\"totals\":{\"outs\":%" PRIu64 ",\"smi_count\":%" PRIu64 ",\"visits\":%" PRIu64
            ",\"fired\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"requests_logged\":%" PRIu64
            ",\"bytes\":%" PRIu64 ",\"rounds\":%" PRIu64 ",\"tco_rounds\":%" PRIu64
            ",\"already_answered\":%" PRIu64 ",\"merged\":%" PRId64 ",\"directed\":%" PRIu64
            ",\"records\":%" PRIu64 ",\"overwritten\":%" PRIu64 ",\"empty\":%" PRIu64
            ",\"late\":%" PRIu64 ",\"deadlines\":%" PRIu64 ",\"broken\":%" PRIu64
            ",\"faults\":%" PRIu64 "},",
            totals.outs, totals.smis, totals.visits, totals.fired, totals.good + totals.other,
            totals.requests, totals.bytes, totals.rounds,
            tally->sums.caused[record_bit(MUSTER_CAUSE_TCO)], totals.already, totals.merged,
            totals.directed, tally->rounds->records, tally->overwritten,
            rounds_flagged(tally->rounds, MUSTER_RECORD_EMPTY),
            rounds_flagged(tally->rounds, MUSTER_RECORD_LATE),
            rounds_flagged(tally->rounds, MUSTER_RECORD_DEADLINE),
            rounds_flagged(tally->rounds, MUSTER_RECORD_BROKEN),
            rounds_flagged(tally->rounds, MUSTER_RECORD_FAULT));
    fprintf(out,
            "\"microseconds\":{\"per_smi\":%.2f,\"held_p50\":%.2f,\"held_p99\":%.2f,"
            "\"held_max\":%.2f},",
            times.per_smi, times.held_p50, times.held_p99, times.held_max);
}

void report_json(FILE *out, const struct machine *machine, const struct tally *tally,
                 const struct run *run, const struct verdict *verdict)
{
    const unsigned texts = sizeof(verdict->text) / sizeof(verdict->text[0]);
    const struct muster_window *header = &machine->window.header;

    fprintf(out, "{\"muster\":%s,\"counts_smis\":%s,\"command\":%u,\"simultaneous\":%s,",
            machine->muster ? "true" : "false", machine->counts ? "true" : "false",
            run->command, tally->simultaneous ? "true" : "false");
    if (machine->muster)
        fprintf(out,
                "\"version\":\"%u.%u.%u\",\"processors_known\":%u,\"broadcast\":%s,"
                "\"record_count\":%u,",
                header->runtime_version >> 16, header->runtime_version >> 8 & 255,
                header->runtime_version & 255, header->processors,
                tally->broadcast ? "true" : "false", header->record_count);
    else
        fprintf(out, "\"why_not\":\"%s\",", machine->why_not);
    fputs("\"processors\":[", out);
    for (unsigned i = 0; i < tally->rows_count; i++) {
        fputs(i ? "," : "", out);
        row_json(out, tally, &tally->rows[i]);
    }
    fputs("],", out);
    totals_json(out, machine, tally, run);
    fprintf(out, "\"verdict\":\"%s\",\"wrong\":[", verdict->failures ? "FAILED" : "ok");
    for (unsigned i = 0; i < verdict->failures && i < texts; i++)
        fprintf(out, "%s\"%s\"", i ? "," : "", verdict->text[i]);
    fputs("]", out);
    if (run->records && machine->muster) {
        fputs(",", out);
        records_json(out, &machine->window, run->records, NULL);
    }
    fputs("}\n", out);
}

static void round_print(FILE *out, const struct machine *machine, const struct round *round)
{
    const struct muster_record *monarch = &round->monarch;
    char cause[RECORD_TEXT], flags[RECORD_TEXT];

    fprintf(out, "%10" PRIu32 "  ", round->number);
    if (round->monarchs == 0) {
        fprintf(out, "(the monarch's record is overwritten; %u followers)\n", round->followers);
        return;
    }
    record_flags_text(monarch->flags, flags);
    fprintf(out, "%-14s%02xh %7u %5" PRIu32 " %9.1f %9.1f %9.1f%s%s\n",
            record_cause_text(monarch->cause, cause), monarch->command, monarch->processor,
            monarch->came, microseconds(machine, monarch->gathered - monarch->entered),
            microseconds(machine, monarch->handled - monarch->gathered),
            microseconds(machine, round->last_released - round->first_entered),
            *flags ? " " : "", flags);
}

static void round_json(FILE *out, const struct machine *machine, const struct round *round,
                       bool first)
{
    const struct muster_record *monarch = &round->monarch;

    fprintf(out, "%s{\"round\":%" PRIu32 ",\"followers\":%u", first ? "" : ",", round->number,
            round->followers);
    if (round->monarchs)
        fprintf(out,
                ",\"monarch\":%u,\"cause\":%" PRIu32
                ",\"command\":%u,\"status\":%u,\"came\":%" PRIu32 ",\"answered\":%" PRIu32
                ",\"flags\":%u,\"entered\":%" PRIu64 ",\"gathered\":%" PRIu64
                ",\"handled\":%" PRIu64,
                monarch->processor, monarch->cause, monarch->command, record_status(monarch),
                monarch->came, monarch->answered, monarch->flags, monarch->entered,
                monarch->gathered, monarch->handled);
    fprintf(out,
            ",\"first_entered\":%" PRIu64 ",\"last_released\":%" PRIu64 ",\"held_us\":%.2f}",
            round->first_entered, round->last_released,
            microseconds(machine, round->last_released - round->first_entered));
}

/* The last `last` rounds, oldest first; as JSON with the records they were made from. */
void report_rounds(FILE *out, const struct machine *machine, const struct rounds *rounds,
                   const struct records *records, uint64_t last, bool json)
{
    const uint32_t *first = NULL;
    uint64_t used = 0;

    for (size_t i = 0; i < rounds->capacity; i++)
        used += rounds->rounds[i].used;
    if (json)
        fputs("{\"rounds\":[", out);
    else
        fputs("     round  cause         cmd monarch  came   gather/us handle/us  held/us\n",
              out);
    for (size_t i = 0; i < rounds->capacity; i++) {
        const struct round *round = &rounds->rounds[i];

        if (!round->used || used-- > last)
            continue;
        if (json)
            round_json(out, machine, round, first == NULL);
        else
            round_print(out, machine, round);
        if (!first)
            first = &round->number;
    }
    if (!json)
        return;
    fputs("],", out);
    records_json(out, &machine->window, records, first);
    fputs("}\n", out);
}
