/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line's parts. Exit status: 0 clean, 1 a property failed, 2 bad usage, 3 other. */
#ifndef SIM_CLI_H
#define SIM_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <sim/conform.h>
#include <sim/explore.h>
#include <sim/scenario.h>

struct cli {
    char **arguments; /* as it was called */
    const char *command;
    struct scenario scenario;
    struct explore_options explore;
    struct conform_options conform;
    const char *replay_file;  /* where a failure is written */
    const char *log_file;     /* where replay writes a log for muster trace */
    const char *html_file;    /* ... and the page that it draws */
    const char *const *files; /* arguments without a dash */
    unsigned file_count;
    const char *file;            /* the first of them, or NULL */
    unsigned cost_from, cost_to; /* processors: N or FROM..TO, by powers of two */
    unsigned nodes;
    bool cost_relocation; /* of start-up, not of a round */
    uint64_t seed;
    uint64_t seeds;
    unsigned pct;
    unsigned rounds;   /* that each random execution must have; 0: any number */
    unsigned minimise; /* seconds */
    bool json;
    bool quiet;
};

enum { CLI_CLEAN = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_TROUBLE = 3 };

int cli_explore(const struct cli *cli);
int cli_replay(const struct cli *cli);
int cli_random(const struct cli *cli);
int cli_litmus(const struct cli *cli);
int cli_cost(const struct cli *cli);
int cli_conform(const struct cli *cli);
int cli_merge(const struct cli *cli);

/* Does not come back if there is a program for so many processors and this is not the one. CLI_CLEAN:
 * this one has room for them. */
int cli_run_large(const struct cli *cli, unsigned processors);

/* The help of one command, or of all if it is NULL or none. */
void cli_help(FILE *out, const char *command);

/* All options' names, with their dashes, ended by NULL; what the help says of one; and whether a
 * command heeds it. */
const char *const *cli_options(void);
void cli_option_help(unsigned which, FILE *out);
bool cli_option_is_for(unsigned which, const char *command);

/* Sets what one option says. False, with the reason in `error`, if there is none such. */
bool cli_option(struct cli *cli, const char *name, const char *value, char *error, size_t size);

/* Minimises, writes the replay file and prints the failure with the command that replays it. */
struct execution;
void cli_show_failure(const struct cli *cli, struct execution *execution, const char *message);

/* Prints a text as a JSON string. */
void cli_json_string(const char *text);

#endif
