/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records kept as they are, and the log they make: what `muster trace` draws from.
 *
 * The log is one JSON object: "format": "muster-log", "format_version": 1, what is needed to
 * read the records (ticks per second, APIC ids), and "records", one object for each. Fields are
 * named as in <muster/window.h>; sets are lists of processor indices.
 */
#include "smistat.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

/* 512 MiB of them: more than any run fills, less than what takes the machine down. */
#define RECORDS_MAX (UINT32_C(1) << 22)

/* False: no memory for it; it is counted as dropped. */
bool records_keep(struct records *records, const struct muster_record *record)
{
    if (records->count == records->capacity) {
        size_t capacity = records->capacity ? 2 * records->capacity : 1024;
        struct muster_record *grown = NULL;

        if (capacity <= RECORDS_MAX)
            grown = realloc(records->items, capacity * sizeof(*grown));
        if (!grown) {
            records->dropped++;
            return false;
        }
        records->items = grown;
        records->capacity = capacity;
    }
    records->items[records->count++] = *record;
    return true;
}

void records_free(struct records *records)
{
    free(records->items);
    *records = (struct records){0};
}

static void set_json(FILE *out, const char *name, const uint64_t set[MUSTER_SET_WORDS])
{
    const char *comma = "";

    fprintf(out, ",\"%s\":[", name);
    for (unsigned i = 0; i < MUSTER_WINDOW_PROCESSORS_MAX; i++) {
        if ((set[i / 64] >> i % 64 & 1) == 0)
            continue;
        fprintf(out, "%s%u", comma, i);
        comma = ",";
    }
    fputc(']', out);
}

/* Its name is eight bytes of anything. */
static void fault_json(FILE *out, const struct muster_fault *fault)
{
    fprintf(out,
            ",\"fault\":{\"vector\":%u,\"error\":%" PRIu32 ",\"address\":%" PRIu64
            ",\"linear\":\"0x%" PRIx64 "\",\"command\":%u,\"handler\":\"",
            fault->vector, fault->error, fault->address & INT64_MAX, fault->linear,
            fault->command);
    for (size_t i = 0; i < sizeof(fault->handler) && fault->handler[i]; i++)
        fputc(isalnum(fault->handler[i]) || fault->handler[i] == '_' ? fault->handler[i] : '?',
              out);
    fputs("\"}", out);
}

static void record_json(FILE *out, const struct muster_record *record)
{
    fprintf(out,
            "{\"processor\":%u,\"sequence\":%" PRIu64 ",\"round\":%" PRIu32
            ",\"flags\":%u,\"monarch\":%u,\"entered\":%" PRIu64 ",\"released\":%" PRIu64,
            record->processor, record->sequence, record->round, record->flags, record->monarch,
            record->entered, record->released);
    /* The rest is the monarch's. */
    if (record->flags & MUSTER_RECORD_MONARCH) {
        fprintf(out,
                ",\"cause\":%" PRIu32 ",\"command\":%u,\"status\":%u,\"came\":%" PRIu32
                ",\"answered\":%" PRIu32 ",\"gathered\":%" PRIu64 ",\"handled\":%" PRIu64,
                record->cause, record->command, record->status, record->came, record->answered,
                record->gathered, record->handled);
        set_json(out, "lost", record->lost);
        if (!(record->flags & MUSTER_RECORD_FAULT))
            set_json(out, "directed", record->directed);
    }
    if (record->flags & MUSTER_RECORD_FAULT)
        fault_json(out, &record->fault);
    fputc('}', out);
}

/* The members of the log, for the middle of an object: no braces around them. Records of
 * rounds before `*first_round`, if there is one, are left out (round numbers wrap). */
void records_json(FILE *out, const struct window *window, const struct records *records,
                  const uint32_t *first_round)
{
    const char *comma = "";

    fprintf(out,
            "\"format\":\"muster-log\",\"format_version\":1,\"source\":\"smistat\","
            "\"ticks_per_second\":%" PRIu64 ",\"apic_ids\":[",
            window->header.ticks_per_second);
    for (unsigned i = 0; i < window->header.processors; i++)
        fprintf(out, "%s%" PRIu32, i ? "," : "", window->apic_ids[i]);
    fprintf(out, "],\"dropped\":%" PRIu64 ",\"records\":[", records->dropped);
    for (size_t i = 0; i < records->count; i++) {
        if (first_round && (int32_t)(records->items[i].round - *first_round) < 0)
            continue;
        fputs(comma, out);
        record_json(out, &records->items[i]);
        comma = ",\n";
    }
    fputs("]", out);
}
