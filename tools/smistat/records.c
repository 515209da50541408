/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records kept as they are, and the log they make: what `muster trace` draws from.
 *
 * The log is one JSON object: "format": "muster-log", "format_version": 1, what is needed to
 * read the records (ticks per second, APIC ids), and "records", one object for each.
 */
#include "smistat.h"

#include <inttypes.h>
#include <stdlib.h>

#include <tools/shared/record.h>

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

/* The members of the log, for the middle of an object: no braces around them. Records of
 * rounds before `*first_round`, if there is one, are left out (round numbers wrap). */
void records_json(FILE *out, const struct window *window, const struct records *records,
                  const uint32_t *first_round)
{
    const char *comma = "";

    fprintf(out,
            "\"format\":\"muster-log\",\"format_version\":1,\"source\":\"smistat\","
            "\"ticks_per_second\":%" PRIu64 ",\"deadline_directed\":%" PRIu64
            ",\"deadline_lost\":%" PRIu64 ",\"apic_ids\":[",
            window->header.ticks_per_second, window->header.deadline_directed,
            window->header.deadline_lost);
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
