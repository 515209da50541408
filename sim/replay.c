/* SPDX-License-Identifier: BSD-2-Clause */
/* Replay files: written, read with an error that says what and where, played. */
#include <sim/replay.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sim/scenario.h>

#define HEAD      "muster-sim replay 1"
#define STEPS_MAX 100000000u

static const char *const kind_names[T_KINDS] = {"step", "commit", "enter", "event", "expire"};

struct reader {
    FILE *file;
    const char *name;
    unsigned line;
    char text[512];
    char *error;
    size_t error_size;
};

static bool complain(const struct reader *reader, const char *what)
{
    snprintf(reader->error, reader->error_size, "%s:%u: %s", reader->name, reader->line, what);
    return false;
}

static bool next_line(struct reader *reader)
{
    reader->line++;
    if (fgets(reader->text, sizeof(reader->text), reader->file) == NULL)
        return complain(reader, "the file ends too early: it is truncated");
    if (strchr(reader->text, '\n') == NULL)
        return complain(reader, feof(reader->file)
                                    ? "the file ends in this line: it is truncated"
                                    : "the line is too long");
    *strchr(reader->text, '\n') = '\0';
    return true;
}

static bool read_step(struct reader *reader, struct transition *step)
{
    char kind[16];
    unsigned processor;
    unsigned value;

    if (!next_line(reader))
        return false;
    if (sscanf(reader->text, "%15s %u %u", kind, &processor, &value) != 3 ||
        processor > UINT16_MAX || value > UINT8_MAX)
        return complain(reader, "expected a step: KIND PROCESSOR VALUE");
    for (unsigned i = 0; i < T_KINDS; i++)
        if (strcmp(kind, kind_names[i]) == 0) {
            *step = (struct transition){(uint8_t)i, (uint8_t)value, (uint16_t)processor};
            return true;
        }
    return complain(reader, "no such kind of step (step, commit, enter, event, expire)");
}

static bool read_steps(struct reader *reader, struct execution *execution, const char *count)
{
    char *end;
    unsigned long length = strtoul(count, &end, 10);

    if (*end != '\0' || end == count || length > STEPS_MAX)
        return complain(reader, "expected a number of steps");
    execution->steps = calloc(length + 1, sizeof(*execution->steps));
    if (execution->steps == NULL)
        return complain(reader, "not enough memory");
    for (execution->length = 0; execution->length < length; execution->length++)
        if (!read_step(reader, &execution->steps[execution->length]))
            return false;
    if (!next_line(reader))
        return false;
    return strcmp(reader->text, "end") == 0 || complain(reader, "expected 'end'");
}

static bool read_body(struct reader *reader, struct execution *execution)
{
    char why[256];

    if (!next_line(reader))
        return false;
    if (strcmp(reader->text, HEAD) != 0)
        return complain(reader, "not a replay file: expected '" HEAD "'");
    for (;;) {
        char *value;

        if (!next_line(reader))
            return false;
        value = strchr(reader->text, ' ');
        if (value == NULL)
            return complain(reader, "expected 'KEY VALUE'");
        *value++ = '\0';
        if (strcmp(reader->text, "steps") == 0)
            return read_steps(reader, execution, value);
        if (strcmp(reader->text, "property") == 0)
            snprintf(execution->property, sizeof(execution->property), "%.63s", value);
        else if (!scenario_set(&execution->scenario, reader->text, value, why, sizeof(why)))
            return complain(reader, why);
    }
}

bool replay_read(struct execution *execution, const char *name, char *error, size_t size)
{
    struct reader reader = {.name = name, .error = error, .error_size = size};
    char why[256];
    bool good;

    memset(execution, 0, sizeof(*execution));
    scenario_default(&execution->scenario);
    reader.file = fopen(name, "r");
    if (reader.file == NULL) {
        snprintf(error, size, "%s: %s", name, strerror(errno));
        return false;
    }
    good = read_body(&reader, execution);
    fclose(reader.file);
    if (good && !scenario_check(&execution->scenario, why, sizeof(why)))
        good = complain(&reader, why);
    return good;
}

void replay_end(void)
{
    struct transition *list = calloc(engine_transitions_max(), sizeof(*list));

    if (list != NULL && engine.model->ended != NULL) {
        engine_enabled(list);
        if (engine.at_rest)
            engine.model->ended();
    }
    free(list);
}

/* Plays, and writes each step to `file`: for a reader, or as a line of a replay file. */
static size_t play(const struct execution *execution, FILE *file, bool as_file)
{
    char text[256];

    machine_setup(&execution->scenario);
    for (size_t i = 0; i < execution->length; i++) {
        struct transition step = execution->steps[i];

        if (step.kind >= T_KINDS || step.processor >= engine.processors)
            return i;
        if (file != NULL) {
            engine_describe(step, text, sizeof(text));
            if (as_file)
                fprintf(file, "%s %u %u ; %s\n", kind_names[step.kind], step.processor,
                        step.value, text);
        }
        if (!engine_take(step))
            return i;
        if (file != NULL && !as_file)
            fprintf(file, "%5zu  cpu%-3u %s\n", i, step.processor, text);
        if (engine.failed != NULL)
            return i + 1;
    }
    if (execution->property[0] != '\0')
        replay_end();
    return execution->length;
}

size_t replay_play(const struct execution *execution, FILE *file)
{
    return play(execution, file, false);
}

bool replay_write(const struct execution *execution, const char *name)
{
    FILE *file = fopen(name, "w");

    if (file == NULL)
        return false;
    fprintf(file, "%s\n", HEAD);
    scenario_print(&execution->scenario, file);
    if (execution->property[0] != '\0')
        fprintf(file, "property %s\n", execution->property);
    fprintf(file, "steps %zu\n", execution->length);
    play(execution, file, true);
    fprintf(file, "end\n");
    return fclose(file) == 0;
}
