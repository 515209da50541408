/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * muster-sim's help, of all commands or of one, and what it says about options. An option exists if
 * it stands here, and a command heeds those of its sections.
 */
#include <stdio.h>
#include <string.h>

#include <sim/cli.h>

#define OPTIONS_MAX  64u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct command_help {
    const char *name, *arguments, *what, *examples;
} commands[] = {
    {"explore", "", "every execution of a scenario; stops at the first failure",
     "  muster-sim explore --scenario one-round --cpus 3 --events 2\n"
     "  muster-sim explore --cpus 4 --seconds 3600 --checkpoint big.ckpt\n"},
    {"random", "", "one random execution for each seed",
     "  muster-sim random --cpus 256 --events 40 --allow all --seeds 1000\n"},
    {"replay", " FILE", "plays an execution step by step",
     "  muster-sim replay muster-sim.replay --html failed.html\n"},
    {"litmus", "", "shows that the memory is x86-TSO: the published outcomes and no others",
     "  muster-sim litmus --json\n"},
    {"cost", "", "what a round costs, counted from the accesses the core makes",
     "  muster-sim cost --cpus 2..256 --nodes 4\n"},
    {"merge", " FILES", "shards of a search, from their --states",
     "  muster-sim merge part-1 part-2 part-3\n"},
    {"conform", " LOG", "whether an SMI log of a machine is that of an execution here",
     "  muster-sim conform log.json --slack 100\n"},
};

static const char exit_status[] =
    "Exit status: 0 clean, 1 a property failed, 2 wrong usage, 3 a file cannot be read or\n"
    "written, or the search was stopped.\n";

/* A section without a text is the scenario's, which knows its options itself. */
static const struct section {
    const char *title, *commands, *text;
} sections[] = {
    {"The scenario (explore, random; conform, where the log does not name it):",
     "explore random conform", NULL},
    {"The search (explore):", "explore",
     "  --method M       both (default), sleep, hash or naive: which reductions are used\n"
     "  --jobs N         processes (1)\n"
     "  --memory MIB     for the table of states, at most (1024); what does not fit is\n"
     "                   explored again\n"
     "  --hash-seed N    another hash function: 64 bits in any case\n"
     "  --seconds N      stop after so long\n"
     "  --checkpoint F   stop into this file (at SIGINT, SIGTERM or the time), go on from it\n"
     "  --shard I/N      explore part I of N only; together they are the whole\n"
     "  --states F       write all states met to this file, for merge\n"},
    {"Random runs:", "random",
     "  --seed S         the first seed (1)\n"
     "  --seeds N        how many (1)\n"
     "  --pct D          priorities with D changes instead of plain random choice\n"
     "  --rounds N       trouble if an execution has fewer, or not every event allowed (0)\n"},
    {"Costs:", "cost",
     "  --of WHAT        round (the default), or relocation: the moves at start-up\n"
     "  --nodes N        the processors are spread over N nodes (1)\n"},
    {"A log (conform):", "conform",
     "  --commands R,B   the commands that the log has for requests and for bytes; 0: any\n"
     "  --slack TICKS    times of two processors that are nearer have no order (0)\n"},
    {"A failure (explore, random):", "explore random",
     "  --replay-file F  where it is written (muster-sim.replay)\n"
     "  --minimise N     seconds to spend on shortening it (20)\n"},
    {"A replay:", "replay",
     "  --html F         also as a page, with the shared words after each step\n"
     "  --log F          also as a log with the same, for muster trace F\n"},
    {"Output:", "explore random replay litmus cost merge conform",
     "  --json           the result as JSON: an object, or one on each line\n"
     "  --quiet          no progress\n"
     "  --help, --version\n"},
};

/* Options of other sections that a command heeds as well. */
static const struct {
    const char *option, *command;
} more[] = {{"--cpus", "cost"}, {"--memory", "conform"}, {"--seconds", "conform"}};

/* All sections' options as they are printed. */
static struct {
    char text[16384];
    char names[OPTIONS_MAX][32];
    const char *words[OPTIONS_MAX + 1];
    const char *lines[OPTIONS_MAX];
    int lengths[OPTIONS_MAX];
    unsigned section[OPTIONS_MAX];
    unsigned count;
} options;

