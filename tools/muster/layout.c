/* SPDX-License-Identifier: BSD-2-Clause */
/* muster layout: the map of SMRAM that a ROM boots with, as text, SVG or JSON. It is planned by the
 * same function and from the same image. */
#include "layout_rule.h"
#include "layout_svg.h"
#include "muster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <muster/install.h>
#include <muster/window.h>

#define NAME           "muster layout"
#define CAPACITY_SHOWN MUSTER_WINDOW_PROCESSORS_MAX
#define IMAGE_SIZE_MAX (16u << 20)

static const char help[] =
    "usage: muster layout [options]\n"
    "\n"
    "Prints where everything goes in SMRAM, and how many processors fit.\n"
    "\n"
    "  --machine pc|q35   whose image and SMRAM (pc: 128 KiB at A0000h; q35: TSEG)\n"
    "  --image FILE       an image of another port instead of the machine's\n"
    "  --smram SIZE       bytes of SMRAM; K and M are understood (128K; q35: 16M)\n"
    "  --base ADDRESS     where SMRAM begins\n"
    "  --cpus N           processors; without it, as many as fit\n"
    "  --json             as JSON\n"
    "  --svg FILE         as a picture (- for standard output)\n"
    "\n"
    "Examples:\n"
    "  muster layout --smram 128K --cpus 60\n"
    "  muster layout --machine q35 --cpus 255 --svg smram.svg\n"
    "\n"
    "Exit status: 0 done, 2 usage, or more processors than fit, 3 the picture cannot be\n"
    "written.\n";

/* layout_image.S: the headers of the images in the ROMs. */
extern const uint8_t layout_image_pc[];
extern const uint8_t layout_image_q35[];

struct asked {
    bool q35;
    bool json;
    const char *svg;
    const char *image;
    uint64_t smram;
    uint64_t base;
    uint64_t cpus;
    bool is_cpus_given;
};

static const char *const kind_names[MUSTER_REGION_KINDS] = {
    [MUSTER_REGION_CODE] = "code",
    [MUSTER_REGION_CONSTANTS] = "constants",
    [MUSTER_REGION_DATA] = "data",
    [MUSTER_REGION_SHARED] = "synchronization",
    [MUSTER_REGION_TABLES] = "page tables",
    [MUSTER_REGION_MONARCH_STACK] = "handler stacks",
    [MUSTER_REGION_MONARCH_GUARD] = "handler guard",
    [MUSTER_REGION_STRUCTURE] = "processor structure",
    [MUSTER_REGION_ENTRY] = "entry code",
    [MUSTER_REGION_STACK] = "stack",
    [MUSTER_REGION_CONTEXT] = "context",
    [MUSTER_REGION_SAVE_STATE] = "save state",
    [MUSTER_REGION_STACK_GUARD] = "guard",
};

static int region_compare(const void *one, const void *other)
{
    const struct muster_region *a = one, *b = other;

    return a->base < b->base ? -1 : a->base > b->base;
}

/* Every region, in ascending order. For the caller to free. */
static struct muster_region *regions_list(const struct muster_layout *layout, size_t *count)
{
    struct muster_region *list;
    size_t total = 0, at = 0;

    for (unsigned kind = 0; kind < MUSTER_REGION_KINDS; kind++)
        total += muster_layout_count(layout, kind);
    list = calloc(total, sizeof(*list));
    if (!list)
        abort();
    for (unsigned kind = 0; kind < MUSTER_REGION_KINDS; kind++)
        for (uint32_t index = 0; index < muster_layout_count(layout, kind); index++)
            list[at++] = muster_layout_region(layout, kind, index);
    qsort(list, total, sizeof(*list), region_compare);
    *count = total;
    return list;
}

/* Bytes of all regions of a kind. */
static uint64_t kind_bytes(const struct muster_layout *layout, enum muster_layout_kind kind)
{
    uint64_t bytes = 0;

    for (uint32_t index = 0; index < muster_layout_count(layout, kind); index++)
        bytes += muster_layout_region(layout, kind, index).size;
    return bytes;
}

