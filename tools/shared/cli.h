/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How every tool talks to people: one set of exit statuses, options read the same way, and
 * errors that say what to type instead.
 *
 * `name` is what was typed to get here: "smistat", "muster trace".
 */
#ifndef TOOLS_SHARED_CLI_H
#define TOOLS_SHARED_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

enum tool_exit {
    TOOL_OK = 0,
    TOOL_FAILED = 1, /* what was to be checked is not so */
    TOOL_USAGE = 2,  /* the command line makes no sense */
    TOOL_CANNOT = 3  /* the input is unreadable, or something is missing here */
};

/* Option parsers return this to go on, or else the exit status to end with. */
#define TOOL_GO_ON (-1)

/* Prints "NAME: ..." and where the help is. Returns TOOL_USAGE. */
__attribute__((format(printf, 2, 3))) int usage_error(const char *name, const char *format,
                                                      ...);

/* Prints "NAME: ..." and returns TOOL_CANNOT. */
__attribute__((format(printf, 2, 3))) int cannot(const char *name, const char *format, ...);

/* Which of `words` (ended by NULL) it is. If none: says which it was probably meant to be, or all
 * that there are, and returns TOOL_USAGE; else TOOL_GO_ON. */
int word_take(const char *name, const char *what, const char *word, const char *const *words,
              unsigned *which);

/*
 * Hands each option to `take`, up to the first thing that is none if `operands_last`, otherwise
 * wherever they stand. TOOL_GO_ON: argv[optind...] are the operands.
 */
int options_take(const char *name, int argc, char **argv, const struct option *known,
                 bool operands_last, int (*take)(int option, void *context), void *context);

/* The one operand that there has to be after the options; `which` asks for it. */
int operand_take(const char *name, int argc, char **argv, const char *which,
                 const char **operand);

/* "NAME 1.2.3"; always successful. */
int version_print(const char *name, bool json);

/* Decimal, 0x... or ...h. The whole text has to be the number. */
bool number_parse(const char *text, uint64_t limit, uint64_t *value);

#endif
