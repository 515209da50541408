/* SPDX-License-Identifier: BSD-2-Clause */
/* muster-sim replay: an execution step by step, as a log, and as a page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sim/cli.h>
#include <sim/replay.h>
#include <tools/muster/muster.h>
#include <tools/muster/trace.h>

#define NAME "muster-sim"

static int log_file_write(const char *path, const struct log *log)
{
    FILE *out = output_open(NAME, path);

    if (out == NULL)
        return CLI_TROUBLE;
    log_json(out, log);
    return output_close(NAME, path, out);
}

static int timeline_write(const char *path, const struct timeline *timeline, const char *title)
{
    struct trace trace;
    FILE *out;
    int status = CLI_TROUBLE;

    if (!trace_of_all(&trace, timeline, title))
        return cannot(NAME, "not enough memory for a page");
    out = output_open(NAME, path);
    if (out != NULL) {
        trace_html(out, &trace);
        status = output_close(NAME, path, out);
    }
    free(trace.chosen);
    return status;
}

static int page_write(const char *path, const struct log *log, const char *title)
{
    struct timeline timeline;
    int status;

    if (!timeline_make(&timeline, log))
        return cannot(NAME, "not enough memory for a page");
    status = timeline_write(path, &timeline, title);
    timeline_free(&timeline);
    return status;
}

/* Plays it on its own, so that what follows begins at the start as well. */
static int forms_write(const struct cli *cli, const struct execution *execution)
{
    const char *slash = strrchr(cli->file, '/');
    struct log log;
    int status = CLI_CLEAN;

    if (cli->log_file == NULL && cli->html_file == NULL)
        return CLI_CLEAN;
    if (execution->scenario.protocol != PROTOCOL_MUSTER) {
        fprintf(stderr, NAME ": %s: only muster's protocol writes a log\n", cli->file);
        return CLI_USAGE;
    }
    if (!replay_log(execution, &log))
        status = cannot(NAME, "not enough memory for a log");
    if (status == CLI_CLEAN && cli->log_file != NULL)
        status = log_file_write(cli->log_file, &log);
    if (status == CLI_CLEAN && cli->html_file != NULL)
        status = page_write(cli->html_file, &log, slash != NULL ? slash + 1 : cli->file);
    log_free(&log);
    return status;
}

static bool is_standard_output(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static void result_print(const struct cli *cli, const struct execution *execution, FILE *out,
                         size_t taken)
{
    if (cli->json) {
        fprintf(out, "{\"steps\":%zu,\"taken\":%zu,\"failed\":", execution->length, taken);
        text_json(out, engine.failed != NULL ? engine.failed : "");
        fprintf(out, ",\"message\":");
        text_json(out, engine.failed != NULL ? engine.failure : "");
        fprintf(out, "}\n");
    } else if (engine.failed != NULL) {
        fprintf(out, "       => %s: %s\n", engine.failed, engine.failure);
    } else if (taken == execution->length) {
        fprintf(out, "       => no property fails\n");
    }
}

static int show(const struct cli *cli, const struct execution *execution)
{
    bool taken_up = is_standard_output(cli->log_file) || is_standard_output(cli->html_file);
    FILE *out = taken_up ? stderr : stdout;
    int status = forms_write(cli, execution);
    size_t taken;

    if (status != CLI_CLEAN)
        return status;
    taken = replay_play(execution, cli->json || cli->quiet ? NULL : out);
    result_print(cli, execution, out, taken);
    if (engine.failed != NULL)
        return CLI_FAILED;
    if (taken == execution->length)
        return CLI_CLEAN;
    return cannot(NAME, "%s: step %zu is not possible: was it found with this core?", cli->file,
                  taken + 1);
}

int cli_replay(const struct cli *cli)
{
    struct execution execution;
    char error[512];
    int status = CLI_TROUBLE;

    if (!replay_read(&execution, cli->file, error, sizeof(error)))
        fprintf(stderr, NAME ": %s\n", error);
    else
        status = cli_run_large(cli, execution.scenario.processors);
    if (status == CLI_CLEAN)
        status = show(cli, &execution);
    free(execution.steps);
    return status;
}
