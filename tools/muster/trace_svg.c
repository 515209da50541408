/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timeline as a picture: a panel for each SMI, in it a lane for each processor, each panel
 * with a time axis of its own that begins as the first processor comes in.
 */
#include "trace.h"

#include <inttypes.h>
#include <math.h>

/* All in pixels. */
enum {
    WIDTH = 1000,
    GUTTER = 120, /* lane labels, left of the lanes */
    MARGIN = 24,
    LANE = 20,
    LANE_STEP = 26,
    TITLE = 34, /* above the lanes */
    AXIS = 40,  /* below the lanes */
    LEGEND_ROW = 22,
    LEGEND_COLUMN = 475,
    HEAD = 56,
    PLOT = WIDTH - GUTTER - 2 * MARGIN,
};

static const char style[] =
    "<style>\n"
    "svg{background:#fff;color:#1c2430;font:13px system-ui,'Segoe UI',Helvetica,Arial,"
    "sans-serif}\n"
    "text{fill:currentColor}.h{font-size:17px;font-weight:600}.b{font-weight:600}"
    ".d{fill:#5b6675;font-weight:400}\n"
    ".lane{fill:#eef1f5}.grid{stroke:#c9d1db;stroke-width:1}.e{text-anchor:end}"
    ".m{text-anchor:middle}\n"
    "@media(prefers-color-scheme:dark){svg{background:#12171e;color:#e6ebf2}.d{fill:#9aa7b8}"
    ".lane{fill:#1d2530}.grid{stroke:#37424f}}\n";

/* A step of 1, 2 or 5 times a power of ten that makes about eight of them. */
static double step_choose(double length)
{
    double step = pow(10, floor(log10(length / 8)));

    if (length / step > 40)
        return 5 * step;
    if (length / step > 16)
        return 2 * step;
    return length / step > 8 ? 2 * step : step;
}

/* The lanes of an SMI: its processors, ascending (so are its records). */
static unsigned lanes_list(const struct smi *smi, uint16_t lanes[MUSTER_WINDOW_PROCESSORS_MAX])
{
    unsigned count = 0;

    for (unsigned i = 0; i < smi->all; i++)
        if (count == 0 || lanes[count - 1] != smi->first[i].processor)
            lanes[count++] = smi->first[i].processor;
    return count;
}

static unsigned panel_height(const struct smi *smi)
{
    uint16_t lanes[MUSTER_WINDOW_PROCESSORS_MAX];

    return TITLE + lanes_list(smi, lanes) * LANE_STEP + AXIS;
}

static void styles_print(FILE *out)
{
    fputs(style, out);
    for (unsigned i = 0; i < PHASES; i++)
        fprintf(out, ".p%u{fill:%s}", i, phase_styles[i].colour);
    fputs("\n</style>\n", out);
}

/* The phases of a good SMI, and of the others those that occur. */
static unsigned legend_list(const struct trace *trace, enum phase phases[PHASES])
{
    bool used[PHASES] = {true, true, true, true, true, true};
    unsigned count = 0;

    for (size_t i = 0; i < trace->timeline->spans_count; i++)
        used[trace->timeline->spans[i].phase] = true;
    for (unsigned i = 0; i < PHASES; i++)
        if (used[i])
            phases[count++] = i;
    return count;
}

static double legend_print(FILE *out, const enum phase *phases, unsigned count, double y)
{
    for (unsigned k = 0; k < count; k++) {
        double x = MARGIN + LEGEND_COLUMN * (k % 2);
        double at = y + LEGEND_ROW * (k / 2);
        enum phase i = phases[k];

        fprintf(out,
                "<rect class=\"p%u\" x=\"%.0f\" y=\"%.0f\" width=\"22\" height=\"12\" "
                "rx=\"2\"/><text x=\"%.0f\" y=\"%.0f\"><tspan class=\"b\">%s</tspan> <tspan "
                "class=\"d\">%s</tspan></text>\n",
                i, x, at, x + 30, at + 11, phase_styles[i].name, phase_styles[i].meaning);
    }
    return y + LEGEND_ROW * ((count + 1) / 2) + 8;
}

static void axis_print(FILE *out, const struct timeline *timeline, const struct smi *smi,
                       double top, double bottom)
{
    double length = timeline_time(timeline, smi->end - smi->begin), step;
    const char *unit = timeline->log->ticks_per_second ? "µs" : "ticks";

    if (length <= 0)
        return;
    step = step_choose(length);
    for (double at = 0; at <= length * (1 + 1e-9); at += step) {
        double x = MARGIN + GUTTER + at / length * PLOT;

        fprintf(out,
                "<path class=\"grid\" d=\"M%.2f %.0fV%.0f\"/><text class=\"m d\" x=\"%.2f\" "
                "y=\"%.0f\">%g%s%s</text>\n",
                x, top, bottom, x, bottom + 15, at, at == 0 ? " " : "", at == 0 ? unit : "");
    }
}

