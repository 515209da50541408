/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer on the command line of muster, all subcommands: an argument a line. */
#define main muster_main
#include "../../tools/muster/main.c"
#undef main

#include "program.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    program_run_lines(muster_main, "muster", input, size);
    return 0;
}
