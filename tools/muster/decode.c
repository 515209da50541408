/* SPDX-License-Identifier: BSD-2-Clause */
/* muster decode: prints a save-state dump field by field. */
#include "muster.h"
#include "save_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME          "muster decode"
#define DUMP_MAX      ((size_t)64 << 20)
#define SEGMENT_START 0x8000 /* offsets of the tables count from SMBASE plus this */

static const char help[] =
    "usage: muster decode FILE [options]\n"
    "\n"
    "Prints a dump of what a processor saved as it entered SMM, field by field. The layout\n"
    "(32-bit, Intel 64 or AMD64) is told by the revision in the dump. FILE may be -.\n"
    "\n"
    "  --offset N     the file's first byte lies at SMBASE + N. Without it the size tells:\n"
    "                 512 bytes are those at FE00h, 1 KiB at FC00h, 32 KiB at 8000h,\n"
    "                 64 KiB at 0\n"
    "  --skip N       leave out the first N bytes of the file\n"
    "  --format NAME  32-bit, intel64 or amd64, whatever the revision says\n"
    "  --json         print JSON\n"
    "\n"
    "Numbers may be decimal, 0x... or ...h. Bytes the file does not hold are printed as -.\n"
    "\n"
    "Examples:\n"
    "  muster decode state.bin                      512 bytes from SMBASE + FE00h\n"
    "  muster decode segment.bin --offset 0 --json  a segment, or the beginning of one\n"
    "  muster decode smram.bin --skip 10000h        the SMBASE that lies 64 KiB into it\n"
    "\n"
    "Exit status: 0 done, 2 usage, 3 the file is unreadable or its layout unknown.\n";

struct options {
    const char *path;
    uint64_t offset, skip;
    bool offset_given;
    bool json;
    enum save_state_layout layout; /* SAVE_STATES: what the revision says */
};

static int layout_parse(const char *text, struct options *options)
{
    const char *names[SAVE_STATES + 1] = {NULL};
    unsigned which;
    int status;

    for (unsigned i = 0; i < SAVE_STATES; i++)
        names[i] = save_state_maps[i].name;
    status = word_take(NAME, "format", text, names, &which);
    if (status == TOOL_GO_ON)
        options->layout = which;
    return status;
}

static int option_take(int option, void *context)
{
    struct options *options = context;

    switch (option) {
    case 'o':
        options->offset_given = true;
        if (number_parse(optarg, 0xffff, &options->offset))
            return TOOL_GO_ON;
        return usage_error(NAME, "not an offset from 0 to FFFFh: %s", optarg);
    case 's':
        if (number_parse(optarg, DUMP_MAX, &options->skip))
            return TOOL_GO_ON;
        return usage_error(NAME, "not a number of bytes: %s", optarg);
    case 'f':
        return layout_parse(optarg, options);
    default:
        options->json = true;
        return TOOL_GO_ON;
    }
}

static int options_parse(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"offset", required_argument, NULL, 'o'}, {"skip", required_argument, NULL, 's'},
        {"format", required_argument, NULL, 'f'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'H'},         {NULL, 0, NULL, 0},
    };
    int status;

    *options = (struct options){.layout = SAVE_STATES};
    status = options_take(NAME, argc, argv, known, false, option_take, options);
    if (status != TOOL_GO_ON)
        return status;
    return operand_take(NAME, argc, argv, "which file?", &options->path);
}

/* Where the file's first byte lies, told by its size; larger files begin with a segment. */
static bool offset_guess(size_t length, uint64_t *offset)
{
    if (length == 0x200 || length == 0x400 || length == 0x8000)
        *offset = 0x10000 - length;
    else if (length >= 0x10000)
        *offset = 0;
    else
        return false;
    return true;
}

/* ---- printing ---- */

static void text_print(const struct save_state_map *map, const struct save_state_dump *dump,
                       uint32_t revision)
{
    printf("%s save state, revision %08" PRIX32 "h\n", map->title, revision);
    for (size_t i = 0; i < map->fields_count; i++) {
        const struct save_state_field *field = &map->fields[i];
        char meaning[160];
        uint64_t value;

        printf("  %04Xh  %-24s ", field->offset + SEGMENT_START, field->name);
        if (!save_state_read(dump, field->offset, field->size, &value)) {
            printf("%*s\n", 16, "-");
            continue;
        }
        save_state_explain(field, value, revision, meaning, sizeof(meaning));
        printf("%*s%0*" PRIX64 "%s%s\n", 16 - 2 * field->size, "", 2 * field->size, value,
               *meaning ? "  " : "", meaning);
    }
}

