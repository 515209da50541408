/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim: options and the choice of a command. */
#include <stdio.h>
#include <string.h>

#include <sim/cli.h>
#include <tools/shared/cli.h>

#define NAME      "muster-sim"
#define WORD_MAX  64u
#define FILES_MAX 4096u

/* What was typed to get here, with the command once that is known. */
static char typed[WORD_MAX] = NAME;

static const struct command {
    const char *name;
    int (*run)(const struct cli *);
    unsigned files; /* how many it reads at most; if any, one at least */
} commands[] = {
    {"explore", cli_explore, 0},     {"random", cli_random, 0}, {"replay", cli_replay, 1},
    {"litmus", cli_litmus, 0},       {"cost", cli_cost, 0},     {"conform", cli_conform, 1},
    {"merge", cli_merge, FILES_MAX},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int complain(const char *what, const char *detail)
{
    return usage_error(typed, "%s%s%s", what, *detail != '\0' ? ": " : "", detail);
}

/* What is wrong with an option's value, and what the help says of it. */
static int value_error(const char *what, unsigned which)
{
    fprintf(stderr, "%s: %s\n", typed, what);
    cli_option_help(which, stderr);
    fprintf(stderr, "see %s --help\n", typed);
    return CLI_USAGE;
}

/* It exists, but not for this command: for which? */
static int option_refuse(unsigned which)
{
    const char *separator = "";
    char list[128] = "";
    size_t used = 0;

    for (unsigned i = 0; i < COMMANDS; i++)
        if (cli_option_is_for(which, commands[i].name)) {
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", separator,
                                     commands[i].name);
            separator = ", ";
        }
    return usage_error(typed, "%s is an option of: %s", cli_options()[which], list);
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
    status = word_take(typed, "option", name, cli_options(), &which);
    if (status != TOOL_GO_ON)
        return status;
    if (!cli_option_is_for(which, cli->command))
        return option_refuse(which);
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
    static const char *files[FILES_MAX];
    char error[256];
    int status;

    cli->files = files;
    for (int i = 0; i < count; i++) {
        if (arguments[i][0] != '-' || arguments[i][1] == '\0') {
            if (cli->file_count == FILES_MAX)
                return complain("too many files", "");
            files[cli->file_count++] = arguments[i];
            continue;
        }
        status = option_take(cli, count, arguments, &i);
        if (status != TOOL_GO_ON)
            return status;
    }
    if (!scenario_check(&cli->scenario, error, sizeof(error)))
        return complain(error, "");
    cli->file = cli->file_count != 0 ? files[0] : NULL;
    return CLI_CLEAN;
}

static int command_find(const char *name, const struct command **command)
{
    const char *words[COMMANDS + 1] = {NULL};
    unsigned which;
    int status;

    for (unsigned i = 0; i < COMMANDS; i++)
        words[i] = commands[i].name;
    status = word_take(NAME, "command", name, words, &which);
    if (status == TOOL_GO_ON)
        *command = &commands[which];
    return status;
}

/* Where help is asked for, wherever that stands: of all, or of the command that comes first. */
static bool help_show(int count, char **arguments)
{
    if (strcmp(arguments[1], "help") == 0) {
        cli_help(stdout, count > 2 ? arguments[2] : NULL);
        return true;
    }
    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            cli_help(stdout, arguments[1]);
            return true;
        }
    return false;
}

static int files_check(const struct cli *cli, const struct command *command)
{
    if (command->files != 0 && cli->file_count == 0)
        return complain("which file?", "");
    if (cli->file_count > command->files)
        return complain(command->files != 0 ? "one file at most" : "this command reads no file",
                        cli->files[command->files]);
    return CLI_CLEAN;
}

int main(int count, char **arguments)
{
    struct cli cli = {.arguments = arguments,
                      .explore = {.jobs = 1, .memory = UINT64_C(1) << 30},
                      .replay_file = "muster-sim.replay",
                      .nodes = 1,
                      .seed = 1,
                      .seeds = 1,
                      .minimise = 20};
    const struct command *command;
    int status;

    snprintf(typed, sizeof(typed), NAME);
    if (count < 2)
        return complain("which command?", "");
    if (help_show(count, arguments))
        return CLI_CLEAN;
    if (strcmp(arguments[1], "--version") == 0)
        return version_print(NAME, count > 2 && strcmp(arguments[2], "--json") == 0);
    scenario_default(&cli.scenario);
    status = command_find(arguments[1], &command);
    if (status != TOOL_GO_ON)
        return status;
    cli.command = command->name;
    snprintf(typed, sizeof(typed), NAME " %s", cli.command);
    status = parse(&cli, count - 2, arguments + 2);
    if (status == CLI_CLEAN)
        status = files_check(&cli, command);
    if (status == CLI_CLEAN)
        status =
            cli_run_large(&cli, cli.cost_from != 0 ? cli.cost_to : cli.scenario.processors);
    if (status != CLI_CLEAN)
        return status;
    return command->run(&cli);
}
