/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer on the command line of muster-sim: an argument a line. Its commands are not run; what
 * they would be given has to make sense. */
#include <stdlib.h>

#include <sim/cli.h>

#include "program.h"

static int settings_check(const struct cli *cli)
{
    char error[256];

    if (!scenario_check(&cli->scenario, error, sizeof(error)) || cli->explore.jobs == 0 ||
        cli->explore.memory == 0 || cli->nodes == 0 || cli->cost_from > cli->cost_to)
        abort();
    return CLI_CLEAN;
}

#define cli_explore settings_check
#define cli_replay  settings_check
#define cli_random  settings_check
#define cli_litmus  settings_check
#define cli_cost    settings_check
#define cli_conform settings_check
#define main        simulator_main
#include "../../sim/main.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    program_run_lines(simulator_main, "muster-sim", input, size);
    return 0;
}
