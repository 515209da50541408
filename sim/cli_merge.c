/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim merge: the shards of a search, brought together. */
#include <stdio.h>

#include <sim/cli.h>
#include <sim/merge.h>

#define NUMBER(value) (unsigned long long)(value)

int cli_merge(const struct cli *cli)
{
    struct merge_result result;
    char error[512];
    const char *outcome;

    if (!merge_files(cli->files, cli->file_count, &result, error, sizeof(error))) {
        fprintf(stderr, "muster-sim: %s\n", error);
        return CLI_TROUBLE;
    }
    outcome = result.failed ? "failed" : result.stopped ? "stopped" : "complete";
    printf(cli->json
               ? "{\"outcome\":\"%s\",\"shards\":%u,\"states\":%llu,\"executions\":%llu,"
                 "\"transitions\":%llu,\"seconds\":%.3f,\"table_full\":%s}\n"
               : "%s: %u shards, %llu states, %llu executions; together %llu transitions, "
                 "%.1f s%s\n",
           outcome, result.shards, NUMBER(result.states), NUMBER(result.ends),
           NUMBER(result.transitions), result.seconds,
           cli->json           ? result.table_full ? "true" : "false"
           : result.table_full ? ", a table was full: not all states are counted once"
                               : "");
    return result.failed ? CLI_FAILED : result.stopped ? CLI_TROUBLE : CLI_CLEAN;
}
