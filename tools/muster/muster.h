/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host front: one program, one table of subcommands. Each subcommand is a file that
 * defines one `struct command`; main.c lists them and knows nothing else of them.
 */
#ifndef TOOLS_MUSTER_MUSTER_H
#define TOOLS_MUSTER_MUSTER_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum muster_exit {
    MUSTER_OK = 0,
    MUSTER_FOUND = 1, /* a check that was asked for failed */
    MUSTER_USAGE = 2, /* the command line makes no sense */
    MUSTER_CANNOT = 3 /* the input is unreadable, or something is missing here */
};

struct command {
    const char *name;
    const char *summary; /* one line, for the list */
    const char *help;    /* usage, options, examples */
    /* argv[0] is the subcommand's name. Returns an enum muster_exit. */
    int (*run)(int argc, char **argv);
};

extern const struct command decode_command;
extern const struct command layout_command;
extern const struct command trace_command;
extern const struct command sim_command;

/* ---- cli.c: what every subcommand needs to talk to people ---- */

/* The word of `words` (ended by NULL) that `word` was probably meant to be, or NULL. */
const char *word_nearest(const char *word, const char *const *words);

/* Prints "muster NAME: ..." and where the help is. Returns MUSTER_USAGE. */
__attribute__((format(printf, 2, 3))) int usage_error(const char *name, const char *format,
                                                      ...);
/* The same for what getopt_long did not take: says what to type instead. */
int option_error(const char *name, const struct option *known, char **argv);

/* Prints "muster NAME: ..." and returns MUSTER_CANNOT. */
__attribute__((format(printf, 2, 3))) int cannot(const char *name, const char *format, ...);

/* Decimal, 0x... or ...h. The whole text has to be the number. */
bool number_parse(const char *text, uint64_t limit, uint64_t *value);

/* The whole of a file ("-": standard input), or NULL after a message. For the caller to free.
 */
uint8_t *file_read(const char *name, const char *path, size_t limit, size_t *length);

/* Output files: "-" is standard output. Closing reports what could not be written. */
FILE *output_open(const char *name, const char *path);
int output_close(const char *name, const char *path, FILE *out);

#endif
