/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer on muster decode: the first three bytes choose the options, the rest is the dump. */
#include <stdio.h>

#include <tools/muster/muster.h>

#include "program.h"

#define CHOICES 3

enum { CHOOSE_JSON = 1, CHOOSE_FORMAT = 2, CHOOSE_OFFSET = 4, CHOOSE_SKIP = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static char *const formats[] = {"32-bit", "intel64", "amd64"};
    char number[16];
    char *argv[PROGRAM_ARGUMENTS_MAX] = {"decode", "dump"};
    int argc = 2;
    int status;

    if (size < CHOICES)
        return 0;
    snprintf(number, sizeof(number), "%u", input[1] | input[2] << 8);
    if (input[0] & CHOOSE_FORMAT) {
        argv[argc++] = "--format";
        argv[argc++] = formats[input[0] / 16 % 3];
    }
    if (input[0] & (CHOOSE_OFFSET | CHOOSE_SKIP)) {
        argv[argc++] = input[0] & CHOOSE_OFFSET ? "--offset" : "--skip";
        argv[argc++] = number;
    }
    if (input[0] & CHOOSE_JSON)
        argv[argc++] = "--json";
    program_file_set(input + CHOICES, size - CHOICES);
    status = program_run(decode_command.run, argc, argv);
    if (status == TOOL_OK && input[0] & CHOOSE_JSON)
        program_output_is_json();
    return 0;
}
