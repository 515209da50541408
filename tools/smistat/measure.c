/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fire (or run a command), and hold what the runtime logged against what was sent and what the
 * processors counted: snapshot, fire, settle, snapshot, verdict, report.
 */
#include "smistat.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a measurement fills while it goes on. */
struct measurement {
    const struct machine *machine;
    struct tally tally;
    struct collector collector;
    struct counts before, after;
};

static int cpus_choose(const struct options *options, const struct machine *machine,
                       struct cpulist *cpus)
{
    if (options->cpus || machine->muster)
        return machine_choose(machine, options->cpus, cpus);
    /* Firmware that never relocated the others does not survive an SMI there. */
    cpus->count = 1;
    cpus->cpus[0] = machine->online.cpus[0];
    return TOOL_OK;
}

static void snapshot_before(struct measurement *measurement)
{
    machine_settle(measurement->machine);
    counts_read(measurement->machine, &measurement->before);
    collector_start(&measurement->collector, measurement->machine, &measurement->before);
}

static void snapshot_after(struct measurement *measurement)
{
    struct tally *tally = &measurement->tally;
    uint64_t required[MUSTER_SET_WORDS] = {0};

    machine_settle(measurement->machine);
    collector_drain(&measurement->collector);
    counts_read(measurement->machine, &measurement->after);
    rows_subtract(tally, &measurement->before, &measurement->after);
    tally->overwritten = collector_overwritten(&measurement->collector);
    for (unsigned i = 0; i < tally->rows_count; i++) {
        const struct row *row = &tally->rows[i];

        /* One that Linux does not run may never have been started. */
        if (row->cpu >= 0 && row->index >= 0)
            required[row->index / 64] |= UINT64_C(1) << row->index % 64;
    }
    if (measurement->machine->muster)
        rounds_sum(&measurement->collector.rounds, required, &tally->sums);
}

/* Between two drains no ring may take more than it holds. An SMI leaves a record with every
 * processor; the half that is left is for whoever visits twice. */
static uint64_t chunk_choose(const struct machine *machine, const struct firing *firing)
{
    uint64_t chunk = UINT32_MAX;

    if (machine->muster)
        chunk = machine->window.header.record_count / 2;
    if (machine->muster && firing->simultaneous)
        chunk /= firing->cpus.count;
    return chunk ? chunk : 1;
}

static int firing_prepare(const struct options *options, struct measurement *measurement,
                          struct firing *firing)
{
    struct tally *tally = &measurement->tally;

    for (unsigned i = 0; i < firing->cpus.count; i++)
        for (unsigned k = 0; k < tally->rows_count; k++)
            if (tally->rows[k].cpu == firing->cpus.cpus[i])
                firing->rows[i] = &tally->rows[k];
    for (unsigned i = 0; measurement->machine->muster && i < firing->cpus.count; i++) {
        if (firing->rows[i]->index >= 0)
            continue;
        return cannot(NAME, "muster does not know processor %u; choose others by --cpu",
                      firing->cpus.cpus[i]);
    }
    if (options->count * firing->cpus.count > SMISTAT_ROUNDS_MAX / 2)
        return usage_error(NAME, "more than %u SMIs at a time; use a smaller --count",
                           SMISTAT_ROUNDS_MAX / 2);
    firing->count = options->count;
    firing->command = options->command;
    firing->simultaneous = options->simultaneous;
    firing->tokenless = tally->tokenless;
    firing->chunk = chunk_choose(measurement->machine, firing);
    firing->drain = collector_drain;
    firing->context = &measurement->collector;
    return machine_allow_firing();
}

static int command_run(char **command)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        execvp(command[0], command);
        fprintf(stderr, "smistat: cannot run %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return TOOL_CANNOT;
    return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? TOOL_CANNOT : TOOL_OK;
}

static int measure(const struct options *options, struct measurement *measurement,
                   struct firing *firing)
{
    int status = TOOL_OK;

    if (!options->run)
        status = firing_prepare(options, measurement, firing);
    if (status != TOOL_OK)
        return status;
    fflush(stdout);
    snapshot_before(measurement);
    status = options->run ? command_run(options->run) : firing_run(firing);
    if (status == TOOL_OK)
        snapshot_after(measurement);
    return status;
}

/* Only the user can know what a byte does where there is no muster. */
static int command_check(const struct options *options, const struct machine *machine)
{
    if (machine->muster || options->command_is_number || options->run)
        return TOOL_OK;
    return cannot(NAME,
                  "no muster on this machine: %s; name the byte to write with --command 0xNN",
                  machine->why_not);
}

int measure_and_report(const struct options *options, struct machine *machine)
{
    static struct measurement measurement;
    static struct firing firing;
    static struct verdict verdict;
    static struct records records;
    struct tally *tally = &measurement.tally;
    struct run run = {.command = options->command};
    int status = cpus_choose(options, machine, &firing.cpus);

    if (status == TOOL_OK)
        status = command_check(options, machine);
    if (status == TOOL_OK)
        status = machine_open_counters(machine);
    if (status != TOOL_OK)
        return status;
    measurement.machine = machine;
    measurement.collector.records = options->records ? &records : NULL;
    firing.machine = machine;
    tally->muster = machine->muster;
    tally->broadcast = machine->window.header.features & MUSTER_FEATURE_BROADCAST;
    tally->to_first = machine->window.header.features & MUSTER_FEATURE_FIRST;
    tally->pluggable = machine->window.header.features & MUSTER_FEATURE_PLUG;
    tally->observing = options->run != NULL;
    tally->simultaneous = options->simultaneous;
    tally->tokenless = options->tokenless || !machine->muster;
    tally->any_status = options->command_is_number;
    tally->rounds = &measurement.collector.rounds;
    rows_make(machine, tally);
    status = measure(options, &measurement, &firing);
    if (status != TOOL_OK)
        return status;
    run.nanoseconds = firing.nanoseconds;
    run.records = measurement.collector.records;
    verdict_judge(tally, &verdict);
    if (options->json)
        report_json(stdout, machine, tally, &run, &verdict);
    else
        report_table(stdout, machine, tally, &run, &verdict);
    rounds_free(&measurement.collector.rounds);
    records_free(&records);
    return verdict.failures ? TOOL_FAILED : TOOL_OK;
}

int log_show(const struct options *options, struct machine *machine)
{
    static struct collector collector;
    static struct records records;

    if (!machine->muster) {
        return cannot(NAME, "no muster on this machine: %s; there is no log to print",
                      machine->why_not);
    }
    collector.records = options->json ? &records : NULL;
    machine_rest(machine);
    collector_start(&collector, machine, NULL);
    collector_drain(&collector);
    report_rounds(stdout, machine, &collector.rounds, &records, options->log, options->json);
    rounds_free(&collector.rounds);
    records_free(&records);
    return TOOL_OK;
}
