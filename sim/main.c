/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim: options and the choice of a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <muster/window.h>
#include <sim/cli.h>
#include <tools/shared/cli.h>

static const char usage[] =
    "usage: muster-sim COMMAND [OPTION]...\n"
    "\n"
    "  explore      every execution of a scenario; stops at the first failure\n"
    "  random       one random execution for each seed\n"
    "  replay FILE  plays an execution step by step\n"
    "  litmus       shows that the memory is x86-TSO: the published outcomes and no others\n"
    "  cost         what a round costs, counted from the accesses the core makes\n"
    "  merge FILES  shards of a search, from their --states\n"
    "  conform LOG  whether an SMI log of a machine is that of an execution here\n"
    "\n"
    "Exit status: 0 clean, 1 a property failed, 2 wrong usage, 3 a file cannot be read or\n"
    "written, or the search was stopped.\n"
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
    "  --states F       write all states met to this file, for merge\n"
    "\n"
    "Random runs:\n"
    "  --seed S         the first seed (1)\n"
    "  --seeds N        how many (1)\n"
    "  --pct D          priorities with D changes instead of plain random choice\n"
    "  --rounds N       trouble if an execution has fewer, or not every event allowed (0)\n"
    "\n"
    "Costs:\n"
    "  --of WHAT        round (the default), or relocation: the moves at start-up\n"
    "  --nodes N        the processors are spread over N nodes (1)\n"
    "\n"
    "A log (conform); the log itself may name the scenario:\n"
    "  --commands R,B   the commands that the log has for requests and for bytes; 0: any\n"
    "  --slack TICKS    times of two processors that are nearer have no order (0)\n"
    "\n"
    "Output:\n"
    "  --replay-file F  where a failure is written (muster-sim.replay)\n"
    "  --html F         replay: also as a page, with the shared words after each step\n"
    "  --log F          replay: also as a log with the same, for muster trace F\n"
    "  --minimise N     seconds to spend on shortening a failure (20)\n"
    "  --json           the result as one JSON object\n"
    "  --quiet          no progress\n"
    "  --help, --version\n"
    "\n"
    "Examples:\n"
    "  muster-sim explore --scenario one-round --cpus 3 --events 2\n"
    "  muster-sim explore --cpus 4 --seconds 3600 --checkpoint big.ckpt\n"
    "  muster-sim random --cpus 256 --events 40 --allow all --seeds 1000\n"
    "  muster-sim replay muster-sim.replay --html failed.html\n"
    "  muster-sim litmus --json\n";

#define NAME      "muster-sim"
#define WORDS_MAX 64u
#define WORD_MAX  64u

static int complain(const char *what, const char *detail)
{
    return usage_error(NAME, "%s%s%s", what, *detail != '\0' ? ": " : "", detail);
}

static void help_print(FILE *out)
{
    fprintf(out, "%s", usage);
    scenario_help(out);
    fprintf(out, "%s", usage_rest);
}

/* Every option there is, from the help. */
static const char *const *option_words(void)
{
    static const char *words[WORDS_MAX];
    static char text[16384];
    size_t count = 0;
    FILE *out;

    if (words[0] != NULL)
        return words;
    out = fmemopen(text, sizeof(text), "w");
    if (out == NULL)
        return words;
    help_print(out);
    fclose(out);
    for (char *at = text; (at = strstr(at, "\n  --")) != NULL && count + 1 < WORDS_MAX;) {
        at += strlen("\n  ");
        words[count++] = at;
        at += strcspn(at, " ,");
        *at++ = '\0';
    }
    return words;
}

/* What is wrong with the value of option_words()[which], and what the help says of it. */
static int value_error(const char *what, unsigned which)
{
    const char *option = option_words()[which];
    const char *rest = option + strlen(option) + 1;
    const char *end = strstr(rest, "\n  -");

    return usage_error(NAME, "%s\n  %s %.*s", what, option,
                       end != NULL ? (int)(end - rest) : (int)strcspn(rest, "\n"), rest);
}

static bool flag_take(struct cli *cli, const char *name)
{
    if (strcmp(name, "--json") == 0)
        cli->json = true;
    else if (strcmp(name, "--quiet") == 0)
        cli->quiet = true;
    else
        return false;
    return true;
}

