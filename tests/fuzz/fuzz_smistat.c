/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer on the command line of smistat: an argument a line. What it then does needs a
 * machine. */
#include <stdlib.h>

#include <tools/smistat/smistat.h>

#include "program.h"

static int parse(int argc, char **argv)
{
    struct options options;
    struct cpulist list;
    int status = options_parse(argc, argv, &options);

    if (status != TOOL_GO_ON)
        return status;
    if (options.interval <= 0 || options.duration < 0 || options.gaps_cpu < -1)
        abort();
    if (options.cpus != NULL && cpulist_parse(options.cpus, &list) &&
        (list.count == 0 || list.count > SMISTAT_PROCESSORS_MAX))
        abort();
    return TOOL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    program_run_lines(parse, "smistat", input, size);
    return 0;
}
