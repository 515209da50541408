/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smistat: fire and count System Management Interrupts, and hold what the runtime logged
 * against what was sent and what the processors counted.
 *
 * Order of events: options, machine, snapshot, fire (or run a command), settle, snapshot,
 * verdict, report.
 */
#include "smistat.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
    const char *cpus;
    uint64_t count;
    bool count_given;
    uint8_t command;
    bool command_is_number;
    bool simultaneous;
    bool tokenless;
    bool json;
    bool records; /* keep them, and print them with the JSON */
    uint64_t log; /* rounds to print, 0: none */
    char **run;   /* a command to run instead of firing, or NULL */
};

/* What a measurement fills while it goes on. */
struct measurement {
    const struct machine *machine;
    struct tally tally;
    struct rounds rounds;
    struct records *records; /* NULL: not kept */
    struct ring_reader readers[SMISTAT_PROCESSORS_MAX];
    struct muster_counters before[SMISTAT_PROCESSORS_MAX];
    uint64_t smis_before[SMISTAT_PROCESSORS_MAX];
};

static const char help_text[] =
    "usage: smistat [options]                fire software SMIs and account for each\n"
    "       smistat [options] -- COMMAND...  account for the SMIs while COMMAND runs\n"
    "       smistat --log N                  print the last N rounds of the runtime's log\n"
    "\n"
    "  --cpu LIST       processors to fire from, such as 0-3,5 or all (default: all; without\n"
    "                   muster the first, as other firmware may not survive the rest)\n"
    "  --count N        SMIs to fire from each of them (default: 1)\n"
    "  --command WHAT   noop, query, log or a byte such as 0x10 (default: noop)\n"
    "  --simultaneous   fire from all of them at once instead of in turn\n"
    "  --tokenless      write the byte only, without a request in the processor's slot\n"
    "  --json           print JSON; with --log N also the records it was made from\n"
    "  --records        print JSON, and in it every record: a log for muster trace\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 all accounted for, 1 not so, 2 usage, 3 impossible here.\n"
    "On a machine without muster a byte has to be named with --command: only you can know "
    "what\n"
    "its firmware does with it.\n";

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "smistat: %s: %s; see smistat --help\n", what, value);
    return SMISTAT_USAGE;
}

static bool number_parse(const char *text, uint64_t limit, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 0);
    return *text != '-' && *text != '\0' && *end == '\0' && errno == 0 && *value <= limit;
}

static bool command_parse(const char *text, struct options *options)
{
    uint64_t byte;

    if (strcmp(text, "noop") == 0)
        options->command = MUSTER_COMMAND_NOOP;
    else if (strcmp(text, "query") == 0)
        options->command = MUSTER_COMMAND_QUERY;
    else if (strcmp(text, "log") == 0)
        options->command = MUSTER_COMMAND_LOG;
    else {
        options->command_is_number = true;
        if (!number_parse(text, 255, &byte))
            return false;
        options->command = (uint8_t)byte;
    }
    return true;
}

/* -1: go on; otherwise the exit status. */
static int option_take(int option, struct options *options)
{
    switch (option) {
    case 'c':
        options->cpus = optarg;
        return -1;
    case 'n':
        options->count_given = true;
        if (number_parse(optarg, UINT32_MAX, &options->count))
            return -1;
        return usage_error("not a count", optarg);
    case 'C':
        return command_parse(optarg, options) ? -1 : usage_error("no such command", optarg);
    case 's':
        options->simultaneous = true;
        return -1;
    case 't':
        options->tokenless = true;
        return -1;
    case 'j':
        options->json = true;
        return -1;
    case 'r':
        options->json = options->records = true;
        return -1;
    case 'l':
        if (number_parse(optarg, UINT32_MAX, &options->log) && options->log)
            return -1;
        return usage_error("not a number of rounds", optarg);
    case 'h':
        fputs(help_text, stdout);
        return SMISTAT_OK;
    case 'v':
        puts("smistat " SMISTAT_VERSION);
        return SMISTAT_OK;
    default:
        fputs("see smistat --help\n", stderr);
        return SMISTAT_USAGE;
    }
}

static int options_parse(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"cpu", required_argument, NULL, 'c'},
        {"count", required_argument, NULL, 'n'},
        {"command", required_argument, NULL, 'C'},
        {"simultaneous", no_argument, NULL, 's'},
        {"tokenless", no_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'},
        {"records", no_argument, NULL, 'r'},
        {"log", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct options){.count = 1, .command = MUSTER_COMMAND_NOOP};
    while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
        int status = option_take(option, options);

        if (status >= 0)
            return status;
    }
    if (optind < argc && strcmp(argv[optind - 1], "--") != 0)
        return usage_error("not an option", argv[optind]);
    options->run = optind < argc ? argv + optind : NULL;
    return -1;
}

