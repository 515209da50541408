/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim conform: a log's verdict. Exit status 1 for a log that no execution writes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sim/cli.h>

#define NUMBER(value) (unsigned long long)(value)

/* "KEY VALUE KEY VALUE ...", as options without their dashes. */
static bool scenario_apply(struct cli *cli, const char *text, char *error, size_t size)
{
    char copy[256];
    char *rest = NULL;

    snprintf(copy, sizeof(copy), "%s", text);
    for (char *key = strtok_r(copy, " ", &rest); key != NULL;
         key = strtok_r(NULL, " ", &rest)) {
        const char *value = strtok_r(NULL, " ", &rest);

        if (value == NULL) {
            snprintf(error, size, "scenario: '%s' has no value", key);
            return false;
        }
        if (!cli_option(cli, key, value, error, size))
            return false;
    }
    return true;
}

static const char *verdict_of(const struct conform_result *result)
{
    if (result->allowed)
        return "allowed";
    if (result->property[0] != '\0')
        return "failed";
    return result->complete ? "refused" : "stopped";
}

static void print_people(const char *file, const struct conform_result *result)
{
    printf("%s: %s: %u records with %u times; %llu states, %.1f s\n", file, verdict_of(result),
           result->records, result->looks, NUMBER(result->states), result->seconds);
    if (result->allowed)
        return;
    printf("  %u of the times are reached, in order; then: %s%s%s\n", result->looks_reached,
           result->property, result->property[0] != '\0' ? ": " : "", result->reason);
}

static void print_json(const char *file, const struct conform_result *result)
{
    printf("{\"log\":");
    cli_json_string(file);
    printf(",\"verdict\":\"%s\",\"records\":%u,\"times\":%u,\"times_reached\":%u,"
           "\"states\":%llu,\"seconds\":%.3f,\"property\":",
           verdict_of(result), result->records, result->looks, result->looks_reached,
           NUMBER(result->states), result->seconds);
    cli_json_string(result->property);
    printf(",\"reason\":");
    cli_json_string(result->allowed ? "" : result->reason);
    printf("}\n");
}

int cli_conform(const struct cli *given)
{
    struct cli cli = *given;
    struct conform_result result;
    struct log log;
    char error[512];
    bool good;

    if (log_read("muster-sim", cli.file, &log) != 0)
        return CLI_TROUBLE;
    cli.conform.memory = cli.explore.memory;
    cli.conform.seconds = cli.explore.seconds;
    good = scenario_apply(&cli, log.scenario, error, sizeof(error)) &&
           conform_check(&cli.conform, &cli.scenario, &log, &result, error, sizeof(error));
    log_free(&log);
    if (!good) {
        fprintf(stderr, "muster-sim: %s: %s\n", cli.file, error);
        return CLI_TROUBLE;
    }
    if (cli.json)
        print_json(cli.file, &result);
    else
        print_people(cli.file, &result);
    if (result.allowed)
        return CLI_CLEAN;
    return result.complete ? CLI_FAILED : CLI_TROUBLE;
}
