/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture of `muster layout --svg`: what it is of, what the colours mean, and the rows. */
#include "layout_svg.h"

#include <inttypes.h>

/* All in pixels. */
enum {
    WIDTH = 1000,
    MARGIN = 24,
    GUTTER = 84, /* addresses, left of the rows */
    HEAD = 76,
    LEGEND_ROW = 22,
    LEGEND_COLUMNS = 4,
    ROW = 12,
    ROW_STEP = 14,
    PLOT = WIDTH - GUTTER - 2 * MARGIN,
    THIN = 3, /* an edge would leave nothing of it */
};

#define ROWS_MAX 128u

static const char style[] =
    "<style>\n"
    "svg{background:#fff;color:#1c2430;font:13px system-ui,'Segoe UI',Helvetica,Arial,"
    "sans-serif}\n"
    "text{fill:currentColor}.h{font-size:17px;font-weight:600}.d{fill:#5b6675}\n"
    ".a{font:11px ui-monospace,monospace}.row{fill:#eef1f5}.r{stroke:#fff;stroke-width:.5}\n"
    "@media(prefers-color-scheme:dark){svg{background:#12171e;color:#e6ebf2}.d{fill:#9aa7b8}"
    ".row{fill:#1d2530}.r{stroke:#12171e}}\n"
    "</style>\n";

/* Guard pages are alike, and grey: nothing is there. */
static const char *const colors[MUSTER_REGION_KINDS] = {
    [MUSTER_REGION_CODE] = "#4e79a7",          [MUSTER_REGION_CONSTANTS] = "#a0cbe8",
    [MUSTER_REGION_DATA] = "#59a14f",          [MUSTER_REGION_SHARED] = "#e15759",
    [MUSTER_REGION_TABLES] = "#9c755f",        [MUSTER_REGION_MONARCH_STACK] = "#b07aa1",
    [MUSTER_REGION_MONARCH_GUARD] = "#8a939e", [MUSTER_REGION_STRUCTURE] = "#ff9da7",
    [MUSTER_REGION_ENTRY] = "#f28e2b",         [MUSTER_REGION_STACK] = "#edc948",
    [MUSTER_REGION_CONTEXT] = "#d4a6c8",       [MUSTER_REGION_SAVE_STATE] = "#499894",
    [MUSTER_REGION_STACK_GUARD] = "#8a939e",
};

struct map {
    uint64_t base;
    uint64_t row; /* bytes in one */
    uint64_t rows;
    unsigned kinds[MUSTER_REGION_KINDS]; /* that there are */
    unsigned kinds_count;
    unsigned top; /* where the rows begin */
};

static struct map map_make(const struct muster_layout *layout,
                           const struct muster_region *regions, size_t count)
{
    struct map map = {.base = layout->request.smram_base, .row = 4096};
    uint64_t bytes = layout->end - map.base;
    bool there[MUSTER_REGION_KINDS] = {false};

    while (bytes / map.row > ROWS_MAX)
        map.row *= 2;
    map.rows = (bytes + map.row - 1) / map.row;
    for (size_t i = 0; i < count; i++)
        there[regions[i].kind] |= regions[i].size != 0;
    for (unsigned kind = 0; kind < MUSTER_REGION_KINDS; kind++)
        if (there[kind])
            map.kinds[map.kinds_count++] = kind;
    /* One place more in the legend is for what is not used. */
    map.top = HEAD + (map.kinds_count / LEGEND_COLUMNS + 1) * LEGEND_ROW + ROW_STEP;
    return map;
}

static void head_print(FILE *out, const struct map *map, const struct muster_layout *layout)
{
    unsigned processors = layout->request.processors;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%" PRIu64
            "\" role=\"img\">\n<title>SMRAM of %u processors</title>\n%s",
            WIDTH, map->top + map->rows * ROW_STEP + MARGIN, processors, style);
    fprintf(out,
            "<text class=\"h\" x=\"%u\" y=\"34\">SMRAM of %u processors</text>\n"
            "<text class=\"d\" x=\"%u\" y=\"54\">%" PRIx64 " to %" PRIx64
            ", %s; a row is %" PRIu64 " KiB</text>\n",
            MARGIN, processors, MARGIN, map->base, layout->end - 1,
            layout->request.guarded ? "guarded" : "packed", map->row / 1024);
}

static void legend_entry(FILE *out, unsigned place, const char *paint, const char *name)
{
    unsigned x = MARGIN + place % LEGEND_COLUMNS * ((WIDTH - 2 * MARGIN) / LEGEND_COLUMNS);
    unsigned y = HEAD + place / LEGEND_COLUMNS * LEGEND_ROW;

    fprintf(out,
            "<rect %s x=\"%u\" y=\"%u\" width=\"22\" height=\"12\" rx=\"2\"/>"
            "<text x=\"%u\" y=\"%u\">%s</text>\n",
            paint, x, y, x + 30, y + 11, name);
}

static void legend_print(FILE *out, const struct map *map, const char *const *names)
{
    char paint[32];

    for (unsigned i = 0; i < map->kinds_count; i++) {
        snprintf(paint, sizeof(paint), "fill=\"%s\"", colors[map->kinds[i]]);
        legend_entry(out, i, paint, names[map->kinds[i]]);
    }
    legend_entry(out, map->kinds_count, "class=\"row\"", "not used");
}

static void rows_print(FILE *out, const struct map *map)
{
    for (uint64_t i = 0; i < map->rows; i++) {
        uint64_t y = map->top + i * ROW_STEP;

        fprintf(out,
                "<text class=\"a d\" x=\"%u\" y=\"%" PRIu64 "\">%08" PRIx64 "</text>"
                "<rect class=\"row\" x=\"%u\" y=\"%" PRIu64 "\" width=\"%u\" height=\"%u\"/>\n",
                MARGIN, y + ROW - 2, map->base + i * map->row, MARGIN + GUTTER, y, PLOT, ROW);
    }
}

/* In as many pieces as it touches rows. */
static void region_print(FILE *out, const struct map *map, const struct muster_region *region,
                         const char *name)
{
    uint64_t at = region->base - map->base, left = region->size;

    while (left) {
        uint64_t here = map->row - at % map->row < left ? map->row - at % map->row : left;
        double width = (double)here * PLOT / (double)map->row;

        fprintf(out,
                "<rect%s x=\"%.2f\" y=\"%" PRIu64
                "\" width=\"%.2f\" height=\"%u\" fill=\"%s\"><title>%s %u: %" PRIx64
                ", %" PRIu64 " bytes</title></rect>\n",
                width > THIN ? " class=\"r\"" : "",
                MARGIN + GUTTER + (double)(at % map->row) * PLOT / (double)map->row,
                map->top + at / map->row * ROW_STEP, width, ROW, colors[region->kind], name,
                region->index, region->base, region->size);
        at += here;
        left -= here;
    }
}

void layout_svg(FILE *out, const struct muster_layout *layout,
                const struct muster_region *regions, size_t count, const char *const *names)
{
    struct map map = map_make(layout, regions, count);

    head_print(out, &map, layout);
    legend_print(out, &map, names);
    rows_print(out, &map);
    for (size_t i = 0; i < count; i++)
        region_print(out, &map, &regions[i], names[regions[i].kind]);
    fputs("</svg>\n", out);
}
