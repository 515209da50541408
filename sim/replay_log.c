/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An execution as an SMI log: what smistat makes and `muster trace` draws, with the number of the
 * step in the place of time, and with the shared words after each step.
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
#include <sim/machine_state.h>
#include <tools/muster/trace.h>

/* Rounds whose times are remembered; a processor meets none that is older. */
#define ROUNDS 64u

struct watched {
    unsigned long long entered; /* step at which it entered SMM, or met its next round */
    uint64_t sequence;          /* of the record last taken over */
    bool inside;
};

struct watch {
    struct log *log;
    bool good;               /* nothing is missing in it */
    unsigned long long step; /* from 1 */
    uint64_t round;          /* the round word as last seen */
    unsigned long long closed[ROUNDS], ended[ROUNDS];
    struct watched *cpus;
};

/* Room for one more, or NULL. */
static void *list_grow(struct watch *watch, void **list, size_t *count, size_t size)
{
    bool full = (*count & (*count - 1)) == 0; /* the room is a power of two */
    void *grown = full ? realloc(*list, (*count ? 2 * *count : 1) * size) : *list;

    if (grown == NULL) {
        watch->good = false;
        return NULL;
    }
    *list = grown;
    return (char *)grown + (*count)++ * size;
}

/* ---- words ---- */

static void word_print(FILE *file, const char *comma, const char *name, const char *value)
{
    fputs(comma, file);
    text_json(file, name);
    fputc(':', file);
    text_json(file, value);
}

static void mark_text(uint64_t mark, char *text, size_t size)
{
    const char *place = mark & MARK_IN_SMM   ? "IN_SMM"
                        : mark & MARK_ACTIVE ? "ACTIVE"
                                             : "INACTIVE";

    snprintf(text, size, "round %llu %s%s%s%s", (unsigned long long)round_number(mark), place,
             mark & MARK_REQUEST ? " REQUEST" : "", mark & MARK_OWES ? " OWES" : "",
             mark & MARK_BLOCK_MISSED   ? " MISSED"
             : mark & MARK_BLOCK_LOOKED ? " LOOKED"
                                        : "");
}

static void round_text(uint64_t word, char *text, size_t size)
{
    static const char *const phases[] = {"REST", "OPEN", "CLOSED", "BROKEN"};

    snprintf(text, size, "%llu %s", (unsigned long long)round_number(word),
             phases[round_phase(word)]);
}

static void buffer_text(const struct processor *processor, char *text, size_t size)
{
    size_t used = 0;

    snprintf(text, size, "empty");
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

static void step_add(struct watch *watch, unsigned processor, const char *what)
{
    struct log_step *step =
        list_grow(watch, (void **)&watch->log->steps, &watch->log->steps_count, sizeof(*step));
    char *words = NULL;
    size_t size;
    FILE *file;

    if (step == NULL)
        return;
    *step = (struct log_step){.tick = watch->step, .processor = (uint16_t)processor};
    file = open_memstream(&words, &size);
    if (file != NULL) {
        words_print(file);
        fclose(file);
    }
    step->what = strdup(what);
    step->words = words;
    watch->good = watch->good && step->what != NULL && words != NULL;
}

/* ---- records ---- */

static void record_add(struct watch *watch, struct muster_record record,
                       unsigned long long entered)
{
    unsigned long long closed = watch->closed[record.round % ROUNDS];
    unsigned long long ended = watch->ended[record.round % ROUNDS];
    struct muster_record *place = list_grow(watch, (void **)&watch->log->records,
                                            &watch->log->records_count, sizeof(*place));

    if (place == NULL)
        return;
    record.entered = entered;
    record.released = watch->step;
    record.gathered = record.handled = 0;
    if (record.flags & MUSTER_RECORD_MONARCH) {
        record.gathered = closed < entered ? 0 : closed;
        record.handled = ended < entered || ended < closed ? 0 : ended;
    }
    if (!(record.flags & MUSTER_RECORD_DEADLINE))
        memset(record.lost, 0, sizeof(record.lost));
    memset(record.directed, 0, sizeof(record.directed));
    *place = record;
}

/* The record that a processor has yet to write. */
static struct muster_record record_unwritten(unsigned processor)
{
    bool leads = machine.hub->leader == processor + 1;

    return (struct muster_record){
        .round = (uint32_t)round_number(machine.runtime->round.value),
        .processor = (uint16_t)processor,
        .flags = leads ? MUSTER_RECORD_MONARCH : 0,
    };
}

static void round_watch(struct watch *watch)
{
    uint64_t round = machine.runtime->round.value;
    unsigned place = (unsigned)round_number(round) % ROUNDS;

    if (round == watch->round)
        return;
    watch->round = round;
    if (round_phase(round) == ROUND_OPEN)
        watch->closed[place] = watch->ended[place] = 0;
    else if (round_phase(round) == ROUND_CLOSED)
        watch->closed[place] = watch->step;
    else
        watch->ended[place] = watch->step;
}

static void cpu_watch(struct watch *watch, unsigned i)
{
    struct watched *cpu = &watch->cpus[i];
    const struct muster_record *record = &machine.records[i];
    bool inside = machine.cpus[i].place == PLACE_SMM;

    if (inside && !cpu->inside)
        cpu->entered = watch->step;
    cpu->inside = inside;
    if (record->sequence == 0 || record->sequence == cpu->sequence)
        return;
    cpu->sequence = record->sequence;
    record_add(watch, *record, cpu->entered);
    cpu->entered = watch->step;
}

static void end_watch(struct watch *watch)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (watch->cpus[i].inside && watch->cpus[i].entered != watch->step)
            record_add(watch, record_unwritten(i), watch->cpus[i].entered);
}

/* ---- the whole ---- */

static void steps_play(struct watch *watch, const struct execution *execution)
{
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
            cpu_watch(watch, k);
        step_add(watch, step.processor, text);
    }
    watch->step++;
    if (engine.failed != NULL) {
        snprintf(text, sizeof(text), "FAILED: %s: %s", engine.failed, engine.failure);
        step_add(watch, execution->steps[watch->step - 2].processor, text);
    }
    end_watch(watch);
}

bool replay_log(const struct execution *execution, struct log *log)
{
    struct watch watch = {.log = log, .good = true};

    machine_setup(&execution->scenario);
    *log = (struct log){.source = "muster-sim", .processors = engine.processors};
    watch.cpus = calloc(engine.processors, sizeof(*watch.cpus));
    if (watch.cpus == NULL)
        return false;
    steps_play(&watch, execution);
    free(watch.cpus);
    return watch.good;
}
