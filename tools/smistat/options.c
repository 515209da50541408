/* SPDX-License-Identifier: BSD-2-Clause */
/* smistat's command line. What contradicts itself is refused here, before anything is touched. */
#include "smistat.h"

#include <stdlib.h>
#include <string.h>

#define INTERVAL_MIN 0.1
#define SECONDS_MAX  1e7

static const char help_text[] =
    "usage: smistat [options]                fire software SMIs and account for each\n"
    "       smistat [options] -- COMMAND...  account for the SMIs while COMMAND runs\n"
    "       smistat --watch [options]        show the SMIs that come, like top; q leaves\n"
    "       smistat --log N                  print the last N rounds of the runtime's log\n"
    "\n"
    "  --cpu LIST       processors to fire from or to show, such as 0-3,5 or all (default: "
    "all;\n"
    "                   to fire without muster, the first, as other firmware may not survive\n"
    "                   the rest)\n"
    "  --json           print JSON; with --log N also the records it was made from; with\n"
    "                   --watch an object for each interval\n"
    "  --help, --version\n"
    "\n"
    "Firing:\n"
    "  --count N        SMIs to fire from each of them (default: 1)\n"
    "  --command WHAT   noop, alone (a no-op that stops nobody else), query, log, or a byte\n"
    "                   such as 0x10 (default: noop)\n"
    "  --simultaneous   fire from all of them at once instead of in turn\n"
    "  --tokenless      write the byte only, without a request in the processor's slot\n"
    "  --records        print JSON, and in it every record: a log for muster trace\n"
    "\n"
    "Watching:\n"
    "  --interval S     seconds from one look to the next (default: 1)\n"
    "  --for S          leave after so many seconds (default: when told to)\n"
    "  --gaps CPU       keep this processor busy reading its time-stamp counter, and show a\n"
    "                   histogram of the gaps (without muster: always, on the last one)\n"
    "\n"
    "Examples:\n"
    "  smistat --simultaneous --count 1000        a thousand from each processor at once\n"
    "  smistat -- rtcwake -m freeze -s 5          what does a suspend cost?\n"
    "  smistat --watch --interval 0.5\n"
    "  smistat --watch --gaps 3 --for 15 --json   what does the firmware take from CPU 3?\n"
    "  smistat --log 50 --json | muster trace - --html last.html\n"
    "\n"
    "On a machine without muster a byte has to be named with --command: only you can know\n"
    "what its firmware does with it.\n"
    "Exit status: 0 all accounted for, 1 not so, 2 usage, 3 impossible here.\n";

static int command_parse(const char *text, struct options *options)
{
    static const char *const names[] = {"noop", "alone", "query", "log", NULL};
    static const uint8_t commands[] = {MUSTER_COMMAND_NOOP, MUSTER_COMMAND_ALONE,
                                       MUSTER_COMMAND_QUERY, MUSTER_COMMAND_LOG};
    uint64_t byte;
    unsigned which;
    int status;

    options->command_is_number = number_parse(text, 255, &byte);
    if (options->command_is_number) {
        options->command = (uint8_t)byte;
        return TOOL_GO_ON;
    }
    if (*text >= '0' && *text <= '9')
        return usage_error(NAME, "not a byte up to 0xff: %s", text);
    status = word_take(NAME, "command", text, names, &which);
    if (status == TOOL_GO_ON)
        options->command = commands[which];
    return status;
}

static int seconds_parse(const char *text, double least, double *seconds)
{
    char *end;

    *seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(*seconds >= least && *seconds <= SECONDS_MAX))
        return usage_error(NAME, "not a number of seconds from %g on: %s", least, text);
    return TOOL_GO_ON;
}

static int count_parse(const char *text, uint64_t least, const char *what, uint64_t *count)
{
    if (!number_parse(text, UINT32_MAX, count) || *count < least)
        return usage_error(NAME, "not a number of %s: %s", what, text);
    return TOOL_GO_ON;
}

static int cpu_parse(const char *text, struct options *options)
{
    uint64_t cpu;

    if (!number_parse(text, UINT16_MAX, &cpu))
        return usage_error(NAME, "not a processor: %s", text);
    options->gaps_cpu = (int)cpu;
    return TOOL_GO_ON;
}

/* Options that take no value. */
static void flag_take(int option, struct options *options)
{
    options->simultaneous |= option == 's';
    options->tokenless |= option == 't';
    options->json |= option == 'j' || option == 'r';
    options->records |= option == 'r';
    options->watch |= option == 'w';
}

static int option_take(int option, void *context)
{
    struct options *options = context;

    if (strchr("nCstrl", option))
        options->fires = option;
    if (strchr("ifg", option))
        options->watches = option;
    switch (option) {
    case 'c':
        options->cpus = optarg;
        return TOOL_GO_ON;
    case 'n':
        return count_parse(optarg, 0, "SMIs", &options->count);
    case 'l':
        return count_parse(optarg, 1, "rounds", &options->log);
    case 'C':
        return command_parse(optarg, options);
    case 'i':
        return seconds_parse(optarg, INTERVAL_MIN, &options->interval);
    case 'f':
        return seconds_parse(optarg, INTERVAL_MIN, &options->duration);
    case 'g':
        return cpu_parse(optarg, options);
    case 'h':
        fputs(help_text, stdout);
        return TOOL_OK;
    case 'v':
        options->version = true;
        return TOOL_GO_ON;
    default:
        flag_take(option, options);
        return TOOL_GO_ON;
    }
}

static const struct option known[] = {
    {"cpu", required_argument, NULL, 'c'},
    {"count", required_argument, NULL, 'n'},
    {"command", required_argument, NULL, 'C'},
    {"simultaneous", no_argument, NULL, 's'},
    {"tokenless", no_argument, NULL, 't'},
    {"json", no_argument, NULL, 'j'},
    {"records", no_argument, NULL, 'r'},
    {"log", required_argument, NULL, 'l'},
    {"watch", no_argument, NULL, 'w'},
    {"interval", required_argument, NULL, 'i'},
    {"for", required_argument, NULL, 'f'},
    {"gaps", required_argument, NULL, 'g'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

static const char *option_name(int letter)
{
    const struct option *option = known;

    while (option->val != letter)
        option++;
    return option->name;
}

static int options_check(const struct options *options)
{
    if (options->watch && options->run)
        return usage_error(NAME,
                           "--watch runs no command; leave --watch out, or run %s beside it",
                           options->run[0]);
    if (options->watch && options->fires)
        return usage_error(NAME, "--watch only looks; leave --%s out, or run another smistat",
                           option_name(options->fires));
    if (!options->watch && options->watches)
        return usage_error(NAME, "--%s goes with --watch", option_name(options->watches));
    return TOOL_GO_ON;
}

int options_parse(int argc, char **argv, struct options *options)
{
    int status;

    *options = (struct options){
        .count = 1, .command = MUSTER_COMMAND_NOOP, .interval = 1, .gaps_cpu = -1};
    status = options_take(NAME, argc, argv, known, true, option_take, options);
    if (status != TOOL_GO_ON)
        return status;
    if (options->version)
        return version_print(NAME, options->json);
    if (optind < argc && strcmp(argv[optind - 1], "--") != 0)
        return usage_error(NAME, "not an option: %s; a command comes after --", argv[optind]);
    options->run = optind < argc ? argv + optind : NULL;
    return options_check(options);
}