static void row_print(uint64_t bytes, uint32_t count, const char *name)
{
    printf("  %8" PRIu64 " bytes  %4u x %s\n", bytes, count, name);
}

/* What the processors that fit by coreboot's rule take. */
static void rule_print(uint64_t smram_size)
{
    const uint64_t each = LAYOUT_RULE_ENTRY + LAYOUT_RULE_STACK + LAYOUT_RULE_SAVE;
    uint32_t count = layout_rule_capacity(smram_size, CAPACITY_SHOWN);

    printf("by coreboot's rule %u fit:\n", count);
    if (count == 0)
        return;
    row_print(LAYOUT_RULE_HANDLER, 1, "code");
    row_print((uint64_t)count * LAYOUT_RULE_ENTRY, count, "entry code");
    row_print((uint64_t)count * LAYOUT_RULE_STACK, count, "stack");
    row_print((uint64_t)count * LAYOUT_RULE_SAVE, count, "save state");
    printf("  %8" PRIu64 " bytes  not used\n", smram_size - LAYOUT_RULE_HANDLER - count * each);
}

/* What one processor more takes, and what all share of the image. */
static void sizes_print(const struct muster_layout *layout)
{
    uint64_t image =
        kind_bytes(layout, MUSTER_REGION_CODE) + kind_bytes(layout, MUSTER_REGION_CONSTANTS);
    uint64_t each = 0;

    for (unsigned kind = MUSTER_REGION_STRUCTURE; kind < MUSTER_REGION_KINDS; kind++)
        each += kind_bytes(layout, kind) / layout->request.processors;
    printf("each processor takes %" PRIu64
           " bytes, its save state among them; code and constants"
           " %" PRIu64 "\n",
           each, image);
}

static void text_print(const struct muster_layout *layout, uint64_t smram_size,
                       uint32_t capacity)
{
    const struct muster_layout_request *request = &layout->request;
    uint64_t used = 0;
    size_t count;
    struct muster_region *list = regions_list(layout, &count);

    printf("SMRAM %" PRIx64 "-%" PRIx64 " (%" PRIu64 " KiB), %u processors, %s; %u fit\n",
           request->smram_base, request->smram_base + smram_size - 1, smram_size / 1024,
           request->processors, request->guarded ? "guarded" : "packed", capacity);
    printf("processor 0 at SMBASE %" PRIx64 ", %u bytes to the next, %u in a group; %" PRIu64
           " KiB used\n\n",
           muster_layout_smbase(layout, 0), layout->stride, layout->group,
           (layout->end - request->smram_base + 1023) / 1024);
    for (unsigned kind = 0; kind < MUSTER_REGION_KINDS; kind++) {
        uint64_t bytes = kind_bytes(layout, kind);

        used += bytes;
        if (bytes)
            row_print(bytes, muster_layout_count(layout, kind), kind_names[kind]);
    }
    printf("  %8" PRIu64 " bytes  not used\n", smram_size - used);
    sizes_print(layout);
    rule_print(smram_size);
    putchar('\n');
    for (size_t i = 0; i < count; i++)
        if (list[i].size)
            printf("  %08" PRIx64 "-%08" PRIx64 " %7" PRIx64 "  %s %u\n", list[i].base,
                   list[i].base + list[i].size - 1, list[i].size, kind_names[list[i].kind],
                   list[i].index);
    free(list);
}