static int cpus_choose(const struct options *options, const struct machine *machine,
                       struct cpulist *cpus)
{
    bool all = options->cpus != NULL && strcmp(options->cpus, "all") == 0;

    if (all || (options->cpus == NULL && machine->muster)) {
        *cpus = machine->online;
        return SMISTAT_OK;
    }
    /* Firmware that never relocated the others does not survive an SMI there. */
    if (options->cpus == NULL) {
        cpus->count = 1;
        cpus->cpus[0] = machine->online.cpus[0];
        return SMISTAT_OK;
    }
    if (!cpulist_parse(options->cpus, cpus))
        return usage_error("not a list of processors", options->cpus);
    for (unsigned i = 0; i < cpus->count; i++) {
        if (cpulist_has(&machine->online, cpus->cpus[i]))
            continue;
        fprintf(stderr, "smistat: there is no processor %u; online are %u, see nproc\n",
                cpus->cpus[i], machine->online.count);
        return SMISTAT_CANNOT;
    }
    return SMISTAT_OK;
}

/* A row for each processor Linux runs, then one for each other that muster knows. */
static void rows_make(const struct machine *machine, struct tally *tally)
{
    bool seen[SMISTAT_PROCESSORS_MAX] = {false};

    for (unsigned i = 0; i < machine->online.count; i++) {
        struct row *row = &tally->rows[tally->rows_count++];

        row->cpu = machine->online.cpus[i];
        row->counted = machine->counts;
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

static void record_take(void *context, const struct muster_record *record)
{
    struct measurement *measurement = context;

    rounds_add(&measurement->rounds, measurement->machine->window.header.processors, record);
    if (measurement->records)
        records_keep(measurement->records, record);
}

static void log_drain(void *context)
{
    struct measurement *measurement = context;
    const struct machine *machine = measurement->machine;
    struct muster_counters counters;

    for (unsigned i = 0; machine->muster && i < machine->window.header.processors; i++) {
        window_counters_read(&machine->window, i, &counters);
        ring_drain(&measurement->readers[i], counters.records, record_take, measurement);
    }
}

static void snapshot_before(struct measurement *measurement)
{
    const struct machine *machine = measurement->machine;

    machine_settle(machine);
    for (unsigned i = 0; machine->counts && i < machine->online.count; i++)
        machine_smi_count(machine, i, &measurement->smis_before[i]);
    for (unsigned i = 0; machine->muster && i < machine->window.header.processors; i++) {
        window_counters_read(&machine->window, i, &measurement->before[i]);
        ring_reader_start(&measurement->readers[i], &machine->window, i,
                          measurement->before[i].records + 1);
    }
}

static void counters_subtract(struct muster_counters *from, const struct muster_counters *what)
{
    from->visits -= what->visits;
    from->records -= what->records;
    from->directed_others -= what->directed_others;
    from->answered -= what->answered;
    from->already_answered -= what->already_answered;
    from->bytes -= what->bytes;
    from->rounds -= what->rounds;
    from->broken -= what->broken;
}

static void snapshot_after(struct measurement *measurement)
{
    const struct machine *machine = measurement->machine;
    struct tally *tally = &measurement->tally;
    uint64_t required[MUSTER_SET_WORDS] = {0};

    machine_settle(machine);
    log_drain(measurement);
    for (unsigned i = 0; i < tally->rows_count; i++) {
        struct row *row = &tally->rows[i];
        uint64_t count = 0;

        /* The counter has 32 bits. */
        if (row->counted && machine_smi_count(machine, i, &count))
            row->smis = (uint32_t)(count - measurement->smis_before[i]);
        if (row->index < 0)
            continue;
        window_counters_read(&machine->window, (unsigned)row->index, &row->log);
        counters_subtract(&row->log, &measurement->before[row->index]);
        tally->overwritten += measurement->readers[row->index].overwritten;
        /* One that Linux does not run may never have been started. */
        if (row->cpu >= 0)
            required[row->index / 64] |= UINT64_C(1) << row->index % 64;
    }
    if (machine->muster)
        rounds_sum(&measurement->rounds, required, &tally->sums);
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
        fprintf(stderr, "smistat: muster does not know processor %u; choose others by --cpu\n",
                firing->cpus.cpus[i]);
        return SMISTAT_CANNOT;
    }
    if (options->count * firing->cpus.count > SMISTAT_ROUNDS_MAX / 2) {
        fprintf(stderr, "smistat: more than %u SMIs at a time; use a smaller --count\n",
                SMISTAT_ROUNDS_MAX / 2);
        return SMISTAT_USAGE;
    }
    firing->count = options->count;
    firing->command = options->command;
    firing->simultaneous = options->simultaneous;
    firing->tokenless = tally->tokenless;
    firing->chunk = chunk_choose(measurement->machine, firing);
    firing->drain = log_drain;
    firing->context = measurement;
    return machine_allow_ports();
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
        return SMISTAT_CANNOT;
    return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? SMISTAT_CANNOT : SMISTAT_OK;
}

static int measure(const struct options *options, struct measurement *measurement,
                   struct firing *firing)
{
    int status = SMISTAT_OK;

    if (!options->run)
        status = firing_prepare(options, measurement, firing);
    if (status != SMISTAT_OK)
        return status;
    fflush(stdout);
    snapshot_before(measurement);
    status = options->run ? command_run(options->run) : firing_run(firing);
    if (status == SMISTAT_OK)
        snapshot_after(measurement);
    return status;
}

/* Only the user can know what a byte does where there is no muster. */
static int command_check(const struct options *options, const struct machine *machine)
{
    if (machine->muster || options->command_is_number || options->run)
        return SMISTAT_OK;
    fprintf(stderr,
            "smistat: no muster on this machine: %s; name the byte to write with "
            "--command 0xNN\n",
            machine->why_not);
    return SMISTAT_CANNOT;
}

static int measure_and_report(const struct options *options, struct machine *machine)
{
    static struct measurement measurement;
    static struct firing firing;
    static struct verdict verdict;
    static struct records records;
    struct tally *tally = &measurement.tally;
    struct run run = {.command = options->command};
    int status = cpus_choose(options, machine, &firing.cpus);

    if (status == SMISTAT_OK)
        status = command_check(options, machine);
    if (status == SMISTAT_OK)
        status = machine_open_counters(machine);
    if (status != SMISTAT_OK)
        return status;
    measurement.machine = machine;
    measurement.records = options->records ? &records : NULL;
    firing.machine = machine;
    tally->muster = machine->muster;
    tally->broadcast = machine->window.header.features & MUSTER_FEATURE_BROADCAST;
    tally->to_first = machine->window.header.features & MUSTER_FEATURE_FIRST;
    tally->observing = options->run != NULL;
    tally->simultaneous = options->simultaneous;
    tally->tokenless = options->tokenless || !machine->muster;
    tally->any_status = options->command_is_number;
    tally->rounds = &measurement.rounds;
    rows_make(machine, tally);
    status = measure(options, &measurement, &firing);
    if (status != SMISTAT_OK)
        return status;
    run.nanoseconds = firing.nanoseconds;
    run.records = measurement.records;
    verdict_judge(tally, &verdict);
    if (options->json)
        report_json(stdout, machine, tally, &run, &verdict);
    else
        report_table(stdout, machine, tally, &run, &verdict);
    rounds_free(&measurement.rounds);
    records_free(&records);
    return verdict.failures ? SMISTAT_FAILED : SMISTAT_OK;
}

static int log_show(const struct options *options, struct machine *machine)
{
    static struct measurement measurement;
    static struct records records;

    if (!machine->muster) {
        fprintf(stderr, "smistat: no muster on this machine: %s; there is no log to print\n",
                machine->why_not);
        return SMISTAT_CANNOT;
    }
    measurement.machine = machine;
    measurement.records = options->json ? &records : NULL;
    for (unsigned i = 0; i < machine->window.header.processors; i++)
        ring_reader_start(&measurement.readers[i], &machine->window, i, 1);
    log_drain(&measurement);
    report_rounds(stdout, machine, &measurement.rounds, &records, options->log, options->json);
    rounds_free(&measurement.rounds);
    records_free(&records);
    return SMISTAT_OK;
}

int main(int argc, char **argv)
{
    static struct machine machine;
    struct options options;
    int status = options_parse(argc, argv, &options);

    if (status >= 0)
        return status;
    status = machine_open(&machine);
    if (status != SMISTAT_OK)
        return status;
    if (options.log)
        return log_show(&options, &machine);
    return measure_and_report(&options, &machine);
}
