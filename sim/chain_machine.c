/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine of relocation at start-up, and its properties:
 *
 *   default-smram    nobody comes to the default SMBASE while another one is there
 *   save-states      RSM finds the save state of its own processor
 *   own-smbase       RSM moves a processor to the SMBASE that was planned for it, once
 *   relocated        in the end a processor is at its own SMBASE or has been reported; none is reported
 *                    or tried twice where nothing went wrong
 *   everyone-leaves  nobody stays in the default handler, and the boot processor's code ends
 *
 * SMIs to a processor that has moved are taken at its own SMBASE and do nothing here.
 */
#include <stdio.h>
#include <string.h>

#include <core/save_state.h>
#include <sim/arena.h>
#include <sim/chain.h>
#include <sim/machine_state.h>
#include <sim/plain.h>

#define SAVE_AREA_SIZE 0x200u /* AMD64's: the layout makes no difference to the hand-on */

enum chain_call { CHAIN_IN, CHAIN_OUT, CHAIN_SMI, CHAIN_SIPI, CHAIN_INIT, CHAIN_REPORT };

enum chain_place {
    CHAIN_WAITS, /* for a SIPI */
    CHAIN_WOKEN, /* by one, at the page of the default handler, with an SMI to take first */
    CHAIN_BOOTS, /* the boot processor, before its own move */
    CHAIN_MOVES, /* in the default handler */
    CHAIN_RUNS,  /* the firmware's code */
    CHAIN_PARKS,
    CHAIN_LOST, /* it has executed what is no code of its own, or was shut down */
};

struct chain_cpu {
    uint8_t place;
    uint8_t interrupted;
    bool smi;
    bool init; /* held while in SMM */
    bool moved;
    bool stopped;
    bool reported;
};

/* In the arena. */
static struct {
    struct chain_cpu *cpus;
    struct muster_processor *view; /* of the default SMRAM: its save state only */
    uint16_t *events_left;
    uint16_t *expiries_left;
    uint8_t *left;
    bool *harmed;
    const struct scenario *scenario;
} platform;

struct chain chain;

/* ---- Events ---- */

static bool takes_smi(const struct chain_cpu *cpu)
{
    if (!cpu->smi || cpu->stopped)
        return false;
    return cpu->place == CHAIN_WOKEN || cpu->place == CHAIN_BOOTS ||
           (cpu->place == CHAIN_WAITS && platform.scenario->variant == VARIANT_QEMU);
}

static bool event_possible(unsigned processor, enum machine_event event)
{
    const struct chain_cpu *cpu = &platform.cpus[processor];

    if (processor == 0 || cpu->stopped || platform.left[event] == 0)
        return false;
    if (event == EVENT_SPURIOUS)
        return cpu->place == CHAIN_WAITS && !cpu->smi && !cpu->moved;
    return event == EVENT_STOP;
}

static unsigned events(unsigned processor, struct transition *list)
{
    unsigned count = 0;

    if (takes_smi(&platform.cpus[processor]))
        list[count++] = (struct transition){T_ENTER, 0, (uint16_t)processor};
    for (unsigned event = 0; *platform.events_left != 0 && event < MACHINE_EVENTS; event++)
        if (event_possible(processor, (enum machine_event)event))
            list[count++] = (struct transition){T_EVENT, (uint8_t)event, (uint16_t)processor};
    return count;
}

static bool is_optional(struct transition transition)
{
    return transition.kind == T_EVENT;
}

static void stop_processor(unsigned processor)
{
    platform.cpus[processor].stopped = true;
    engine_processors[processor].frozen = 1;
    *platform.harmed = true;
}

/* ---- SMM entry and RSM ---- */

static void check_alone(unsigned processor)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (i != processor && platform.cpus[i].place == CHAIN_MOVES &&
            !platform.cpus[i].stopped)
            engine_fail("default-smram",
                        "processor %u comes to the default SMBASE while processor %u is there",
                        processor, i);
}

static void handler(void *unused)
{
    (void)unused;
    engine_operation((struct op){.kind = OP_CALL, .code = CHAIN_IN});
    muster_relocate(&chain.work->relocation);
    engine_operation((struct op){.kind = OP_CALL, .code = CHAIN_OUT});
}

static void enter(unsigned processor)
{
    struct chain_cpu *cpu = &platform.cpus[processor];

    check_alone(processor);
    save_state_write32(platform.view, SAVE_STATE_REVISION_FIELD, REVISION_AMD64);
    save_state_write32(platform.view, SAVE_STATE_SMBASE, 0x30000);
    save_state_write64(platform.view, SAVE_STATE_RIP, 0);
    save_state_write64(platform.view, SAVE_STATE_RAX, processor);
    cpu->interrupted = cpu->place;
    cpu->place = CHAIN_MOVES;
    cpu->smi = false;
    engine_start(processor, handler, NULL);
}