/* One option, as "--name value" or "--name=value"; *at is at it, and then at its last argument. */
static int option_take(struct cli *cli, int count, char **arguments, int *at)
{
    char error[256], name[WORD_MAX];
    const char *given = arguments[*at], *value = strchr(given, '=');
    unsigned which;
    int status;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(given, "="), given);
    status = word_take(NAME, "option", name, option_words(), &which);
    if (status != TOOL_GO_ON)
        return status;
    if (flag_take(cli, name))
        return value == NULL ? TOOL_GO_ON : value_error("it takes no value", which);
    if (value == NULL && *at + 1 == count)
        return value_error("a value is missing", which);
    value = value != NULL ? value + 1 : arguments[++*at];
    return cli_option(cli, name + 2, value, error, sizeof(error)) ? TOOL_GO_ON
                                                                  : value_error(error, which);
}

static int parse(struct cli *cli, int count, char **arguments)
{
    char error[256];
    int status;

    for (int i = 0; i < count; i++) {
        if (arguments[i][0] != '-' || arguments[i][1] == '\0') {
            /* Kept at the front: an argument that has been taken is not looked at again. */
            arguments[cli->file_count++] = arguments[i];
            continue;
        }
        status = option_take(cli, count, arguments, &i);
        if (status != TOOL_GO_ON)
            return status;
    }
    if (!scenario_check(&cli->scenario, error, sizeof(error)))
        return complain(error, "");
    cli->files = (const char *const *)arguments;
    cli->file = cli->file_count != 0 ? cli->files[0] : NULL;
    return CLI_CLEAN;
}

static const struct command {
    const char *name;
    int (*run)(const struct cli *);
    unsigned files; /* how many it reads at most; if any, one at least */
} commands[] = {
    {"explore", cli_explore, 0}, {"random", cli_random, 0}, {"replay", cli_replay, 1},
    {"litmus", cli_litmus, 0},   {"cost", cli_cost, 0},     {"conform", cli_conform, 1},
    {"merge", cli_merge, 4096},
};

static int command_find(const char *name, const struct command **command)
{
    const char *words[sizeof(commands) / sizeof(commands[0]) + 1] = {NULL};
    unsigned which;
    int status;

    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        words[i] = commands[i].name;
    status = word_take(NAME, "command", name, words, &which);
    if (status == TOOL_GO_ON)
        *command = &commands[which];
    return status;
}

/* Goes on in the simulator of large machines: beside this one where it was built, in libexec where
 * it was installed. Comes back if there is none. */
static void large_run(char **arguments)
{
    static const char *const places[] = {"", "../libexec/muster/"};
    char here[4096], path[sizeof(here) + 64];
    ssize_t length = readlink("/proc/self/exe", here, sizeof(here) - 1);

    if (length <= 0)
        return;
    here[length] = '\0';
    *(strrchr(here, '/') + 1) = '\0';
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s%s%s-large", here, places[i], NAME);
        execv(path, arguments);
    }
}

/* More processors than the core of this program has room for. */
static bool is_large(const struct cli *cli)
{
    return cli->scenario.processors > MUSTER_WINDOW_PROCESSORS_MAX ||
           cli->cost_to > MUSTER_WINDOW_PROCESSORS_MAX;
}

int main(int count, char **arguments)
{
    struct cli cli = {.explore = {.jobs = 1, .memory = UINT64_C(256) << 20},
                      .replay_file = "muster-sim.replay",
                      .nodes = 1,
                      .seed = 1,
                      .seeds = 1,
                      .minimise = 20};
    const struct command *command;
    int status;

    if (count < 2)
        return complain("which command?", "");
    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            help_print(stdout);
            return CLI_CLEAN;
        }
    if (strcmp(arguments[1], "--version") == 0)
        return version_print(NAME, count > 2 && strcmp(arguments[2], "--json") == 0);
    scenario_default(&cli.scenario);
    status = command_find(arguments[1], &command);
    if (status != TOOL_GO_ON)
        return status;
    status = parse(&cli, count - 2, arguments + 2);
    if (status != CLI_CLEAN)
        return status;
    if (is_large(&cli))
        large_run(arguments);
    if (cli.scenario.processors > MUSTER_WINDOW_PROCESSORS_MAX)
        return complain("more processors than the core can have here", "");
    if (command->files != 0 && cli.file_count == 0)
        return complain("which file?", "");
    if (cli.file_count > command->files)
        return complain(command->files != 0 ? "one file at most" : "this command reads no file",
                        cli.files[command->files]);
    return command->run(&cli);
}
