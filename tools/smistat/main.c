/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smistat: fire and count System Management Interrupts, and hold what the runtime logged
 * against what was sent and what the processors counted; or watch those that come.
 */
#include "smistat.h"

int main(int argc, char **argv)
{
    static struct machine machine;
    struct options options;
    int status = options_parse(argc, argv, &options);

    if (status == TOOL_GO_ON)
        status = machine_open(&machine);
    else
        return status;
    if (status != TOOL_OK)
        return status;
    if (options.watch)
        return watch(&options, &machine);
    if (options.log)
        return log_show(&options, &machine);
    return measure_and_report(&options, &machine);
}
