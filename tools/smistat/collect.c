/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a machine tells of its SMIs between two looks: the records that came into the log, and
 * by how much the counters went on.
 */
#include "smistat.h"

static void record_take(void *context, const struct muster_record *record)
{
    struct collector *collector = context;

    rounds_add(&collector->rounds, collector->machine->window.header.processors, record);
    if (collector->records)
        records_keep(collector->records, record);
}

void collector_start(struct collector *collector, const struct machine *machine,
                     const struct counts *from)
{
    collector->machine = machine;
    for (unsigned i = 0; machine->muster && i < machine->window.header.processors; i++)
        ring_reader_start(&collector->readers[i], &machine->window, i,
                          from ? from->log[i].records + 1 : 1);
}

void collector_drain(void *context)
{
    struct collector *collector = context;
    const struct machine *machine = collector->machine;
    struct muster_counters counters;

    for (unsigned i = 0; machine->muster && i < machine->window.header.processors; i++) {
        window_counters_read(&machine->window, i, &counters);
        ring_drain(&collector->readers[i], counters.records, record_take, collector);
    }
}

uint64_t collector_overwritten(const struct collector *collector)
{
    const struct machine *machine = collector->machine;
    uint64_t overwritten = 0;

    for (unsigned i = 0; machine->muster && i < machine->window.header.processors; i++)
        overwritten += collector->readers[i].overwritten;
    return overwritten;
}

/* The log's first, as close as can be to the records that were read: the others take an
 * interrupt of each processor. */
void counts_read(const struct machine *machine, struct counts *counts)
{
    for (unsigned i = 0; machine->muster && i < machine->window.header.processors; i++)
        window_counters_read(&machine->window, i, &counts->log[i]);
    for (unsigned i = 0; i < machine->online.count; i++)
        counts->counted[i] = machine->counts && machine_smi_count(machine, i, &counts->smis[i]);
}

/* A row for each processor Linux runs, then one for each other that muster knows. */
void rows_make(const struct machine *machine, struct tally *tally)
{
    bool seen[SMISTAT_PROCESSORS_MAX] = {false};

    for (unsigned i = 0; i < machine->online.count; i++) {
        struct row *row = &tally->rows[tally->rows_count++];

        row->cpu = machine->online.cpus[i];
        row->index = -1;
        if (machine->muster)
            row->index = window_index_of(&machine->window, machine->apic_of[i]);
        if (row->index >= 0)
            seen[row->index] = true;
    }
    if (!machine->muster)
        return;
    for (unsigned i = 0; i < machine->window.header.processors; i++)
        if (!seen[i] && tally->rows_count < SMISTAT_PROCESSORS_MAX)
            tally->rows[tally->rows_count++] = (struct row){.cpu = -1, .index = (int)i};
}

static void counters_subtract(struct muster_counters *from, const struct muster_counters *what)
{
    from->further -= what->further;
    from->records -= what->records;
    from->directed_others -= what->directed_others;
    from->extra -= what->extra;
    from->already_answered -= what->already_answered;
    from->bytes -= what->bytes;
    from->rounds -= what->rounds;
    from->broken -= what->broken;
}

void rows_subtract(struct tally *tally, const struct counts *before, const struct counts *after)
{
    for (unsigned i = 0; i < tally->rows_count; i++) {
        struct row *row = &tally->rows[i];

        row->counted = row->cpu >= 0 && before->counted[i] && after->counted[i];
        /* The counter has 32 bits. */
        row->smis = row->counted ? (uint32_t)(after->smis[i] - before->smis[i]) : 0;
        if (row->index < 0)
            continue;
        row->log = after->log[row->index];
        counters_subtract(&row->log, &before->log[row->index]);
    }
}