static void json_print(const struct muster_layout *layout, uint64_t smram_size,
                       uint32_t capacity)
{
    const struct muster_layout_request *request = &layout->request;
    size_t count;
    struct muster_region *list = regions_list(layout, &count);

    printf("{\"smram_base\":%" PRIu64 ",\"smram_size\":%" PRIu64
           ",\"processors\":%u,\"capacity\":%u,\"coreboot_capacity\":%u,\"style\":\"%s\","
           "\"stride\":%u,\"group\":%u,"
           "\n \"smbase\":[",
           request->smram_base, smram_size, request->processors, capacity,
           layout_rule_capacity(smram_size, CAPACITY_SHOWN),
           request->guarded ? "guarded" : "packed", layout->stride, layout->group);
    for (uint32_t i = 0; i < request->processors; i++)
        printf("%s%" PRIu64, i ? "," : "", muster_layout_smbase(layout, i));
    fputs("],\n \"regions\":[", stdout);
    for (size_t i = 0; i < count; i++)
        printf("%s\n  {\"kind\":\"%s\",\"index\":%u,\"base\":%" PRIu64 ",\"size\":%" PRIu64 "}",
               i ? "," : "", kind_names[list[i].kind], list[i].index, list[i].base,
               list[i].size);
    fputs("]}\n", stdout);
    free(list);
}

static int picture_write(const char *path, const struct muster_layout *layout)
{
    size_t count;
    struct muster_region *list;
    FILE *out = output_open(NAME, path);

    if (!out)
        return TOOL_CANNOT;
    list = regions_list(layout, &count);
    layout_svg(out, layout, list, count, kind_names);
    free(list);
    return output_close(NAME, path, out);
}

/* A number with K or M behind it. */
static bool size_parse(const char *text, uint64_t *value)
{
    char digits[24];
    size_t length = strlen(text);
    uint64_t unit = 1;

    if (length == 0 || length >= sizeof(digits))
        return false;
    memcpy(digits, text, length + 1);
    if (strchr("kK", digits[length - 1]))
        unit = 1024;
    else if (strchr("mM", digits[length - 1]))
        unit = 1024 * 1024;
    if (unit > 1)
        digits[length - 1] = '\0';
    return number_parse(digits, UINT64_MAX / unit, value) && (*value *= unit, true);
}

static const struct option options[] = {
    {"machine", required_argument, NULL, 'm'},
    {"smram", required_argument, NULL, 's'},
    {"base", required_argument, NULL, 'b'},
    {"cpus", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"svg", required_argument, NULL, 'g'},
    {"image", required_argument, NULL, 'i'},
    {"help", no_argument, NULL, 'H'},
    {NULL, 0, NULL, 0},
};

static int option_take(int letter, void *context)
{
    static const char *const machines[] = {"pc", "q35", NULL};
    struct asked *asked = context;
    unsigned which;
    int status;

    switch (letter) {
    case 'm':
        status = word_take(NAME, "machine", optarg, machines, &which);
        asked->q35 = which == 1;
        return status;
    case 'i':
        asked->image = optarg;
        return TOOL_GO_ON;
    case 's':
        if (!size_parse(optarg, &asked->smram) || asked->smram == 0)
            return usage_error(NAME, "--smram %s: not a size such as 128K or 16M", optarg);
        return TOOL_GO_ON;
    case 'b':
        if (!number_parse(optarg, UINT32_MAX, &asked->base))
            return usage_error(NAME, "--base %s: not an address below 4 GiB", optarg);
        return TOOL_GO_ON;
    case 'c':
        if (!number_parse(optarg, UINT32_MAX, &asked->cpus))
            return usage_error(NAME, "--cpus %s: not a number of processors", optarg);
        asked->is_cpus_given = true;
        return TOOL_GO_ON;
    case 'j':
        asked->json = true;
        return TOOL_GO_ON;
    default:
        asked->svg = optarg;
        return TOOL_GO_ON;
    }
}

static int options_read(int argc, char **argv, struct asked *asked)
{
    int status = options_take(NAME, argc, argv, options, false, option_take, asked);

    if (status != TOOL_GO_ON)
        return status;
    if (optind < argc)
        return usage_error(NAME, "%s: not expected here", argv[optind]);
    if (asked->smram == 0)
        asked->smram = asked->q35 ? 16u << 20 : 128u << 10;
    if (asked->base == 0)
        asked->base = asked->q35 ? 0x7f000000 : 0xa0000;
    return TOOL_GO_ON;
}

/* The windows as the firmware of each machine places them. */
static struct muster_image_memory memory_of(const struct asked *asked)
{
    struct muster_image_memory memory = {.smram_base = asked->base, .smram_size = asked->smram};

