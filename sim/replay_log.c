/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An execution as an SMI log: the format that smistat prints and `muster trace` draws, with the
 * number of the step in the place of time, and with the shared words after each step.
 *
 * A record is taken over as the core writes it to its ring. The simulated clock stands still, so
 * its times are put in from what was seen: when the processor entered, when the round closed and
 * ended. Who is still in SMM at the end has written none; it gets one that says so.
 */
#include <sim/replay.h>

#include <stdlib.h>
#include <string.h>

#include <core/presence.h>
#include <core/round.h>
#include <sim/cli.h>
#include <sim/machine_state.h>

/* Rounds whose times are remembered; a processor meets none that is older. */
#define ROUNDS 64u

struct watched {
    unsigned long long entered; /* step at which it entered SMM, or met its next round */
    uint64_t sequence;          /* of the record last taken over */
    bool inside;
};

struct watch {
    FILE *file;
    unsigned long long step; /* from 1 */
    uint64_t round;          /* the round word as last seen */
    unsigned long long closed[ROUNDS], ended[ROUNDS];
    struct watched *cpus;
    const char *comma;
};

/* ---- words ---- */

static void json_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc((unsigned char)*text < 0x20 ? ' ' : *text, file);
    }
    fputc('"', file);
}

static void word_print(FILE *file, const char *comma, const char *name, const char *value)
{
    fputs(comma, file);
    json_text(file, name);
    fputc(':', file);
    json_text(file, value);
}

static void mark_text(uint64_t mark, char *text, size_t size)
{
    const char *place = mark & MARK_IN_SMM   ? "IN_SMM"
                        : mark & MARK_ACTIVE ? "ACTIVE"
                                             : "INACTIVE";

    snprintf(text, size, "round %llu %s%s%s", (unsigned long long)(mark >> MARK_ROUND_SHIFT),
             place, mark & MARK_REQUEST ? " REQUEST" : "", mark & MARK_OWES ? " OWES" : "");
}

static void round_text(uint64_t word, char *text, size_t size)
{
    static const char *const phases[] = {"REST", "OPEN", "CLOSED", "BROKEN"};

    snprintf(text, size, "%llu %s", (unsigned long long)(word >> 2), phases[word & 3]);
}

static void buffer_text(const struct processor *processor, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < processor->stores && used < size; i++) {
        char name[64] = "?";

        machine_name_word(processor->buffer[i].word, name, sizeof(name));
        used += (size_t)snprintf(text + used, size - used, "%s%s = %#llx", i ? ", " : "", name,
                                 (unsigned long long)processor->buffer[i].value);
    }
}

static void words_print(FILE *file)
{
    char name[64], text[512];

    fputc('{', file);
    round_text(machine.runtime->round.value, text, sizeof(text));
    word_print(file, "", "round", text);
    snprintf(text, sizeof(text), "%llu", (unsigned long long)machine.runtime->release.value);
    word_print(file, ",", "release", text);
    for (unsigned i = 0; i < engine.processors; i++) {
        snprintf(name, sizeof(name), "mark of cpu%u", i);
        mark_text(machine.processors[i].mark.value, text, sizeof(text));
        word_print(file, ",", name, text);
        snprintf(name, sizeof(name), "request of cpu%u", i);
        snprintf(text, sizeof(text), "%llu",
                 (unsigned long long)machine.processors[i].request.value);
        word_print(file, ",", name, text);
        snprintf(name, sizeof(name), "buffer of cpu%u", i);
        buffer_text(&engine_processors[i], text, sizeof(text));
        word_print(file, ",", name, text);
    }
    fputc('}', file);
}

static void step_print(struct watch *watch, unsigned processor, const char *what)
{
    fprintf(watch->file, "%s\n{\"tick\":%llu,\"processor\":%u,\"what\":", watch->comma,
            watch->step, processor);
    json_text(watch->file, what);
    fputs(",\"words\":", watch->file);
    words_print(watch->file);
    fputc('}', watch->file);
    watch->comma = ",";
}

/* ---- records ---- */

