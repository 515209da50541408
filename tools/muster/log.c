/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a log. It may come from a machine that was attacked, or from a serial line that lost
 * half of it, so that each field is looked at before it is used, and every refusal says which
 * record and field it means.
 */
#include "log.h"
#include "muster.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LOG_BYTES_MAX   ((size_t)256 << 20)
#define LOG_RECORDS_MAX ((size_t)1 << 21)
#define LOG_STEPS_MAX   ((size_t)1 << 18)
/* Times up to this are exact in the floating point numbers they are drawn with. */
#define TICK_MAX   ((uint64_t)INT64_MAX)
#define TICKS_UNIT UINT64_C(1000000000000)

/* Where we are, for messages. */
struct reader {
    const char *command;
    const char *path;
    const char *list; /* "records" or "steps" */
    size_t index;
    bool refused;
};

static bool refuse(struct reader *reader, const char *field, const char *what)
{
    if (!reader->refused)
        cannot(reader->command, "%s: %s[%zu].%s: %s", reader->path, reader->list, reader->index,
               field, what);
    reader->refused = true;
    return false;
}

/* An unsigned number of an object, with an upper limit. An absent one is 0 unless needed. */
static uint64_t field_get(struct reader *reader, const json_t *object, const char *field,
                          uint64_t limit, bool needed)
{
    const json_t *value = json_object_get(object, field);
    char text[64];

    if (!value && !needed)
        return 0;
    if (!value) {
        refuse(reader, field, "is missing");
        return 0;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        refuse(reader, field, "is not an unsigned number");
        return 0;
    }
    if ((uint64_t)json_integer_value(value) > limit) {
        snprintf(text, sizeof(text), "is %" JSON_INTEGER_FORMAT ", more than %" PRIu64,
                 json_integer_value(value), limit);
        refuse(reader, field, text);
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

static void set_get(struct reader *reader, const struct log *log, const json_t *object,
                    const char *field, uint64_t set[MUSTER_SET_WORDS])
{
    const json_t *list = json_object_get(object, field);
    json_t *member;
    size_t i;

    if (list && !json_is_array(list)) {
        refuse(reader, field, "is not a list of processors");
        return;
    }
    json_array_foreach(list, i, member)
    {
        json_int_t index = json_integer_value(member);

        if (!json_is_integer(member) || index < 0 || index >= (json_int_t)log->processors) {
            refuse(reader, field, "names a processor that the log does not have");
            return;
        }
        set[index / 64] |= UINT64_C(1) << index % 64;
    }
}

/* Its name is text of ours, at most eight letters, digits and marks that need no escaping. */
static void fault_get(struct reader *reader, const json_t *object, struct muster_fault *fault)
{
    const json_t *told = json_object_get(object, "fault");
    const char *name = json_string_value(json_object_get(told, "handler"));

    if (!json_is_object(told)) {
        refuse(reader, "fault", "is missing, although the flags tell of one");
        return;
    }
    fault->vector = (uint8_t)field_get(reader, told, "vector", UINT8_MAX, true);
    fault->error = (uint32_t)field_get(reader, told, "error", UINT32_MAX, false);
    fault->address = field_get(reader, told, "address", INT64_MAX, true);
    for (size_t i = 0; name && i < sizeof(fault->handler) && name[i]; i++)
        fault->handler[i] =
            (uint8_t)(isalnum((unsigned char)name[i]) || name[i] == '_' ? name[i] : '?');
}

/* Zero is a time that was not reached: the monarch lost its round. */
static void times_check(struct reader *reader, const struct muster_record *record)
{
    uint64_t last = record->entered;

    if (record->gathered && record->gathered < last)
        refuse(reader, "gathered", "is before entered");
    last = record->gathered > last ? record->gathered : last;
    if (record->handled && record->handled < last)
        refuse(reader, "handled", "is before gathered");
    last = record->handled > last ? record->handled : last;
    if (record->released && record->released < last)
        refuse(reader, "released", "is before what led to it");
}

static void record_get(struct reader *reader, const struct log *log, const json_t *object,
                       struct muster_record *record)
{
    bool monarch;

    if (!json_is_object(object)) {
        refuse(reader, "", "is not an object");
        return;
    }
    record->flags = (uint16_t)field_get(reader, object, "flags", UINT16_MAX, true);
    monarch = record->flags & MUSTER_RECORD_MONARCH;
    record->sequence = field_get(reader, object, "sequence", INT64_MAX, false);
    record->round = (uint32_t)field_get(reader, object, "round", UINT32_MAX, true);
    record->processor =
        (uint16_t)field_get(reader, object, "processor", log->processors - 1, true);
    record->entered = field_get(reader, object, "entered", TICK_MAX, true);
    record->released = field_get(reader, object, "released", TICK_MAX, true);
    if (monarch) {
        record->cause = (uint32_t)field_get(reader, object, "cause", UINT32_MAX, true);
        record->command = (uint8_t)field_get(reader, object, "command", UINT8_MAX, false);
        record->status = (uint8_t)field_get(reader, object, "status", UINT8_MAX, false);
        record->came = (uint32_t)field_get(reader, object, "came", UINT32_MAX, false);
        record->answered = (uint32_t)field_get(reader, object, "answered", UINT32_MAX, false);
        record->gathered = field_get(reader, object, "gathered", TICK_MAX, true);
        record->handled = field_get(reader, object, "handled", TICK_MAX, true);
        set_get(reader, log, object, "lost", record->lost);
        if (!(record->flags & MUSTER_RECORD_FAULT)) /* which is in its place */
            set_get(reader, log, object, "directed", record->directed);
    }
    if (record->flags & MUSTER_RECORD_FAULT)
        fault_get(reader, object, &record->fault);
    if (!reader->refused)
        times_check(reader, record);
}

static bool step_words_check(const json_t *words)
{
    const char *key;
    json_t *value;

    if (words && !json_is_object(words))
        return false;
    json_object_foreach((json_t *)(uintptr_t)words, key,
                        value) if (!json_is_string(value)) return false;
    return true;
}

static void step_get(struct reader *reader, const struct log *log, const json_t *object,
                     struct log_step *step)
{
    const json_t *what, *words;

    if (!json_is_object(object)) {
        refuse(reader, "", "is not an object");
        return;
    }
    what = json_object_get(object, "what");
    words = json_object_get(object, "words");
    step->tick = field_get(reader, object, "tick", TICK_MAX, true);
    step->processor =
        (uint16_t)field_get(reader, object, "processor", log->processors - 1, true);
    if (!json_is_string(what))
        refuse(reader, "what", "is not a text");
    if (!step_words_check(words))
        refuse(reader, "words", "is not an object of texts");
    if (reader->refused)
        return;
    step->what = strdup(json_string_value(what));
    step->words = words ? json_dumps(words, JSON_COMPACT) : strdup("{}");
    if (!step->what || !step->words)
        refuse(reader, "what", "no memory for it");
}

static const json_t *list_get(struct reader *reader, const json_t *root, const char *name,
                              size_t limit)
{
    const json_t *list = json_object_get(root, name);

    reader->list = name;
    if (list && !json_is_array(list))
        cannot(reader->command, "%s: %s: is not a list", reader->path, name);
    else if (json_array_size(list) > limit)
        cannot(reader->command, "%s: %s: holds %zu, more than %zu; take fewer with --log N",
               reader->path, name, json_array_size(list), limit);
    else
        return list;
    reader->refused = true;
    return NULL;
}

static void records_read(struct reader *reader, const json_t *root, struct log *log)
{
    const json_t *list = list_get(reader, root, "records", LOG_RECORDS_MAX);

    log->records_count = json_array_size(list);
    log->records = calloc(log->records_count + 1, sizeof(*log->records));
    for (size_t i = 0; log->records && i < log->records_count && !reader->refused; i++) {
        reader->index = i;
        record_get(reader, log, json_array_get(list, i), &log->records[i]);
    }
}

static void steps_read(struct reader *reader, const json_t *root, struct log *log)
{
    const json_t *list = list_get(reader, root, "steps", LOG_STEPS_MAX);

    log->steps_count = json_array_size(list);
    log->steps = calloc(log->steps_count + 1, sizeof(*log->steps));
    for (size_t i = 0; log->steps && i < log->steps_count && !reader->refused; i++) {
        reader->index = i;
        step_get(reader, log, json_array_get(list, i), &log->steps[i]);
    }
}

/* As much as there is room for, in whole characters: half a one would be no UTF-8. */
static void text_keep(char *to, size_t size, const char *text)
{
    size_t length = strlen(text);

    if (length >= size)
        for (length = size - 1; ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    memcpy(to, text, length);
    to[length] = '\0';
}

/* How many processors there are, and how fast their ticks are. */
static int head_read(struct reader *reader, const json_t *root, struct log *log)
{
    const json_t *ids = json_object_get(root, "apic_ids");
    const json_t *count = json_object_get(root, "processors_known");
    const json_t *ticks = json_object_get(root, "ticks_per_second");
    const char *source = json_string_value(json_object_get(root, "source"));
    const char *scenario = json_string_value(json_object_get(root, "scenario"));
    json_int_t processors =
        json_is_integer(count) ? json_integer_value(count) : (json_int_t)json_array_size(ids);

    if (processors < 1 || processors > MUSTER_WINDOW_PROCESSORS_MAX)
        return cannot(reader->command, "%s: apic_ids: has to name 1 to %u processors",
                      reader->path, MUSTER_WINDOW_PROCESSORS_MAX);
    if (!json_is_integer(ticks) || json_integer_value(ticks) < 0 ||
        (uint64_t)json_integer_value(ticks) > TICKS_UNIT)
        return cannot(reader->command, "%s: ticks_per_second: is not a number up to %" PRIu64,
                      reader->path, TICKS_UNIT);
    log->processors = (unsigned)processors;
    log->ticks_per_second = (uint64_t)json_integer_value(ticks);
    log->has_apic_ids = json_array_size(ids) == log->processors;
    for (size_t i = 0; log->has_apic_ids && i < log->processors; i++)
        log->apic_ids[i] = (uint32_t)json_integer_value(json_array_get(ids, i));
    text_keep(log->source, sizeof(log->source), source ? source : "unknown");
    text_keep(log->scenario, sizeof(log->scenario), scenario ? scenario : "");
    log->deadline_directed =
        (uint64_t)json_integer_value(json_object_get(root, "deadline_directed"));
    log->deadline_lost = (uint64_t)json_integer_value(json_object_get(root, "deadline_lost"));
    log->dropped = (uint64_t)json_integer_value(json_object_get(root, "dropped"));
    return TOOL_OK;
}

static int root_read(struct reader *reader, const json_t *root, struct log *log)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    const json_t *version = json_object_get(root, "format_version");
    int status;

    if (!format && (json_object_get(root, "verdict") || json_object_get(root, "rounds")))
        return cannot(reader->command,
                      "%s: holds no records; make it with smistat --records, or "
                      "smistat --log N --json",
                      reader->path);
    if (!format || strcmp(format, "muster-log") != 0)
        return cannot(reader->command,
                      "%s: format: is not \"muster-log\"; make one with smistat --records",
                      reader->path);
    if (json_integer_value(version) != 1)
        return cannot(reader->command, "%s: format_version: is not 1, the one known here",
                      reader->path);
    status = head_read(reader, root, log);
    if (status != TOOL_OK)
        return status;
    records_read(reader, root, log);
    if (!reader->refused)
        steps_read(reader, root, log);
    if (!reader->refused && (!log->records || !log->steps))
        return cannot(reader->command, "%s: out of memory", reader->path);
    return reader->refused ? TOOL_CANNOT : TOOL_OK;
}

int log_read(const char *name, const char *path, struct log *log)
{
    struct reader reader = {.command = name, .path = path};
    json_error_t error;
    size_t length;
    uint8_t *bytes = file_read(name, path, LOG_BYTES_MAX, &length);
    json_t *root;
    int status;

    *log = (struct log){0};
    if (!bytes)
        return TOOL_CANNOT;
    root = json_loadb((const char *)bytes, length, JSON_REJECT_DUPLICATES, &error);
    free(bytes);
    if (!root)
        return cannot(name, "%s: line %d, column %d: not JSON: %s", path, error.line,
                      error.column, error.text);
    status = root_read(&reader, root, log);
    json_decref(root);
    if (status != TOOL_OK)
        log_free(log);
    return status;
}

void log_free(struct log *log)
{
    for (size_t i = 0; log->steps && i < log->steps_count; i++) {
        free((void *)(uintptr_t)log->steps[i].what);
        free((void *)(uintptr_t)log->steps[i].words);
    }
    free(log->records);
    free(log->steps);
    *log = (struct log){0};
}