static void span_print(FILE *out, const struct timeline *timeline, const struct smi *smi,
                       const struct span *span, double y)
{
    double whole = (double)(smi->end - smi->begin);
    double x = MARGIN + GUTTER + (double)(span->begin - smi->begin) / whole * PLOT;
    double width = (double)(span->end - span->begin) / whole * PLOT;
    /* Outside SMM. */
    bool thin = span->phase == PHASE_ENTRY || span->phase == PHASE_EXIT;
    const char *unit = timeline->log->ticks_per_second ? "µs" : "ticks";

    fprintf(out,
            "<rect class=\"p%u\" x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%.0f\"><title>"
            "processor %u, %s: %.3f to %.3f %s (%.3f)</title></rect>\n",
            span->phase, x, thin ? y + LANE * 0.3 : y, width < 0.6 ? 0.6 : width,
            thin ? LANE * 0.4 : LANE, span->processor, phase_styles[span->phase].name,
            timeline_time(timeline, span->begin - smi->begin),
            timeline_time(timeline, span->end - smi->begin), unit,
            timeline_time(timeline, span->end - span->begin));
}

static void lane_print(FILE *out, const struct timeline *timeline, const struct smi *smi,
                       uint16_t processor, double y)
{
    bool monarch = smi->monarch && smi->monarch->processor == processor;

    fprintf(out,
            "<rect class=\"lane\" x=\"%d\" y=\"%.0f\" width=\"%d\" height=\"%d\"/>"
            "<text class=\"e%s\" x=\"%d\" y=\"%.0f\">%s%u</text>\n",
            MARGIN + GUTTER, y, PLOT, LANE, monarch ? " b" : "", MARGIN + GUTTER - 10, y + 14.5,
            monarch ? "monarch " : "", processor);
    for (size_t i = 0; i < smi->spans_count; i++) {
        const struct span *span = &timeline->spans[smi->spans + i];

        if (span->processor == processor)
            span_print(out, timeline, smi, span, y);
    }
}

static double panel_print(FILE *out, const struct timeline *timeline, const struct smi *smi,
                          double y)
{
    uint16_t lanes[MUSTER_WINDOW_PROCESSORS_MAX];
    unsigned count = lanes_list(smi, lanes);
    const char *unit = timeline->log->ticks_per_second ? "µs" : "ticks";
    double top = y + TITLE, bottom = top + count * LANE_STEP;
    char cause[RECORD_TEXT], notes[NOTES_MAX];

    fprintf(out,
            "<g><text class=\"b\" x=\"%d\" y=\"%.0f\">round %" PRIu32 " <tspan class=\"d\">",
            MARGIN, y + 20, smi->round);
    if (smi->monarch)
        fprintf(out, "cause: %s, command %02xh, %u in,", smi_cause(smi, cause),
                smi->monarch->command, smi->records);
    smi_notes(smi, notes);
    fprintf(out, " %.1f %s from first in to last out%s%s</tspan></text>\n",
            timeline_time(timeline, smi->end - smi->begin), unit, *notes ? ", " : "", notes);
    for (unsigned i = 0; i < count; i++)
        lane_print(out, timeline, smi, lanes[i], top + i * LANE_STEP);
    axis_print(out, timeline, smi, top - 4, bottom);
    fputs("</g>\n", out);
    return bottom + AXIS;
}

void trace_svg(FILE *out, const struct trace *trace)
{
    const struct timeline *timeline = trace->timeline;
    size_t count = trace->count < SVG_PANELS_MAX ? trace->count : SVG_PANELS_MAX;
    const size_t *chosen = trace->chosen + (trace->count - count);
    enum phase phases[PHASES];
    unsigned phases_count = legend_list(trace, phases);
    unsigned height = HEAD + (phases_count + 1) / 2 * LEGEND_ROW + 8 + MARGIN;
    double y;

    for (size_t i = 0; i < count; i++)
        height += panel_height(&timeline->smis[chosen[i]]);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
            "viewBox=\"0 0 %d %u\" role=\"img\">\n<title>System Management Interrupts of ",
            WIDTH, height, WIDTH, height);
    text_xml(out, trace->title);
    fputs("</title>\n", out);
    styles_print(out);
    fprintf(out, "<text class=\"h\" x=\"%d\" y=\"34\">", MARGIN);
    text_xml(out, trace->title);
    fprintf(out, " <tspan class=\"d\">%zu of %zu SMIs, %u processors</tspan></text>\n", count,
            timeline->smis_count, timeline->log->processors);
    y = legend_print(out, phases, phases_count, HEAD);
    for (size_t i = 0; i < count; i++)
        y = panel_print(out, timeline, &timeline->smis[chosen[i]], y);
    fputs("</svg>\n", out);
}
