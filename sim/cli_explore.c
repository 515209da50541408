/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim explore: results for people and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sim/cli.h>
#include <sim/replay.h>

#define NUMBER(value) (unsigned long long)(value)

static const char *const kind_names[T_KINDS] = {"operations", "commits", "smm_entries",
                                                "events", "expiries"};
static const char *const outcome_names[] = {"complete", "failed", "stopped"};

void cli_json_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        if ((unsigned char)*text >= ' ')
            putchar(*text);
    }
    putchar('"');
}

/* As a shell takes it for one word. */
static void shell_word_print(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._+,:=@%-";

    if (*text != '\0' && text[strspn(text, plain)] == '\0') {
        printf("%s", text);
        return;
    }
    putchar('\'');
    for (; *text != '\0'; text++)
        if (*text == '\'')
            printf("'\\''");
        else
            putchar(*text);
    putchar('\'');
}

void cli_show_failure(const struct cli *cli, struct execution *execution, const char *message)
{
    size_t found = execution->length;
    bool written;

    replay_minimise(execution, cli->minimise);
    written = replay_write(execution, cli->replay_file);
    if (!written)
        fprintf(stderr, "muster-sim: cannot write '%s'\n", cli->replay_file);
    if (cli->json)
        return;
    printf("FAILED: %s: %s\n", execution->property, message);
    printf("the shortest execution found (%zu steps, of %zu at first):\n", execution->length,
           found);
    replay_play(execution, stdout);
    if (engine.failed != NULL)
        printf("       => %s: %s\n", engine.failed, engine.failure);
    if (!written)
        return;
    printf("replay: ");
    shell_word_print(cli->arguments[0]);
    printf(" replay ");
    shell_word_print(cli->replay_file);
    printf("\n");
}

/* True if the scenario's machine has this event. What the OS does is no event of the machine's. */
static bool is_machines(const struct scenario *scenario, unsigned event)
{
    switch (event) {
    case EVENT_PLUG:
        return scenario->absent != 0 || scenario->ejects;
    case EVENT_EJECT:
        return scenario->ejects;
    case EVENT_TCO:
        return !scenario->registers;
    case EVENT_TIMER:
    case EVENT_BUTTON:
    case EVENT_USB:
    case EVENT_STRAY:
    case EVENT_GLITCH:
        return scenario->registers;
    default:
        return event > EVENT_TCO;
    }
}

/* How often the event may happen in an execution. */
static unsigned allowed_times(const struct scenario *scenario, unsigned event)
{
    unsigned limit = scenario->limit[event];

    if (!is_machines(scenario, event))
        return 0;
    return limit < scenario->events ? limit : scenario->events;
}

static void print_people(const struct explore_result *result, const struct scenario *scenario,
                         const struct explore_options *options)
{
    const struct explore_counts *counts = &result->counts;

    printf("%s: %u processors, %s, %s, at most %u machine events and %u untimely deadlines\n",
           scenario->name, scenario->processors, scenario->sequential ? "SC" : "x86-TSO",
           machine_variant_names[scenario->variant], scenario->events, scenario->expiries);
    printf("  %s: %llu states, %llu transitions, %llu executions, depth %llu\n",
           outcome_names[result->outcome], NUMBER(counts->states), NUMBER(counts->transitions),
           NUMBER(counts->ends), NUMBER(counts->depth));
    printf("  %.1f s, %.2f M transitions/s, 64-bit hash with seed %llu%s%s\n", result->seconds,
           (double)counts->transitions / result->seconds / 1e6, NUMBER(options->hash_seed),
           result->table_full ? ", table full" : "",
           counts->buffer_full != 0 ? ", store buffers were full" : "");
    printf("  taken:");
    for (unsigned kind = 0; kind < T_KINDS; kind++)
        printf(" %s %llu", kind_names[kind], NUMBER(counts->taken[kind]));
    printf("\n  events:");
    for (unsigned event = 0; event < MACHINE_EVENTS; event++)
        if (counts->events[event] != 0)
            printf(" %s %llu", machine_event_names[event], NUMBER(counts->events[event]));
    printf("\n  machine events allowed:");
    for (unsigned event = 0; event < MACHINE_EVENTS; event++)
        if (allowed_times(scenario, event) != 0)
            printf(" %s %u", machine_event_names[event], allowed_times(scenario, event));
    printf("%s", scenario->events == 0 ? " none" : "");
    printf("\n");
}

static void print_json(const struct explore_result *result, const struct cli *cli)
{
    const struct explore_counts *counts = &result->counts;

    printf("{\"scenario\":\"%s\",\"cpus\":%u,\"memory_model\":\"%s\",\"outcome\":\"%s\","
           "\"states\":%llu,\"transitions\":%llu,\"executions\":%llu,\"depth\":%llu,"
           "\"seconds\":%.3f,\"table_full\":%s,\"hash_bits\":64,\"hash_seed\":%llu,\"taken\":{",
           cli->scenario.name, cli->scenario.processors,
           cli->scenario.sequential ? "sc" : "tso", outcome_names[result->outcome],
           NUMBER(counts->states), NUMBER(counts->transitions), NUMBER(counts->ends),
           NUMBER(counts->depth), result->seconds, result->table_full ? "true" : "false",
           NUMBER(cli->explore.hash_seed));
    for (unsigned kind = 0; kind < T_KINDS; kind++)
        printf("%s\"%s\":%llu", kind == 0 ? "" : ",", kind_names[kind],
               NUMBER(counts->taken[kind]));
    printf("},\"events\":{");
    for (unsigned event = 0; event < MACHINE_EVENTS; event++)
        printf("%s\"%s\":%llu", event == 0 ? "" : ",", machine_event_names[event],
               NUMBER(counts->events[event]));
    printf("},\"allowed\":{");
    for (unsigned event = EVENT_TCO; event < MACHINE_EVENTS; event++)
        printf("%s\"%s\":%u", event == EVENT_TCO ? "" : ",", machine_event_names[event],
               allowed_times(&cli->scenario, event));
    printf("}");
    if (result->outcome == EXPLORE_FAILED) {
        printf(",\"property\":\"%s\",\"message\":", result->property);
        cli_json_string(result->message);
        printf(",\"replay_file\":");
        cli_json_string(cli->replay_file);
    }
    printf("}\n");
}

int cli_explore(const struct cli *cli)
{
    static struct explore_result result;
    struct explore_options options = cli->explore;
    struct execution execution = {.scenario = cli->scenario};

    options.setup = machine_setup;
    options.scenario = &cli->scenario;
    options.progress = !cli->quiet;
    if (!explore(&options, &result)) {
        fprintf(stderr, "muster-sim: %s\n", result.message);
        return CLI_TROUBLE;
    }
    if (!cli->json)
        print_people(&result, &cli->scenario, &options);
    if (result.outcome == EXPLORE_FAILED) {
        execution.steps = result.path.steps;
        execution.length = result.path.length;
        memcpy(execution.property, result.property, sizeof(execution.property));
        cli_show_failure(cli, &execution, result.message);
    }
    if (cli->json)
        print_json(&result, cli);
    return result.outcome == EXPLORE_COMPLETE ? CLI_CLEAN
           : result.outcome == EXPLORE_FAILED ? CLI_FAILED
                                              : CLI_TROUBLE;
}
