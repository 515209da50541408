/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer on the playing of replay files, whatever steps they name: the simulator takes those
 * that are possible and stops at the first that is not. Without the address sanitizer, which knows
 * nothing of the simulator's stacks.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sim/replay.h>

#include "program.h"

/* Larger machines take memory, not other paths. */
#define PROCESSORS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct execution execution;
    char error[256];

    program_file_set(input, size);
    if (size == 0)
        return 0;
    if (replay_read(&execution, "replay", error, sizeof(error)) &&
        execution.scenario.processors <= PROCESSORS_MAX &&
        replay_play(&execution, NULL) > execution.length)
        abort();
    free(execution.steps);
    return 0;
}
