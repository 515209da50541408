/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer on the reading of replay files. What is taken has a scenario that makes sense, and
 * what is not is told why. Playing them is fuzz_play.c. */
#include <stdlib.h>

#include <sim/replay.h>
#include <sim/scenario.h>

#include "program.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct execution execution;
    char error[256];

    program_file_set(input, size);
    if (size == 0)
        return 0;
    if (replay_read(&execution, "replay", error, sizeof(error))) {
        if (!scenario_check(&execution.scenario, error, sizeof(error)))
            abort();
    } else if (error[0] == '\0') {
        abort();
    }
    free(execution.steps);
    return 0;
}