static void record_print(const struct watch *watch, FILE *file, const char *comma,
                         const struct muster_record *record, unsigned long long entered,
                         unsigned long long released)
{
    unsigned long long closed = watch->closed[record->round % ROUNDS];
    unsigned long long ended = watch->ended[record->round % ROUNDS];

    fprintf(file,
            "%s\n{\"processor\":%u,\"round\":%u,\"flags\":%u,\"monarch\":%u,"
            "\"entered\":%llu,\"released\":%llu",
            comma, record->processor, record->round, record->flags, record->monarch, entered,
            released);
    if (record->flags & MUSTER_RECORD_MONARCH) {
        if (closed < entered)
            closed = 0;
        if (ended < entered || ended < closed || ended > released)
            ended = 0;
        fprintf(file,
                ",\"cause\":%u,\"command\":%u,\"status\":%u,\"came\":%u,\"answered\":%u,"
                "\"gathered\":%llu,\"handled\":%llu,\"lost\":[",
                record->cause, record->command, record->status, record->came, record->answered,
                closed, ended);
        comma = "";
        for (unsigned i = 0; i < engine.processors; i++) {
            if (!(record->flags & MUSTER_RECORD_DEADLINE) ||
                (record->lost[i / 64] >> i % 64 & 1) == 0)
                continue;
            fprintf(file, "%s%u", comma, i);
            comma = ",";
        }
        fputs("],\"directed\":[]", file);
    }
    fputc('}', file);
}

/* The record that a processor has yet to write. */
static struct muster_record record_unwritten(unsigned processor)
{
    bool leads = machine.hub->leader == processor + 1;

    return (struct muster_record){
        .round = (uint32_t)(machine.runtime->round.value >> 2),
        .processor = (uint16_t)processor,
        .flags = leads ? MUSTER_RECORD_MONARCH : 0,
    };
}

static void round_watch(struct watch *watch)
{
    uint64_t round = machine.runtime->round.value;
    unsigned place = (unsigned)(round >> 2) % ROUNDS;

    if (round == watch->round)
        return;
    watch->round = round;
    if ((round & 3) == ROUND_OPEN)
        watch->closed[place] = watch->ended[place] = 0;
    else if ((round & 3) == ROUND_CLOSED)
        watch->closed[place] = watch->step;
    else
        watch->ended[place] = watch->step;
}

static void cpu_watch(struct watch *watch, FILE *records, const char **comma, unsigned i)
{
    struct watched *cpu = &watch->cpus[i];
    const struct muster_record *record = &machine.rings[i];
    bool inside = machine.cpus[i].place == PLACE_SMM;

    if (inside && !cpu->inside)
        cpu->entered = watch->step;
    cpu->inside = inside;
    if (record->sequence == 0 || record->sequence == cpu->sequence)
        return;
    cpu->sequence = record->sequence;
    record_print(watch, records, *comma, record, cpu->entered, watch->step);
    *comma = ",";
    cpu->entered = watch->step;
}

static void end_print(struct watch *watch, FILE *records, const char *comma)
{
    for (unsigned i = 0; i < engine.processors; i++) {
        struct muster_record record = record_unwritten(i);

        if (!watch->cpus[i].inside || watch->cpus[i].entered == watch->step)
            continue;
        record_print(watch, records, comma, &record, watch->cpus[i].entered, watch->step);
        comma = ",";
    }
}

/* ---- the whole ---- */

static void steps_play(struct watch *watch, const struct execution *execution, FILE *records)
{
    const char *comma = "";
    char text[640];

    for (size_t i = 0; i < execution->length && engine.failed == NULL; i++) {
        struct transition step = execution->steps[i];

        if (step.kind >= T_KINDS || step.processor >= engine.processors)
            break;
        engine_describe(step, text, sizeof(text));
        if (!engine_take(step))
            break;
        watch->step = i + 1;
        round_watch(watch);
        for (unsigned k = 0; k < engine.processors; k++)
            cpu_watch(watch, records, &comma, k);
        step_print(watch, step.processor, text);
    }
    watch->step++;
    if (engine.failed != NULL) {
        snprintf(text, sizeof(text), "FAILED: %s: %s", engine.failed, engine.failure);
        step_print(watch, execution->steps[watch->step - 2].processor, text);
    }
    end_print(watch, records, comma);
}

bool replay_log(const struct execution *execution, FILE *file)
{
    struct watch watch = {.file = file, .comma = ""};
    char *records = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&records, &size);

    machine_setup(&execution->scenario);
    watch.cpus = calloc(engine.processors, sizeof(*watch.cpus));
    if (memory == NULL || watch.cpus == NULL) {
        free(watch.cpus);
        return false;
    }
    fprintf(file,
            "{\"format\":\"muster-log\",\"format_version\":1,\"source\":\"muster-sim\","
            "\"ticks_per_second\":0,\"processors_known\":%u,\"steps\":[",
            engine.processors);
    steps_play(&watch, execution, memory);
    fclose(memory);
    fprintf(file, "],\n\"records\":[%s]}\n", records);
    free(records);
    free(watch.cpus);
    return fflush(file) == 0;
}
