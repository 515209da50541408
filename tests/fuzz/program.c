/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments, files and output of a tool in a fuzzer. See program.h. The tools are compiled
 * with other names for fopen, execv and execvp; those of libFuzzer stay as they are. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <tools/shared/cli.h>

FILE *program_fopen(const char *path, const char *mode);
int program_execv(const char *path, char *const argv[]);
int program_execvp(const char *file, char *const argv[]);

static const uint8_t *file_bytes;
static size_t file_size;
static char *output;
static size_t output_size;

FILE *program_fopen(const char *path, const char *mode)
{
    (void)path;
    if (mode[0] == 'r' && file_size != 0)
        return fmemopen((void *)(uintptr_t)file_bytes, file_size, mode);
    return fdopen(open("/dev/null", O_RDWR), mode);
}

int program_execv(const char *path, char *const argv[])
{
    (void)path;
    (void)argv;
    errno = ENOENT;
    return -1;
}

int program_execvp(const char *file, char *const argv[])
{
    return program_execv(file, argv);
}

void program_file_set(const uint8_t *bytes, size_t size)
{
    file_bytes = bytes;
    file_size = size;
}

int program_run(int (*run)(int argc, char **argv), int argc, char **argv)
{
    FILE *terminal = stdout;
    int status;

    free(output);
    optind = 0; /* glibc: from the start */
    stdout = open_memstream(&output, &output_size);
    status = run(argc, argv);
    fclose(stdout);
    stdout = terminal;
    if (status < TOOL_OK || status > TOOL_CANNOT)
        abort();
    return status;
}

int program_run_lines(int (*run)(int argc, char **argv), const char *name, const uint8_t *input,
                      size_t size)
{
    char *text = strndup((const char *)input, size);
    char *argv[PROGRAM_ARGUMENTS_MAX + 1] = {strdup(name)};
    char *rest = text;
    int argc = 1;
    int status;

    while (argc < PROGRAM_ARGUMENTS_MAX && (argv[argc] = strsep(&rest, "\n")) != NULL)
        argc++;
    argv[argc] = NULL;
    program_file_set(input, size);
    name = argv[0];
    status = program_run(run, argc, argv);
    free((void *)(uintptr_t)name);
    free(text);
    return status;
}

void program_output_is_json(void)
{
    json_error_t error;
    json_t *value = json_loadb(output, output_size, JSON_REJECT_DUPLICATES, &error);

    if (value == NULL) {
        fprintf(stderr, "fuzz: not JSON, line %d: %s\n%s\n", error.line, error.text, output);
        abort();
    }
    json_decref(value);
}