static void option_note(const char *line, unsigned section)
{
    const char *end = strstr(line, "\n  -");
    unsigned which = options.count++;

    snprintf(options.names[which], sizeof(options.names[0]), "%.*s",
             (int)strcspn(line + strlen("  "), " ,\n"), line + strlen("  "));
    options.words[which] = options.names[which];
    options.lines[which] = line;
    options.lengths[which] = (int)(end != NULL ? (size_t)(end - line) + 1 : strlen(line));
    options.section[which] = section;
}

/* Each section ends in a NUL of its own, which fclose() writes. */
static void options_read(void)
{
    size_t used = 0;

    for (unsigned i = 0; i < COUNT(sections) && options.count < OPTIONS_MAX; i++) {
        char *text = options.text + used;
        FILE *out = fmemopen(text, sizeof(options.text) - used, "w");

        if (out == NULL)
            return;
        if (sections[i].text != NULL)
            fputs(sections[i].text, out);
        else
            scenario_help(out);
        fclose(out);
        used += strlen(text) + 1;
        for (const char *line = text; line != NULL && options.count < OPTIONS_MAX;) {
            option_note(line, i);
            line = strstr(line, "\n  -");
            line = line != NULL ? line + 1 : NULL;
        }
    }
}

const char *const *cli_options(void)
{
    if (options.count == 0)
        options_read();
    return options.words;
}

void cli_option_help(unsigned which, FILE *out)
{
    fprintf(out, "%.*s", options.lengths[which], options.lines[which]);
}

/* Whether `word` is one of a text of words. */
static bool word_is_in(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length)
        if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

bool cli_option_is_for(unsigned which, const char *command)
{
    if (word_is_in(sections[options.section[which]].commands, command))
        return true;
    for (unsigned i = 0; i < COUNT(more); i++)
        if (strcmp(more[i].option, cli_options()[which]) == 0 &&
            strcmp(more[i].command, command) == 0)
            return true;
    return false;
}

/* A section's options: all, or those that one command heeds, which then need not be told whose they
 * are. */
static void section_print(FILE *out, unsigned section, const char *command)
{
    const char *title = sections[section].title;
    bool begun = false;

    for (unsigned i = 0; i < options.count; i++) {
        if (options.section[i] != section ||
            (command != NULL && !cli_option_is_for(i, command)))
            continue;
        if (!begun && command != NULL)
            fprintf(out, "\n%.*s:\n", (int)strcspn(title, "(:") - (strchr(title, '(') != NULL),
                    title);
        else if (!begun)
            fprintf(out, "\n%s\n", title);
        begun = true;
        cli_option_help(i, out);
    }
}

static void commands_print(FILE *out)
{
    char name[32];

    fprintf(out, "usage: muster-sim COMMAND [OPTION]...\n\n");
    for (unsigned i = 0; i < COUNT(commands); i++) {
        snprintf(name, sizeof(name), "%s%s", commands[i].name, commands[i].arguments);
        fprintf(out, "  %-11s  %s\n", name, commands[i].what);
    }
    fprintf(out, "\n  muster-sim COMMAND --help   the options and examples of one of them\n\n");
}

/* NULL if there is none of this name. */
static const struct command_help *command_of(const char *name)
{
    for (unsigned i = 0; name != NULL && i < COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

void cli_help(FILE *out, const char *command)
{
    const struct command_help *one = command_of(command);

    cli_options();
    if (one != NULL)
        fprintf(out, "usage: muster-sim %s%s [OPTION]...\n\n%c%s.\n", one->name, one->arguments,
                one->what[0] - 'a' + 'A', one->what + 1);
    else
        commands_print(out);
    if (one == NULL)
        fputs(exit_status, out);
    for (unsigned i = 0; i < COUNT(sections); i++)
        section_print(out, i, one != NULL ? one->name : NULL);
    fputs("\nExamples:\n", out);
    for (unsigned i = 0; i < COUNT(commands); i++)
        if (one == NULL || one == &commands[i])
            fputs(commands[i].examples, out);
    if (one != NULL)
        fprintf(out, "\n%s", exit_status);
}
