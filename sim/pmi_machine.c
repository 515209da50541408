/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine of the PMI's flavour, and its properties:
 *
 *   quiescence       while a processor handles, every other one is in the PMI handler
 *   local-spin       ... where it does nothing but wait on the scratch register of its own node
 *   one-monarch      one processor handles at a time
 *   exactly-once     after every event a handler runs on the processor that had it
 *   everyone-leaves  no processor stays in the handler
 */
#include <stdio.h>

#include <sim/arena.h>
#include <sim/machine_state.h>
#include <sim/plain.h>
#include <sim/pmi.h>

enum pmi_call { PMI_CALL_SEND, PMI_CALL_BEGIN, PMI_CALL_END };

struct pmi_cpu {
    bool inside;         /* in the handler: PMIs are masked */
    uint8_t pending;     /* the vectors of the pending PMI, a bit each; 0: there is none */
    uint8_t events_left; /* the pin is still to be raised so often */
    uint8_t unhandled;   /* events that no handler has begun after */
};

/* In the arena. */
static struct {
    struct pmi_cpu *cpus;
    uint64_t *handling; /* 1 + the processor that handles, 0: none */
    unsigned node_size;
} platform;

struct pmi pmi;

unsigned pmi_node(unsigned processor)
{
    return processor / platform.node_size;
}

/* ---- Properties ---- */

static bool spins_on_its_node(unsigned processor)
{
    const struct op *op = &engine_processors[processor].op;

    return op->kind == OP_WAIT_REACHED &&
           op->word == &pmi.scratch[pmi_node(processor)].word.value &&
           engine_processors[processor].stores == 0;
}

static void check_others(unsigned handler)
{
    for (unsigned i = 0; i < engine.processors; i++) {
        if (i == handler)
            continue;
        if (!platform.cpus[i].inside)
            engine_fail("quiescence", "processor %u is outside while processor %u handles", i,
                        handler);
        else if (!spins_on_its_node(i))
            engine_fail("local-spin",
                        "processor %u is not yet at rest while processor %u handles", i,
                        handler);
    }
}

/* An access to a shared word takes effect. */
static void check_access(unsigned processor, const uint64_t *word, bool write, bool locked)
{
    (void)word;
    (void)write;
    (void)locked;
    if (*platform.handling != 0 && *platform.handling != processor + 1)
        engine_fail("local-spin", "processor %u accesses memory while processor %u handles",
                    processor, (unsigned)*platform.handling - 1);
}

static void handling_begins(unsigned processor)
{
    if (*platform.handling != 0)
        engine_fail("one-monarch", "processor %u handles while processor %u does", processor,
                    (unsigned)*platform.handling - 1);
    *platform.handling = processor + 1;
    platform.cpus[processor].unhandled = 0;
    check_others(processor);
}

/* Who spins waits for a number to be reached. */
static void check_round(unsigned processor, const uint64_t *word, uint64_t old)
{
    const struct pmi_line *line = (const struct pmi_line *)(const void *)word;

    if (line >= pmi.scratch && line < pmi.scratch + pmi.nodes && *word < old)
        engine_fail("one-monarch", "processor %u takes the scratch register of node %u back",
                    processor, (unsigned)(line - pmi.scratch));
}

static void check_no_event_is_left(void)
{
    for (unsigned i = 0; i < engine.processors; i++) {
        if (platform.cpus[i].inside)
            engine_fail("everyone-leaves", "processor %u is in the PMI handler for ever", i);
        if (platform.cpus[i].unhandled != 0)
            engine_fail("exactly-once", "an event of processor %u is never handled", i);
    }
}

/* ---- Events ---- */

static unsigned events(unsigned processor, struct transition *list)
{
    const struct pmi_cpu *cpu = &platform.cpus[processor];
    unsigned count = 0;

    if (cpu->pending != 0 && !cpu->inside)
        list[count++] = (struct transition){T_ENTER, 0, (uint16_t)processor};
    if (cpu->events_left != 0)
        list[count++] = (struct transition){T_EVENT, EVENT_PIN, (uint16_t)processor};
    return count;
}

static void latch(unsigned processor, unsigned vector)
{
    platform.cpus[processor].pending |= (uint8_t)(1u << vector);
}

/* The lowest vector of the pending PMI. */
static unsigned vector_shown(const struct pmi_cpu *cpu)
{
    return cpu->pending & 1u << PMI_VECTOR_PIN ? PMI_VECTOR_PIN : PMI_VECTOR_RENDEZVOUS;
}

