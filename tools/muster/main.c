/* SPDX-License-Identifier: BSD-2-Clause */
/* muster: finds the subcommand and hands over. */
#include "muster.h"

#include <string.h>

#include <tools/shared/words.h>

#define NAME "muster"

static const struct command *const commands[] = {
    &trace_command,
    &decode_command,
    &layout_command,
    &sim_command,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help_print(FILE *out)
{
    fputs("usage: muster COMMAND [arguments]\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n"
          "  muster COMMAND --help   options and examples of one of them\n"
          "  muster --version        the version (with --json: as JSON)\n"
          "\n"
          "Exit status: 0 done, 1 a check that was asked for failed, 2 usage, 3 the input is\n"
          "unreadable or something is missing on this machine.\n",
          out);
}

static int command_take(const char *name, const struct command **command)
{
    static const char *const options[] = {"--help", "--version", NULL};
    const char *words[COMMANDS + 1] = {NULL};
    unsigned which;
    int status;

    if (name[0] == '-') {
        const char *nearest = word_nearest(name, options);

        return nearest
                   ? usage_error(NAME, "no such option: %s; did you mean %s?", name, nearest)
                   : usage_error(NAME, "%s: a command comes first, then its options", name);
    }
    for (size_t i = 0; i < COMMANDS; i++)
        words[i] = commands[i]->name;
    status = word_take(NAME, "command", name, words, &which);
    if (status == TOOL_GO_ON)
        *command = commands[which];
    return status;
}

/* Abbreviated too, as options may be; if --h could be another option, the help says which. */
static bool is_help(const char *word)
{
    size_t length = strlen(word);

    return strcmp(word, "-h") == 0 ||
           (length >= strlen("--h") && strncmp(word, "--help", length) == 0);
}

static int help_show(const char *name)
{
    const struct command *command;
    int status;

    if (!name) {
        help_print(stdout);
        return TOOL_OK;
    }
    status = command_take(name, &command);
    if (status != TOOL_GO_ON)
        return status;
    fputs(command->help, stdout);
    return TOOL_OK;
}

int main(int argc, char **argv)
{
    const struct command *command;
    int status;

    if (argc < 2) {
        help_print(stderr);
        return TOOL_USAGE;
    }
    if (is_help(argv[1]) || strcmp(argv[1], "help") == 0)
        return help_show(argc > 2 ? argv[2] : NULL);
    if (strcmp(argv[1], "--version") == 0)
        return version_print(NAME, argc > 2 && strcmp(argv[2], "--json") == 0);
    status = command_take(argv[1], &command);
    if (status != TOOL_GO_ON)
        return status;
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]) && command != &sim_command)
            return help_show(command->name);
    return command->run(argc - 1, argv + 1);
}
