/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine of the traditional and the relaxed mode, and its properties:
 *
 *   quiescence       traditional: while the handler runs, every other processor is in SMM until its end
 *   one-monarch      the handler runs on the boot processor
 *   directed         SMIs are sent as in (1a) and (2), in (1b) and with the broadcast not at all
 *   exactly-once     a processor leaves SMM with its cause handled; no cause is left
 *   everyone-leaves  no processor stays in SMM
 */
#include <stdio.h>

#include <sim/arena.h>
#include <sim/machine_state.h>
#include <sim/modes.h>
#include <sim/plain.h>

/* How far the cause is that a processor has triggered. */
enum modes_cause { CAUSE_NONE, CAUSE_RAISED, CAUSE_TAKEN };

struct modes_cpu {
    bool smi;
    bool inside;
    uint8_t cause;
    uint8_t bytes_left;
};

/* In the arena. */
static struct {
    struct modes_cpu *cpus;
    bool *fresh; /* the command byte has not been taken */
} platform;

struct modes modes;

/* ---- Properties ---- */

static void check_handling(void)
{
    for (unsigned i = 1; i < engine.processors && !modes.relaxed; i++)
        if (!platform.cpus[i].inside || modes.until[i].word.value <= modes.round->word.value)
            engine_fail("quiescence", "processor %u is not held while the handler runs", i);
}

static void check_send(unsigned from, unsigned to)
{
    bool to_boot = from != MODES_BOOT_PROCESSOR && to == MODES_BOOT_PROCESSOR;
    bool to_others = from == MODES_BOOT_PROCESSOR && to != from && !modes.relaxed;

    if (modes.broadcast || !(to_boot || to_others))
        engine_fail("directed", "processor %u sends an SMI to processor %u", from, to);
}

static void check_final(void)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (platform.cpus[i].inside)
            engine_fail("everyone-leaves", "processor %u is in SMM for ever", i);
    if (*platform.fresh)
        engine_fail("exactly-once", "a command byte is left that nobody takes");
}

/* ---- Events ---- */

static unsigned events(unsigned processor, struct transition *list)
{
    const struct modes_cpu *cpu = &platform.cpus[processor];

    if (cpu->inside)
        return 0;
    if (cpu->smi)
        *list = (struct transition){T_ENTER, 0, (uint16_t)processor};
    else
        *list = (struct transition){T_EVENT, EVENT_BYTE, (uint16_t)processor};
    return cpu->smi || cpu->bytes_left != 0;
}

static void run(void *unused)
{
    (void)unused;
    modes_smi(engine.running);
}

static void trigger(unsigned processor)
{
    platform.cpus[processor].bytes_left--;
    platform.cpus[processor].cause = CAUSE_RAISED;
    *platform.fresh = true;
    for (unsigned i = 0; i < engine.processors; i++)
        platform.cpus[i].smi |= modes.broadcast || i == processor;
}

static void perform(struct transition transition)
{
    struct modes_cpu *cpu = &platform.cpus[transition.processor];

    if (transition.kind != T_ENTER) {
        trigger(transition.processor);
        return;
    }
    cpu->smi = false;
    cpu->inside = true;
    engine_start(transition.processor, run, NULL);
}

static void returned(unsigned processor)
{
    platform.cpus[processor].inside = false;
    if (platform.cpus[processor].cause != CAUSE_NONE)
        engine_fail("exactly-once", "processor %u leaves before its cause is handled",
                    processor);
}

/* ---- What the protocol asks of the machine ---- */

static uint64_t call(enum modes_call code, uint64_t a)
{
    return engine_operation((struct op){.kind = OP_CALL, .code = (uint16_t)code, .a = a});
}

void modes_send(unsigned processor)
{
    call(MODES_CALL_SEND, processor);
}

bool modes_cause_look(void)
{
    return call(MODES_CALL_LOOK, 0) != 0;
}

void modes_handle(void)
{
    call(MODES_CALL_BEGIN, 0);
    call(MODES_CALL_END, 0);
}

/* Bytes that were written before one was taken are one cause. */
static void causes_move(enum modes_cause from, enum modes_cause to)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (platform.cpus[i].cause == from)
            platform.cpus[i].cause = (uint8_t)to;
}

static void handling_begins(unsigned processor)
{
    if (processor != MODES_BOOT_PROCESSOR)
        engine_fail("one-monarch", "the handler runs on processor %u", processor);
    *platform.fresh = false;
    causes_move(CAUSE_RAISED, CAUSE_TAKEN);
    check_handling();
}

static uint64_t answer(unsigned processor, const struct op *op)
{
    switch ((enum modes_call)op->code) {
    case MODES_CALL_SEND:
        check_send(processor, (unsigned)op->a);
        platform.cpus[op->a].smi = true;
        return 0;
    case MODES_CALL_LOOK:
        return *platform.fresh;
    case MODES_CALL_BEGIN:
        handling_begins(processor);
        return 0;
    default:
        causes_move(CAUSE_TAKEN, CAUSE_NONE);
        return 0;
    }
}

/* ---- For people ---- */

static void name_word(const uint64_t *word, char *text, size_t size)
{
    const struct modes_line *line = (const struct modes_line *)(const void *)word;

    if (line == modes.round)
        snprintf(text, size, "round");
    else
        snprintf(text, size, "until of cpu%u", (unsigned)(line - modes.until));
}

static void name_event(struct transition transition, char *text, size_t size)
{
    if (transition.kind == T_ENTER)
        snprintf(text, size, "takes its SMI: enters SMM");
    else
        snprintf(text, size, "the OS writes a command byte");
}

static void name_call(const struct op *op, char *text, size_t size)
{
    static const char *const meaning[] = {"sends an SMI to cpu", "looks for causes",
                                          "handler begins", "handler ends"};

    if (op->code == MODES_CALL_SEND)
        snprintf(text, size, "%s%u", meaning[op->code], (unsigned)op->a);
    else
        snprintf(text, size, "%s", meaning[op->code]);
}

/* ---- Set-up ---- */

static struct modes_line *lines(unsigned count)
{
    return arena_allocate(ARENA_STATE, count * sizeof(struct modes_line));
}

void modes_setup(const struct scenario *scenario)
{
    static const struct model model = {
        .name = "modes",
        .events = events,
        .perform = perform,
        .call = answer,
        .returned = returned,
        .ended = check_final,
        .name_word = name_word,
        .name_event = name_event,
        .name_call = name_call,
    };
    unsigned count = scenario->processors;
    struct features features;

    engine_reset(&model, count, scenario->sequential,
                 (size_t)count * (sizeof(struct modes_line) + sizeof(struct modes_cpu)));
    plain_reset();
    engine.eager = !scenario->patient;
    platform.cpus = arena_allocate(ARENA_STATE, count * sizeof(*platform.cpus));
    platform.fresh = arena_allocate(ARENA_STATE, sizeof(*platform.fresh));
    for (unsigned i = 0; i < count; i++)
        platform.cpus[i].bytes_left = scenario_count(scenario->requests, i);
    modes.processors = count;
    modes.relaxed = scenario->protocol == PROTOCOL_RELAXED;
    features_reset(&features, scenario->refuse ? 0 : FEATURE_BROADCAST);
    modes.broadcast = features_negotiate(&features, scenario->broadcast);
    modes.round = lines(1);
    modes.until = lines(count);
}