static void run(void *vector)
{
    pmi_handle(engine.running, (unsigned)(uintptr_t)vector);
}

static void enter(unsigned processor)
{
    struct pmi_cpu *cpu = &platform.cpus[processor];
    unsigned vector = vector_shown(cpu);

    cpu->pending = 0;
    cpu->inside = true;
    engine_start(processor, run, (void *)(uintptr_t)vector);
}

static void perform(struct transition transition)
{
    struct pmi_cpu *cpu = &platform.cpus[transition.processor];

    if (transition.kind == T_ENTER) {
        enter(transition.processor);
        return;
    }
    cpu->events_left--;
    cpu->unhandled++;
    latch(transition.processor, PMI_VECTOR_PIN);
}

static void returned(unsigned processor)
{
    platform.cpus[processor].inside = false;
}

/* ---- What the handler asks of the machine ---- */

static void call(enum pmi_call code, uint64_t a, uint64_t b)
{
    engine_operation((struct op){.kind = OP_CALL, .code = (uint16_t)code, .a = a, .b = b});
}

void pmi_send(unsigned processor, unsigned vector)
{
    call(PMI_CALL_SEND, processor, vector);
}

void pmi_event_handle(unsigned self)
{
    call(PMI_CALL_BEGIN, self, 0);
    call(PMI_CALL_END, self, 0);
}

static uint64_t answer(unsigned processor, const struct op *op)
{
    if (op->code == PMI_CALL_SEND)
        latch((unsigned)op->a, (unsigned)op->b);
    else if (op->code == PMI_CALL_BEGIN)
        handling_begins(processor);
    else
        *platform.handling = 0;
    return 0;
}

/* ---- For people ---- */

static void name_word(const uint64_t *word, char *text, size_t size)
{
    const struct pmi_line *line = (const struct pmi_line *)(const void *)word;

    if (line == pmi.lock)
        snprintf(text, size, "PMI lock");
    else if (line >= pmi.scratch && line < pmi.scratch + pmi.nodes)
        snprintf(text, size, "scratch register of node %u", (unsigned)(line - pmi.scratch));
    else
        snprintf(text, size, "rendezvous in progress of cpu%u",
                 (unsigned)(line - pmi.rendezvous));
}

static void name_event(struct transition transition, char *text, size_t size)
{
    if (transition.kind == T_ENTER)
        snprintf(text, size, "takes its PMI, vector %u",
                 vector_shown(&platform.cpus[transition.processor]));
    else
        snprintf(text, size, "an event: its PMI pin is raised");
}

static void name_call(const struct op *op, char *text, size_t size)
{
    if (op->code == PMI_CALL_SEND)
        snprintf(text, size, "sends PMI vector %u to cpu%u", (unsigned)op->b, (unsigned)op->a);
    else
        snprintf(text, size, "handler %s", op->code == PMI_CALL_BEGIN ? "begins" : "ends");
}

/* ---- Set-up ---- */

static struct pmi_line *lines(unsigned count)
{
    return arena_allocate(ARENA_STATE, count * sizeof(struct pmi_line));
}

void pmi_setup(const struct scenario *scenario)
{
    static const struct model model = {
        .name = "pmi",
        .events = events,
        .perform = perform,
        .call = answer,
        .changed = check_round,
        .returned = returned,
        .ended = check_no_event_is_left,
        .name_word = name_word,
        .name_event = name_event,
        .name_call = name_call,
    };
    unsigned count = scenario->processors;

    engine_reset(&model, count, scenario->sequential,
                 (size_t)count * (2 * sizeof(struct pmi_line) + sizeof(struct pmi_cpu)));
    plain_reset();
    engine.eager = !scenario->patient;
    engine.observer = check_access;
    platform.node_size = scenario->node_size == 0 ? count : scenario->node_size;
    platform.cpus = arena_allocate(ARENA_STATE, count * sizeof(*platform.cpus));
    platform.handling = arena_allocate(ARENA_STATE, sizeof(*platform.handling));
    for (unsigned i = 0; i < count; i++)
        platform.cpus[i].events_left = scenario_count(scenario->requests, i);
    pmi.processors = count;
    pmi.nodes = pmi_node(count - 1) + 1;
    pmi.lock = lines(1);
    pmi.scratch = lines(pmi.nodes);
    pmi.rendezvous = lines(count);
}
