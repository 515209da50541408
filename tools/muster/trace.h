/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms in which `muster trace` shows a timeline, one file each. */
#ifndef TOOLS_MUSTER_TRACE_H
#define TOOLS_MUSTER_TRACE_H

#include "timeline.h"

#include <stdio.h>

/* The SMIs chosen on the command line: timeline.smis[chosen[0..count-1]], in order of time. */
struct trace {
    const struct timeline *timeline;
    size_t *chosen;
    size_t count;
    const char *title; /* of the log */
};

/* All of them. `chosen` is for the caller to free; false: out of memory. */
bool trace_of_all(struct trace *trace, const struct timeline *timeline, const char *title);

void trace_table(FILE *out, const struct trace *trace);
void trace_json(FILE *out, const struct trace *trace);
/* One panel each; of more than SVG_PANELS_MAX the last ones. */
void trace_svg(FILE *out, const struct trace *trace);
void trace_chrome(FILE *out, const struct trace *trace);
void trace_html(FILE *out, const struct trace *trace);

#define SVG_PANELS_MAX 24u

/* Text that may not be trusted, as JSON that is safe inside an HTML script element, quotes
 * included. */
void text_json(FILE *out, const char *text);
/* The same as text of an XML element or attribute. */
void text_xml(FILE *out, const char *text);

#endif