static void io_json(const struct save_state_io *io)
{
    printf(",\"io\":{\"valid\":%s", io->valid ? "true" : "false");
    if (io->valid)
        printf(",\"known\":%s,\"port\":%u,\"length\":%u,\"direction\":\"%s\",\"string\":%s,"
               "\"rep\":%s,\"operand\":%s%s%s",
               io->known ? "true" : "false", io->port, io->length, io->in ? "in" : "out",
               io->string ? "true" : "false", io->rep ? "true" : "false",
               *io->operand ? "\"" : "", *io->operand ? io->operand : "null",
               *io->operand ? "\"" : "");
    fputs("}", stdout);
}

/* Values are text, because a JSON number does not hold 64 bits everywhere. */
static void field_json(const struct save_state_field *field, const struct save_state_dump *dump,
                       uint32_t revision)
{
    char meaning[160];
    struct save_state_io io;
    uint64_t value;

    printf("{\"name\":\"%s\",\"offset\":%u,\"size\":%u,\"value\":", field->name,
           field->offset + SEGMENT_START, field->size);
    if (!save_state_read(dump, field->offset, field->size, &value)) {
        fputs("null}", stdout);
        return;
    }
    save_state_explain(field, value, revision, meaning, sizeof(meaning));
    printf("\"0x%0*" PRIx64 "\",\"meaning\":\"%s\"", 2 * field->size, value, meaning);
    io = field->kind == KIND_IO_TRAP ? save_state_io_amd((uint32_t)value)
                                     : save_state_io_intel((uint32_t)value);
    if (field->kind == KIND_IO_TRAP || field->kind == KIND_IO_STATE)
        io_json(&io);
    fputs("}", stdout);
}

static void json_print(const struct save_state_map *map, const struct save_state_dump *dump,
                       uint32_t revision)
{
    printf("{\"format\":\"%s\",\"revision\":\"0x%08" PRIx32 "\",\"fields\":[", map->name,
           revision);
    for (size_t i = 0; i < map->fields_count; i++) {
        fputs(i ? ",\n" : "", stdout);
        field_json(&map->fields[i], dump, revision);
    }
    fputs("]}\n", stdout);
}

/* ---- from file to fields ---- */

static int dump_decode(const struct save_state_dump *dump, const struct options *options)
{
    enum save_state_layout layout = options->layout;
    uint64_t revision = 0;
    bool known = save_state_read(dump, SAVE_STATE_REVISION, 4, &revision);

    if (layout == SAVE_STATES && !known)
        return cannot(NAME,
                      "%s: holds no revision: it would be at SMBASE + FEFCh, 4 bytes; the file "
                      "has what is at +%04" PRIX64 "h, %zu bytes. Give --offset or --format",
                      options->path, (uint64_t)(dump->offset + SEGMENT_START), dump->length);
    if (layout == SAVE_STATES)
        layout = save_state_layout_of((uint32_t)revision);
    if (layout == SAVE_STATES)
        return cannot(NAME,
                      "%s: revision %08" PRIX64 "h at SMBASE + FEFCh is of no known layout; is "
                      "the offset right? Or force one with --format",
                      options->path, revision);
    if (options->json)
        json_print(&save_state_maps[layout], dump, (uint32_t)revision);
    else
        text_print(&save_state_maps[layout], dump, (uint32_t)revision);
    return output_close(NAME, "standard output", stdout);
}

static int bytes_decode(const uint8_t *bytes, size_t length, const struct options *options)
{
    struct save_state_dump dump = {.bytes = bytes, .length = length};
    uint64_t offset = options->offset;

    if (options->skip >= length)
        return cannot(NAME, "%s: has %zu bytes, nothing is left after --skip", options->path,
                      length);
    dump.bytes += options->skip;
    dump.length -= options->skip;
    if (!options->offset_given && !offset_guess(dump.length, &offset))
        return cannot(NAME,
                      "%s: %zu bytes: where in the segment do they lie? Say it with --offset "
                      "(FE00h for the AMD64 and 32-bit layouts, FC00h for Intel 64)",
                      options->path, dump.length);
    dump.offset = (int64_t)offset - SEGMENT_START;
    return dump_decode(&dump, options);
}

static int decode_run(int argc, char **argv)
{
    struct options options;
    size_t length = 0;
    uint8_t *bytes;
    int status = options_parse(argc, argv, &options);

    if (status != TOOL_GO_ON)
        return status;
    bytes = file_read(NAME, options.path, DUMP_MAX, &length);
    if (!bytes)
        return TOOL_CANNOT;
    status = length ? bytes_decode(bytes, length, &options)
                    : cannot(NAME, "%s: is empty", options.path);
    free(bytes);
    return status;
}

const struct command decode_command = {
    .name = "decode",
    .summary = "print a save-state dump field by field",
    .help = help,
    .run = decode_run,
};