static void perform(struct transition transition)
{
    if (transition.kind == T_ENTER) {
        enter(transition.processor);
        return;
    }
    platform.left[transition.value]--;
    --*platform.events_left;
    if (transition.value == EVENT_STOP)
        stop_processor(transition.processor);
    else
        platform.cpus[transition.processor].smi = true;
}

static void check_rsm(unsigned processor)
{
    uint32_t smbase = save_state_read32(platform.view, SAVE_STATE_SMBASE);

    if (save_state_read64(platform.view, SAVE_STATE_RAX) != processor)
        engine_fail("save-states", "RSM on processor %u finds the save state of processor %u",
                    processor, (unsigned)save_state_read64(platform.view, SAVE_STATE_RAX));
    else if (smbase != chain_smbase(processor))
        engine_fail("own-smbase", "processor %u moves to %#x instead of %#x", processor, smbase,
                    chain_smbase(processor));
}

static void run_chain(void *unused)
{
    (void)unused;
    if (engine.running == 0)
        chain_run();
    else
        chain_hand_on();
}

/* RSM: goes on in the firmware's code, or where it was, if that is any. */
static void leave(unsigned processor)
{
    struct chain_cpu *cpu = &platform.cpus[processor];
    bool goes_on = save_state_read64(platform.view, SAVE_STATE_RIP) == CHAIN_CONTINUATION;

    check_rsm(processor);
    cpu->moved = true;
    cpu->smi = false; /* for its own SMRAM */
    if (cpu->init) {
        cpu->init = false;
        cpu->place = CHAIN_WAITS;
    } else if (goes_on || cpu->interrupted == CHAIN_BOOTS) {
        cpu->place = CHAIN_RUNS;
        engine_start(processor, run_chain, NULL);
    } else {
        cpu->place = cpu->interrupted == CHAIN_WAITS ? CHAIN_WAITS : CHAIN_LOST;
    }
}

static void returned(unsigned processor)
{
    if (platform.cpus[processor].place == CHAIN_MOVES)
        leave(processor);
    else
        platform.cpus[processor].place = CHAIN_PARKS;
}

/* ---- What is sent ---- */

static void smi_arrives(struct chain_cpu *cpu)
{
    if (!cpu->moved)
        cpu->smi = true;
}

/* With nothing to take first, it executes the default handler's page as if that were its start-up. */
static void sipi_arrives(unsigned processor)
{
    struct chain_cpu *cpu = &platform.cpus[processor];

    if (cpu->place == CHAIN_WAITS)
        cpu->place = cpu->smi ? CHAIN_WOKEN : CHAIN_LOST;
    if (platform.scenario->variant != VARIANT_QEMU ||
        (cpu->place != CHAIN_RUNS && cpu->place != CHAIN_PARKS))
        return;
    /* It comes in protected mode. */
    if (engine_runs(processor))
        engine_kill(processor);
    cpu->place = CHAIN_LOST;
}

/* The emulators throw away an SMI that it meets, and let it into SMM. */
static void init_arrives(unsigned processor)
{
    struct chain_cpu *cpu = &platform.cpus[processor];
    bool manual = platform.scenario->variant == VARIANT_MANUAL;

    if (!*platform.harmed)
        engine_fail("relocated", "processor %u is taken back, though nothing went wrong",
                    processor);
    if (cpu->place == CHAIN_MOVES && manual && !cpu->stopped) {
        cpu->init = true;
        return;
    }
    if (engine_runs(processor))
        engine_kill(processor); /* what it has stored is in memory from here on */
    if (cpu->stopped)
        return;
    if (!manual)
        cpu->smi = false;
    cpu->place = CHAIN_WAITS;
}

static void call(enum chain_call code, unsigned processor)
{
    engine_operation((struct op){.kind = OP_CALL, .code = (uint16_t)code, .a = processor});
}

void chain_send_smi(unsigned processor)
{
    call(CHAIN_SMI, processor);
}

void chain_send_sipi(unsigned processor)
{
    call(CHAIN_SIPI, processor);
}

void chain_send_init(unsigned processor)
{
    call(CHAIN_INIT, processor);
}

void chain_report(unsigned processor)
{
    call(CHAIN_REPORT, processor);
}

static void reported(unsigned processor)
{
    platform.cpus[processor].reported = true;
    if (!*platform.harmed)
        engine_fail("relocated", "processor %u is reported, though nothing went wrong",
                    processor);
}

static uint64_t answer(unsigned processor, const struct op *op)
{
    (void)processor;
    switch ((enum chain_call)op->code) {
    case CHAIN_SMI:
        smi_arrives(&platform.cpus[op->a]);
        break;
    case CHAIN_SIPI:
        sipi_arrives((unsigned)op->a);
        break;
    case CHAIN_INIT:
        init_arrives((unsigned)op->a);
        break;
    case CHAIN_REPORT:
        reported((unsigned)op->a);
        break;
    default:
        break;
    }
    return 0;
}

/* ---- Deadlines ---- */