    memory.window_base = asked->q35 ? (asked->base - (2u << 20)) & ~0xfffffull : 0x110000;
    memory.window_size = asked->q35 ? 2u << 20 : 0xf0000;
    return memory;
}

/* The image's header: of a file, or of a machine's ROM. */
static int header_read(const struct asked *asked, struct muster_image_header *header)
{
    uint8_t *bytes;
    size_t size;

    if (!asked->image) {
        memcpy(header, asked->q35 ? layout_image_q35 : layout_image_pc, sizeof(*header));
        return TOOL_OK;
    }
    bytes = file_read(NAME, asked->image, IMAGE_SIZE_MAX, &size);
    if (!bytes)
        return TOOL_CANNOT;
    memset(header, 0, sizeof(*header));
    if (size >= sizeof(*header))
        memcpy(header, bytes, sizeof(*header));
    free(bytes);
    if (header->magic != MUSTER_IMAGE_MAGIC)
        return cannot(NAME, "%s: not an image of the runtime", asked->image);
    return TOOL_OK;
}

/* How many fit; if it does not begin and end on a page, into the pages that it has as a whole. */
static uint32_t capacity_of(const struct muster_image_header *header,
                            struct muster_image_memory memory)
{
    uint64_t page = MUSTER_LAYOUT_PAGE;
    uint64_t end = (memory.smram_base + memory.smram_size) / page * page;

    memory.smram_base = (memory.smram_base + page - 1) / page * page;
    memory.smram_size = end > memory.smram_base ? end - memory.smram_base : 0;
    return muster_image_capacity(header, &memory);
}

static int plan_refused(int error, const struct asked *asked, uint32_t capacity)
{
    if (error == MUSTER_LAYOUT_ALIGNMENT)
        return usage_error(
            NAME,
            "SMRAM must begin and end on a page of 4096 bytes; into the whole pages"
            " here %u processors fit",
            capacity);
    if (error == MUSTER_LAYOUT_SIZES)
        return usage_error(NAME, "SMRAM of this size cannot be");
    if (error == MUSTER_INSTALL_MEMORY)
        return usage_error(NAME, "SMRAM and the window below it do not fit below 4 GiB");
    if (asked->cpus == 0)
        return usage_error(NAME, "at least one processor is needed; %u fit", capacity);
    return usage_error(NAME, "%" PRIu64 " processors do not fit into %" PRIu64 " KiB; %u do",
                       asked->cpus, asked->smram / 1024, capacity);
}

static int layout_run(int argc, char **argv)
{
    struct asked asked = {0};
    struct muster_layout layout;
    struct muster_image_header header;
    struct muster_image_memory memory;
    uint32_t capacity;
    int error = options_read(argc, argv, &asked);

    if (error != TOOL_GO_ON)
        return error;
    error = header_read(&asked, &header);
    if (error != TOOL_OK)
        return error;
    memory = memory_of(&asked);
    capacity = capacity_of(&header, memory);
    if (!asked.is_cpus_given)
        asked.cpus = capacity ? capacity : 1;
    if (asked.cpus == 0 || asked.cpus > CAPACITY_SHOWN)
        return plan_refused(MUSTER_LAYOUT_FULL, &asked, capacity);
    error = muster_image_plan(&header, &memory, (uint32_t)asked.cpus, &layout);
    if (error != MUSTER_LAYOUT_OK)
        return plan_refused(error, &asked, capacity);
    if (muster_layout_check(&layout, NULL) != MUSTER_LAYOUT_OK)
        return cannot(NAME, "the planner has made a mistake: please report it");
    if (asked.svg)
        return picture_write(asked.svg, &layout);
    if (asked.json)
        json_print(&layout, asked.smram, capacity);
    else
        text_print(&layout, asked.smram, capacity);
    return TOOL_OK;
}

const struct command layout_command = {
    .name = "layout",
    .summary = "the map of SMRAM: where everything goes, and how many processors fit",
    .help = help,
    .run = layout_run,
};
