/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim random and litmus. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sim/cli.h>
#include <sim/litmus.h>
#include <sim/random.h>

#define NUMBER(value) (unsigned long long)(value)

static void print_random(const struct cli *cli, const struct random_counts *counts,
                         uint64_t seeds, double seconds, const char *failed)
{
    printf("%u processors, %llu seeds: %llu steps in %.1f s (%.2f M/s), %s\n"
           "  in each: %llu to %llu rounds, at least %u kinds of machine event\n"
           "  SMM entries %llu, requests handled %llu, broken %llu, deadlines expired %llu\n"
           "  events:",
           cli->scenario.processors, NUMBER(seeds), NUMBER(counts->steps), seconds,
           (double)counts->steps / seconds / 1e6, *failed == '\0' ? "clean" : failed,
           NUMBER(counts->rounds_least), NUMBER(counts->rounds_most), counts->kinds_least,
           NUMBER(counts->taken[T_ENTER]), NUMBER(machine_totals.handlers),
           NUMBER(machine_totals.broken), NUMBER(counts->taken[T_EXPIRE]));
    for (unsigned event = 0; event < MACHINE_EVENTS; event++)
        printf(" %s %llu", machine_event_names[event], NUMBER(counts->events[event]));
    printf("\n");
}

static void print_random_json(const struct cli *cli, const struct random_counts *counts,
                              uint64_t seeds, double seconds, const char *failed)
{
    printf("{\"cpus\":%u,\"seeds\":%llu,\"steps\":%llu,\"seconds\":%.3f,\"failed\":\"%s\","
           "\"rounds_least\":%llu,\"rounds_most\":%llu,\"kinds_least\":%u,"
           "\"smm_entries\":%llu,\"handled\":%llu,\"broken\":%llu,\"expiries\":%llu,"
           "\"events\":{",
           cli->scenario.processors, NUMBER(seeds), NUMBER(counts->steps), seconds, failed,
           NUMBER(counts->rounds_least), NUMBER(counts->rounds_most), counts->kinds_least,
           NUMBER(counts->taken[T_ENTER]), NUMBER(machine_totals.handlers),
           NUMBER(machine_totals.broken), NUMBER(counts->taken[T_EXPIRE]));
    for (unsigned event = 0; event < MACHINE_EVENTS; event++)
        printf("%s\"%s\":%llu", event == 0 ? "" : ",", machine_event_names[event],
               NUMBER(counts->events[event]));
    printf("}}\n");
}

/* Each execution has had --rounds, and each kind of event that is allowed: else nothing is shown of
 * them. */
static bool is_covered(const struct cli *cli, const struct random_counts *counts)
{
    unsigned kinds = 0;

    for (unsigned event = EVENT_TCO; event < MACHINE_EVENTS; event++)
        kinds += cli->scenario.limit[event] != 0;
    if (cli->rounds == 0 ||
        (counts->rounds_least >= cli->rounds && counts->kinds_least == kinds))
        return true;
    fprintf(stderr,
            "muster-sim: --rounds: an execution had %llu rounds, not %u, or one %u kinds of "
            "machine event, not %u\n",
            NUMBER(counts->rounds_least), cli->rounds, counts->kinds_least, kinds);
    return false;
}

int cli_random(const struct cli *cli)
{
    struct random_counts counts = {0};
    struct execution execution = {.scenario = cli->scenario};
    void (*print)(const struct cli *, const struct random_counts *, uint64_t, double,
                  const char *) = cli->json ? print_random_json : print_random;
    struct timespec start, now;
    double seconds;
    uint64_t done = 0;
    bool good = true;
    char message[512] = "";

    if (cli->scenario.protocol != PROTOCOL_MUSTER) {
        fprintf(stderr, "muster-sim: random executions are of muster's protocol only\n");
        return CLI_USAGE;
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (; good && done < cli->seeds; done++) {
        free(execution.steps);
        good = random_run(&execution, cli->seed + done, cli->pct, &counts);
        if (!good)
            snprintf(message, sizeof(message), "seed %llu: %.450s", NUMBER(cli->seed + done),
                     engine.failure);
        if (!cli->quiet && done % 100 == 99)
            fprintf(stderr, "muster-sim: %llu seeds\n", NUMBER(done + 1));
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    seconds = (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
    print(cli, &counts, done, seconds, good ? "" : execution.property);
    if (!good)
        cli_show_failure(cli, &execution, message);
    free(execution.steps);
    if (!good)
        return CLI_FAILED;
    return is_covered(cli, &counts) ? CLI_CLEAN : CLI_TROUBLE;
}

/* ---- Litmus ---- */

static bool run_one(const struct litmus *test, bool sequential, const struct cli *cli)
{
    struct explore_options options = cli->explore;
    struct explore_counts counts;
    struct litmus_set set;
    bool allowed = sequential ? test->sc : test->tso;
    bool seen;
    bool good;

    options.memory = 1 << 20;
    options.progress = false;
    if (!litmus_run(test, sequential, options, &set, &counts))
        return false;
    seen = litmus_set_matches(&set, test->outcome);
    good = seen == allowed;
    if (cli->json)
        printf("{\"test\":\"%s\",\"model\":\"%s\",\"outcome\":\"%s\",\"seen\":%s,\"good\":%s,"
               "\"outcomes\":%u,\"states\":%llu}\n",
               test->name, sequential ? "sc" : "tso", test->outcome, seen ? "true" : "false",
               good ? "true" : "false", set.count, NUMBER(counts.states));
    else
        printf("%-9s %-7s %-7s %-9s published: %-9s %2u outcomes %s\n", test->name,
               sequential ? "SC" : "x86-TSO", test->outcome, seen ? "seen" : "not seen",
               allowed ? "allowed" : "forbidden", set.count, good ? "" : "WRONG");
    return good;
}

int cli_litmus(const struct cli *cli)
{
    unsigned wrong = 0;

    for (unsigned i = 0; i < litmus_count; i++) {
        wrong += !run_one(&litmus_tests[i], false, cli);
        wrong += !run_one(&litmus_tests[i], true, cli);
    }
    if (!cli->json)
        printf("%u tests under 2 models, %u wrong\n", litmus_count, wrong);
    return wrong == 0 ? CLI_CLEAN : CLI_FAILED;
}
