/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host front: one program, one table of subcommands. Each subcommand is a file that
 * defines one `struct command`; main.c lists them and knows nothing else of them.
 */
#ifndef TOOLS_MUSTER_MUSTER_H
#define TOOLS_MUSTER_MUSTER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tools/shared/cli.h>

struct command {
    const char *name;
    const char *summary; /* one line, for the list */
    const char *help;    /* usage, options, examples */
    /* argv[0] is the subcommand's name. Returns an enum tool_exit. */
    int (*run)(int argc, char **argv);
};

extern const struct command decode_command;
extern const struct command layout_command;
extern const struct command trace_command;
extern const struct command sim_command;

/* ---- files.c: `name` as in <tools/shared/cli.h> ---- */

/* The whole of a file ("-": standard input), or NULL after a message. For the caller to free.
 */
uint8_t *file_read(const char *name, const char *path, size_t limit, size_t *length);

/* Output files: "-" is standard output. Closing reports what could not be written. */
FILE *output_open(const char *name, const char *path);
int output_close(const char *name, const char *path, FILE *out);

#endif