/* Not over one that is in the default handler: a second is enough for its few hundred instructions. One
 * that has stopped there never leaves it. */
static bool may_expire(unsigned processor)
{
    (void)processor;
    if (*platform.expiries_left == 0)
        return false;
    for (unsigned i = 0; i < engine.processors; i++)
        if (platform.cpus[i].place == CHAIN_MOVES && !platform.cpus[i].stopped)
            return false;
    return true;
}

/* One that passes although somebody could still move is an untimely one. */
static void expires(unsigned processor)
{
    if (!may_expire(processor))
        return;
    --*platform.expiries_left;
    *platform.harmed = true;
}

/* ---- The end ---- */

static void check_processor_end(unsigned processor)
{
    const struct chain_cpu *cpu = &platform.cpus[processor];

    if (!cpu->stopped && cpu->place == CHAIN_MOVES)
        engine_fail("everyone-leaves", "processor %u stays in the default handler", processor);
    else if (!cpu->moved && !cpu->reported)
        engine_fail("relocated", "processor %u has not moved, and nobody says so", processor);
    else if (cpu->place == CHAIN_LOST && !*platform.harmed)
        engine_fail("relocated", "processor %u has moved and executes no code of the firmware",
                    processor);
}

static void check_final(void)
{
    if (platform.cpus[0].place != CHAIN_PARKS)
        engine_fail("everyone-leaves", "the chain never ends");
    for (unsigned i = 0; i < engine.processors; i++)
        check_processor_end(i);
}

/* ---- For people ---- */

static void name_word(const uint64_t *word, char *text, size_t size)
{
    if (word == &chain.position->value)
        snprintf(text, size, "position");
    else if (word == &chain.sipi->value)
        snprintf(text, size, "whether a SIPI follows");
    else
        snprintf(text, size, "%s", word == &chain.work->moved.value ? "moved" : "SMBASE to be");
}

static void name_event(struct transition transition, char *text, size_t size)
{
    if (transition.kind == T_ENTER)
        snprintf(text, size, "takes its SMI at the default SMBASE");
    else
        snprintf(text, size, "%s",
                 transition.value == EVENT_STOP ? "stops for good" : "an early SMI arrives");
}

static void name_call(const struct op *op, char *text, size_t size)
{
    static const char *const meaning[] = {"is in the default handler", "goes to RSM",
                                          "sends an SMI to cpu",       "sends a SIPI to cpu",
                                          "sends INIT to cpu",         "reports cpu"};

    if (op->code >= CHAIN_SMI)
        snprintf(text, size, "%s%u", meaning[op->code], (unsigned)op->a);
    else
        snprintf(text, size, "%s", meaning[op->code]);
}

/* ---- Set-up ---- */

static void set_up_shared(void)
{
    uint8_t *save_area = arena_allocate(ARENA_STATE, SAVE_AREA_SIZE);

    platform.view = arena_allocate(ARENA_CONSTANT, sizeof(*platform.view));
    platform.view->save_state = save_area - (0x8000 - SAVE_AREA_SIZE);
    chain.work = arena_allocate(ARENA_STATE, sizeof(*chain.work));
    chain.work->save_state = platform.view->save_state;
    chain.work->where.value = chain_smbase(0);
    chain.position = arena_allocate(ARENA_STATE, sizeof(*chain.position));
    chain.sipi = arena_allocate(ARENA_STATE, sizeof(*chain.sipi));
}

void chain_setup(const struct scenario *scenario)
{
    static const struct model model = {
        .name = "chain",
        .events = events,
        .perform = perform,
        .is_optional = is_optional,
        .may_expire = may_expire,
        .expires = expires,
        .call = answer,
        .returned = returned,
        .ended = check_final,
        .name_word = name_word,
        .name_event = name_event,
        .name_call = name_call,
    };
    unsigned count = scenario->processors;

    engine_reset(&model, count, scenario->sequential,
                 65536 + (size_t)count * sizeof(struct chain_cpu));
    plain_ignore(); /* what is shared here has no door: one processor at a time is in the handler */
    engine.eager = !scenario->patient;
    platform.scenario = scenario;
    platform.cpus = arena_allocate(ARENA_STATE, count * sizeof(*platform.cpus));
    platform.events_left = arena_allocate(ARENA_STATE, sizeof(*platform.events_left));
    platform.expiries_left = arena_allocate(ARENA_STATE, sizeof(*platform.expiries_left));
    platform.left = arena_allocate(ARENA_STATE, MACHINE_EVENTS);
    platform.harmed = arena_allocate(ARENA_STATE, sizeof(*platform.harmed));
    *platform.events_left = (uint16_t)scenario->events;
    *platform.expiries_left = (uint16_t)scenario->expiries;
    memcpy(platform.left, scenario->limit, MACHINE_EVENTS);
    platform.cpus[0].place = CHAIN_BOOTS;
    platform.cpus[0].smi = true;
    chain.processors = count;
    set_up_shared();
}
