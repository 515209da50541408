/* SPDX-License-Identifier: BSD-2-Clause */
/* muster trace: chooses SMIs of a log and shows them in the forms that were asked for. */
#include "trace.h"
#include "muster.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME "muster trace"

static const char help[] =
    "usage: muster trace LOG [options]\n"
    "\n"
    "Shows what each SMI of a log did: a table, or the pictures asked for. LOG is what\n"
    "smistat --records (or smistat --log N --json) printed, or what muster-sim replay --log\n"
    "wrote; - reads standard input.\n"
    "\n"
    "  --svg FILE       a picture: for each SMI a lane per processor, phases coloured\n"
    "  --chrome FILE    Chrome trace events: open them at ui.perfetto.dev\n"
    "  --html FILE      one page that needs no network: zoom, filter, figures, table\n"
    "  --json           print what the table says as JSON\n"
    "  --round N[-M]    these rounds only\n"
    "  --last N         the last N of them only\n"
    "  --cause CAUSE    those with this cause only: request, byte, tco, none, or what else "
    "the\n"
    "                   chipset has: pm1, gpe0, periodic, ...\n"
    "  --check          exit with 1 if the log shows what must not be: a processor lost or\n"
    "                   not held while a handler ran, a round with two monarchs\n"
    "\n"
    "FILE may be - for standard output. The table is printed if no picture is asked for.\n"
    "\n"
    "Examples:\n"
    "  smistat --records --count 100 > log.json     fire 100 SMIs from each processor\n"
    "  muster trace log.json\n"
    "  muster trace log.json --html log.html\n"
    "  muster trace log.json --round 120-125 --svg smi.svg\n"
    "  smistat --log 50 --json | muster trace - --chrome trace.json\n"
    "\n"
    "Exit status: 0 done, 1 --check found something, 2 usage, 3 the log is unreadable.\n";

struct options {
    const char *log;
    const char *svg, *chrome, *html;
    bool json, check;
    uint64_t round_first, round_last;
    uint64_t last;  /* 0: all */
    uint32_t cause; /* a MUSTER_CAUSE_ bit; 0: none */
    bool cause_given;
};

static bool rounds_parse(const char *text, struct options *options)
{
    char first[24];
    const char *dash = strchr(text, '-');
    size_t length = dash ? (size_t)(dash - text) : strlen(text);

    if (length >= sizeof(first))
        return false;
    memcpy(first, text, length);
    first[length] = '\0';
    if (!number_parse(first, UINT32_MAX, &options->round_first))
        return false;
    options->round_last = options->round_first;
    return !dash || (number_parse(dash + 1, UINT32_MAX, &options->round_last) &&
                     options->round_last >= options->round_first);
}

static int cause_parse(const char *text, struct options *options)
{
    char lower[RECORD_CAUSE_BITS][24] = {{0}};
    const char *names[RECORD_CAUSE_BITS + 2];
    unsigned count = 0, which;
    int status;

    for (; record_causes[count].name; count++) {
        for (unsigned at = 0; record_causes[count].name[at]; at++)
            lower[count][at] = (char)tolower(record_causes[count].name[at]);
        names[count] = lower[count];
    }
    names[count] = "none";
    names[count + 1] = NULL;
    status = word_take(NAME, "cause", text, names, &which);
    if (status != TOOL_GO_ON)
        return status;
    options->cause_given = true;
    options->cause = record_causes[which].bit; /* 0 at their end: none */
    return TOOL_GO_ON;
}

static int option_take(int option, void *context)
{
    struct options *options = context;

    switch (option) {
    case 's':
        options->svg = optarg;
        return TOOL_GO_ON;
    case 'c':
        options->chrome = optarg;
        return TOOL_GO_ON;
    case 'h':
        options->html = optarg;
        return TOOL_GO_ON;
    case 'j':
        options->json = true;
        return TOOL_GO_ON;
    case 'k':
        options->check = true;
        return TOOL_GO_ON;
    case 'r':
        if (rounds_parse(optarg, options))
            return TOOL_GO_ON;
        return usage_error(NAME, "not a round or a range such as 120-125: %s", optarg);
    case 'l':
        if (number_parse(optarg, UINT32_MAX, &options->last) && options->last)
            return TOOL_GO_ON;
        return usage_error(NAME, "not a number of SMIs: %s", optarg);
    default:
        return cause_parse(optarg, options);
    }
}

