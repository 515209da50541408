/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim's options, each with its value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sim/cli.h>

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
    } else if (strcmp(name, "slack") == 0) {
        cli->conform.slack = number;
    } else if (strcmp(name, "seeds") == 0) {
        *good = *good && number >= 1;
        cli->seeds = number;
    } else if (strcmp(name, "pct") == 0) {
        *good = *good && number <= 1000;
        cli->pct = (unsigned)number;
    } else if (strcmp(name, "rounds") == 0) {
        *good = *good && number <= 1000;
        cli->rounds = (unsigned)number;
    } else if (strcmp(name, "minimise") == 0) {
        *good = *good && number <= 86400;
        cli->minimise = (unsigned)number;
    } else {
        return false;
    }
    return true;
}

/* REQUEST,BYTE: the commands in a log. */
static bool commands_option(const char *text, struct conform_options *options)
{
    unsigned request, byte;
    char rest;

    if (sscanf(text, "%u,%u%c", &request, &byte, &rest) != 2 || request > 255 || byte > 255)
        return false;
    options->request_command = (uint8_t)request;
    options->byte_command = (uint8_t)byte;
    return true;
}

static bool cost_option(const char *text, bool *relocation)
{
    *relocation = strcmp(text, "relocation") == 0;
    return *relocation || strcmp(text, "round") == 0;
}

bool cli_option(struct cli *cli, const char *name, const char *value, char *error, size_t size)
{
    bool good = true;

    if (strcmp(name, "method") == 0)
        good = method_option(value, &cli->explore);
    else if (strcmp(name, "shard") == 0)
        good = shard_option(value, &cli->explore);
    else if (strcmp(name, "cpus") == 0 && strstr(value, "..") != NULL)
        good = sscanf(value, "%u..%u", &cli->cost_from, &cli->cost_to) == 2 &&
               cli->cost_from >= 1 && cli->cost_from <= cli->cost_to && cli->cost_to <= 4096;
    else if (strcmp(name, "of") == 0)
        good = cost_option(value, &cli->cost_relocation);
    else if (strcmp(name, "nodes") == 0)
        good = sscanf(value, "%u", &cli->nodes) == 1 && cli->nodes >= 1 && cli->nodes <= 64;
    else if (strcmp(name, "checkpoint") == 0)
        cli->explore.checkpoint = value;
    else if (strcmp(name, "states") == 0)
        cli->explore.states = value;
    else if (strcmp(name, "replay-file") == 0)
        cli->replay_file = value;
    else if (strcmp(name, "log") == 0)
        cli->log_file = value;
    else if (strcmp(name, "commands") == 0)
        good = commands_option(value, &cli->conform);
    else if (strcmp(name, "html") == 0)
        cli->html_file = value;
    else if (!take_number(cli, name, value, &good))
        return scenario_set(&cli->scenario, name, value, error, size);
    if (!good)
        snprintf(error, size, "'%s' is not a value for %s", value, name);
    return good;
}
