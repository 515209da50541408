/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim: options and the choice of a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sim/cli.h>

static const char usage[] =
    "usage: muster-sim COMMAND [OPTION]...\n"
    "\n"
    "  explore      every execution of a scenario; stops at the first failure\n"
    "  random       one random execution for each seed\n"
    "  replay FILE  plays an execution step by step\n"
    "  litmus       shows that the memory is x86-TSO: the published outcomes and no others\n"
    "  cost         what a round costs, counted from the accesses the core makes\n"
    "\n"
    "Exit status: 0 clean, 1 a property failed, 2 wrong usage, 3 anything else.\n"
    "\n"
    "The scenario (explore, random):\n";

static const char usage_rest[] =
    "\n"
    "The search (explore):\n"
    "  --method M       both (default), sleep, hash or naive: which reductions are used\n"
    "  --jobs N         processes (1)\n"
    "  --memory MIB     for the table of states (256); what does not fit is explored again\n"
    "  --hash-seed N    another hash function: 64 bits in any case\n"
    "  --seconds N      stop after so long\n"
    "  --checkpoint F   stop into this file (at SIGINT, SIGTERM or the time), go on from it\n"
    "  --shard I/N      explore part I of N only; together they are the whole\n"
    "\n"
    "Random runs:\n"
    "  --seed S         the first seed (1)\n"
    "  --seeds N        how many (1)\n"
    "  --pct D          priorities with D changes instead of plain random choice\n"
    "\n"
    "Costs:\n"
    "  --cpus A..B      by powers of two\n"
    "  --nodes N        the processors are spread over N nodes (1)\n"
    "\n"
    "Output:\n"
    "  --replay-file F  where a failure is written (muster-sim.replay)\n"
    "  --html F         replay: also as a page, with the shared words after each step\n"
    "  --log F          replay: also as a log with the same, for muster trace F\n"
    "  --minimise N     seconds to spend on shortening a failure (20)\n"
    "  --json           the result as one JSON object\n"
    "  --quiet          no progress\n";

static int complain(const char *what, const char *detail)
{
    fprintf(stderr, "muster-sim: %s%s%s; try 'muster-sim --help'\n", what,
            *detail != '\0' ? ": " : "", detail);
    return CLI_USAGE;
}

static bool number_option(const char *text, uint64_t *value)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    *value = strtoull(text, &end, 0);
    return *end == '\0';
}

static bool method_option(const char *text, struct explore_options *options)
{
    options->no_sleep = strcmp(text, "hash") == 0 || strcmp(text, "naive") == 0;
    options->no_table = strcmp(text, "sleep") == 0 || strcmp(text, "naive") == 0;
    return options->no_sleep || options->no_table || strcmp(text, "both") == 0;
}

static bool shard_option(const char *text, struct explore_options *options)
{
    char rest;

    return sscanf(text, "%u/%u%c", &options->shard, &options->shards, &rest) == 2 &&
           options->shard >= 1 && options->shard <= options->shards && options->shards <= 4096;
}

/* Options that take a number. False if there is none of this name; *good tells of the value. */
static bool take_number(struct cli *cli, const char *name, const char *value, bool *good)
{
    uint64_t number = 0;

    *good = number_option(value, &number);
    if (strcmp(name, "jobs") == 0) {
        *good = *good && number >= 1 && number <= 64;
        cli->explore.jobs = (unsigned)number;
    } else if (strcmp(name, "memory") == 0) {
        *good = *good && number >= 1 && number <= 1 << 20;
        cli->explore.memory = number << 20;
    } else if (strcmp(name, "hash-seed") == 0) {
        cli->explore.hash_seed = number;
    } else if (strcmp(name, "seconds") == 0) {
        cli->explore.seconds = number;
    } else if (strcmp(name, "seed") == 0) {
        cli->seed = number;
    } else if (strcmp(name, "seeds") == 0) {
        cli->seeds = number;
    } else if (strcmp(name, "pct") == 0) {
        *good = *good && number <= 1000;
        cli->pct = (unsigned)number;
    } else if (strcmp(name, "minimise") == 0) {
        *good = *good && number <= 86400;
        cli->minimise = (unsigned)number;
    } else {
        return false;
    }
    return true;
}

/* One option with its value. */
static bool take_option(struct cli *cli, const char *name, const char *value, char *error,
                        size_t size)
{
    bool good = true;

    if (strcmp(name, "method") == 0)
        good = method_option(value, &cli->explore);
    else if (strcmp(name, "shard") == 0)
        good = shard_option(value, &cli->explore);
    else if (strcmp(name, "cpus") == 0 && strstr(value, "..") != NULL)
        good = sscanf(value, "%u..%u", &cli->cost_from, &cli->cost_to) == 2 &&
               cli->cost_from >= 1 && cli->cost_from <= cli->cost_to && cli->cost_to <= 4096;
    else if (strcmp(name, "nodes") == 0)
        good = sscanf(value, "%u", &cli->nodes) == 1 && cli->nodes >= 1 && cli->nodes <= 64;
    else if (strcmp(name, "checkpoint") == 0)
        cli->explore.checkpoint = value;
    else if (strcmp(name, "replay-file") == 0)
        cli->replay_file = value;
    else if (strcmp(name, "log") == 0)
        cli->log_file = value;
    else if (strcmp(name, "html") == 0)
        cli->html_file = value;
    else if (!take_number(cli, name, value, &good))
        return scenario_set(&cli->scenario, name, value, error, size);
    if (!good)
        snprintf(error, size, "'%s' is not a value for --%s", value, name);
    return good;
}

static int parse(struct cli *cli, int count, char **arguments)
{
    char error[256];

    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i];

        if (strncmp(argument, "--", 2) != 0) {
            if (cli->file != NULL)
                return complain("one file at most", argument);
            cli->file = argument;
        } else if (strcmp(argument, "--json") == 0) {
            cli->json = true;
        } else if (strcmp(argument, "--quiet") == 0) {
            cli->quiet = true;
        } else if (i + 1 == count) {
            return complain("no value for option, or no such option", argument);
        } else if (!take_option(cli, argument + 2, arguments[++i], error, sizeof(error))) {
            return complain(error, "");
        }
    }
    if (!scenario_check(&cli->scenario, error, sizeof(error)))
        return complain(error, "");
    return CLI_CLEAN;
}

static const struct command {
    const char *name;
    int (*run)(const struct cli *);
    bool file;
} commands[] = {
    {"explore", cli_explore, false}, {"random", cli_random, false},
    {"replay", cli_replay, true},    {"litmus", cli_litmus, false},
    {"cost", cli_cost, false},
};

static int help(void)
{
    printf("%s", usage);
    scenario_help(stdout);
    printf("%s", usage_rest);
    return CLI_CLEAN;
}

int main(int count, char **arguments)
{
    static struct cli cli = {.explore = {.jobs = 1, .memory = UINT64_C(256) << 20},
                             .replay_file = "muster-sim.replay",
                             .nodes = 1,
                             .seed = 1,
                             .seeds = 1,
                             .minimise = 20};

    if (count < 2)
        return complain("no command", "");
    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--help") == 0)
            return help();
    scenario_default(&cli.scenario);
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        int status;

        if (strcmp(arguments[1], commands[i].name) != 0)
            continue;
        status = parse(&cli, count - 2, arguments + 2);
        if (status != CLI_CLEAN)
            return status;
        if (commands[i].file != (cli.file != NULL))
            return complain(commands[i].file ? "which file" : "no file is read by this command",
                            cli.file != NULL ? cli.file : "");
        return commands[i].run(&cli);
    }
    return complain("no such command", arguments[1]);
}