static int options_parse(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"svg", required_argument, NULL, 's'},   {"chrome", required_argument, NULL, 'c'},
        {"html", required_argument, NULL, 'h'},  {"json", no_argument, NULL, 'j'},
        {"round", required_argument, NULL, 'r'}, {"last", required_argument, NULL, 'l'},
        {"cause", required_argument, NULL, 'C'}, {"check", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'H'},        {NULL, 0, NULL, 0},
    };
    int status;

    *options = (struct options){.round_last = UINT32_MAX};
    status = options_take(NAME, argc, argv, known, false, option_take, options);
    if (status != TOOL_GO_ON)
        return status;
    return operand_take(NAME, argc, argv, "which log? Make one with smistat --records",
                        &options->log);
}

static bool smi_is_chosen(const struct smi *smi, const struct options *options)
{
    char text[RECORD_TEXT];

    if (smi->round < options->round_first || smi->round > options->round_last)
        return false;
    if (!options->cause_given)
        return true;
    if (options->cause == 0)
        return strcmp(smi_cause(smi, text), "none") == 0;
    return smi->monarch && (smi->monarch->cause & options->cause) != 0;
}

static void smis_choose(struct trace *trace, const struct options *options)
{
    for (size_t i = 0; i < trace->timeline->smis_count; i++)
        if (smi_is_chosen(&trace->timeline->smis[i], options))
            trace->chosen[trace->count++] = i;
    if (options->last && options->last < trace->count) {
        trace->chosen += trace->count - options->last;
        trace->count = options->last;
    }
}

static int picture_write(const char *path, const struct trace *trace,
                         void (*draw)(FILE *, const struct trace *))
{
    FILE *out;

    if (!path)
        return TOOL_OK;
    out = output_open(NAME, path);
    if (!out)
        return TOOL_CANNOT;
    draw(out, trace);
    return output_close(NAME, path, out);
}

static int forms_write(const struct trace *trace, const struct options *options)
{
    int status = picture_write(options->svg, trace, trace_svg);

    if (status == TOOL_OK)
        status = picture_write(options->chrome, trace, trace_chrome);
    if (status == TOOL_OK)
        status = picture_write(options->html, trace, trace_html);
    if (status != TOOL_OK)
        return status;
    if (options->json)
        return picture_write("-", trace, trace_json);
    if (options->svg || options->chrome || options->html)
        return TOOL_OK;
    return picture_write("-", trace, trace_table);
}

static int findings_report(const struct timeline *timeline)
{
    struct finding findings[16];
    const size_t limit = sizeof(findings) / sizeof(findings[0]);
    size_t count = timeline_check(timeline, findings, limit);

    for (size_t i = 0; i < count && i < limit; i++)
        fprintf(stderr, NAME ": round %" PRIu32 ": %s\n", findings[i].smi->round,
                findings[i].text);
    if (count > limit)
        fprintf(stderr, NAME ": and %zu more\n", count - limit);
    return count ? TOOL_FAILED : TOOL_OK;
}

/* What pictures call the log: where it was is nobody's business. */
static const char *log_title(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (strcmp(path, "-") == 0)
        return "standard input";
    return slash ? slash + 1 : path;
}

static int timeline_show(const struct timeline *timeline, const struct options *options)
{
    size_t *chosen = calloc(timeline->smis_count + 1, sizeof(*chosen));
    struct trace trace = {
        .timeline = timeline, .chosen = chosen, .title = log_title(options->log)};
    int status;

    if (!chosen)
        return cannot(NAME, "out of memory");
    smis_choose(&trace, options);
    if (trace.count == 0 && timeline->smis_count > 0)
        status = cannot(NAME,
                        "none of the log's %zu SMIs is as asked for; its rounds are %" PRIu32
                        " to %" PRIu32,
                        timeline->smis_count, timeline->smis[0].round,
                        timeline->smis[timeline->smis_count - 1].round);
    else
        status = forms_write(&trace, options);
    free(chosen);
    if (status == TOOL_OK && options->check)
        status = findings_report(timeline);
    return status;
}

static int trace_run(int argc, char **argv)
{
    struct options options;
    struct timeline timeline;
    struct log log;
    int status = options_parse(argc, argv, &options);

    if (status != TOOL_GO_ON)
        return status;
    status = log_read(NAME, options.log, &log);
    if (status != TOOL_OK)
        return status;
    if (timeline_make(&timeline, &log)) {
        status = timeline_show(&timeline, &options);
        timeline_free(&timeline);
    } else {
        status = cannot(NAME, "%s: out of memory", options.log);
    }
    log_free(&log);
    return status;
}

const struct command trace_command = {
    .name = "trace",
    .summary = "show what each SMI of a log did: table, SVG, Chrome trace, HTML",
    .help = help,
    .run = trace_run,
};
