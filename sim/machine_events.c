/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operating system does and what goes wrong: the machine's events, SMM entry, RSM. */
#include <string.h>

#include <muster/muster.h>
#include <platform/ich9/ich9.h>
#include <sim/machine_state.h>

const char *const machine_event_names[MACHINE_EVENTS] = {
    "prepare", "out",   "slot",   "byte",     "io",    "pin",    "sleep", "wake",
    "erase",   "hub",   "tco",    "spurious", "stop",  "init",   "sipi",  "plug",
    "eject",   "timer", "button", "usb",      "stray", "glitch", "apic",
};

const char *const machine_variant_names[MACHINE_VARIANTS + 1] = {"manual", "qemu", "bochs",
                                                                 NULL};
const char *const machine_save_state_names[MACHINE_SAVE_STATES + 1] = {"amd64", "intel64",
                                                                       NULL};
const char *const machine_where_names[MACHINE_WHERES + 1] = {"monarch", "issuer",      "each",
                                                             "others",  "each-starts", NULL};

const char *const machine_protocol_names[MACHINE_PROTOCOLS + 1] = {
    "muster", "pmi", "traditional", "relaxed", "chain", NULL};

/* I/O states but for the port: valid, length, type (Intel SDM volume 3C, tables 34-5 and 34-6). */
#define IO_OUT_IMMEDIATE (1u | 1u << 1 | 8u << 4)
#define IO_OUT_DX_WORD   (1u | 2u << 1 | 0u << 4)
#define IO_IN_DX         (1u | 1u << 1 | 1u << 4)
#define DELAY_PORT       0x80u

uint64_t request_token(unsigned processor, unsigned number)
{
    return (uint64_t)(processor + 1) << 8 | number;
}

static const uint8_t commands_elsewhere[MACHINE_WHERES] = {
    [WHERE_ISSUER] = MACHINE_COMMAND_ISSUER,
    [WHERE_EACH] = MACHINE_COMMAND_EACH,
    [WHERE_OTHERS] = MACHINE_COMMAND_OTHERS,
    [WHERE_EACH_STARTS] = MACHINE_COMMAND_EACH_STARTS,
};

uint8_t request_command(unsigned processor, unsigned number)
{
    const struct scenario *scenario = machine.scenario;
    uint8_t command = scenario->dual ? MACHINE_COMMAND_DUAL : MACHINE_COMMAND;
    unsigned alone = scenario_count(scenario->alone, processor);

    if (scenario->where != WHERE_MONARCH)
        command = commands_elsewhere[scenario->where];
    if (number > MACHINE_REQUESTS_MAX) /* in a slot */
        return command;
    if (number <= alone)
        return command | MACHINE_COMMAND_ALONE;
    if (number <= alone + scenario_count(scenario->near, processor))
        return MACHINE_COMMAND_NEAR;
    return command;
}

uint8_t byte_command(void)
{
    return MACHINE_COMMAND_BYTE | (machine.scenario->free_bytes ? MACHINE_COMMAND_ALONE : 0);
}

/* ---- Which are possible ---- */

static bool takes_smi(const struct cpu *cpu)
{
    if (!cpu->smi || cpu->stopped)
        return false;
    return cpu->place == PLACE_RUNS || cpu->in_gate ||
           (cpu->place == PLACE_WAITS_SIPI && machine.scenario->variant == VARIANT_QEMU);
}

/* The OS may execute an instruction on this processor. */
static bool executes(const struct cpu *cpu)
{
    return cpu->place == PLACE_RUNS && !cpu->stopped &&
           (!cpu->smi || machine.scenario->variant == VARIANT_QEMU);
}

static bool budget_allows(enum machine_event event)
{
    return machine.hub->left[event] != 0 && machine.hub->events_left != 0;
}

/* Somebody can send a SIPI to a processor that was plugged in. Which has to be seen first: unlike
 * that to one which was there before, it cannot be on its way since its sender entered SMM. */
static bool anybody_executes(void)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (executes(&machine.cpus[i]))
            return true;
    return false;
}

/* An event that only latches something for this processor, which is in SMM: until its RSM nobody can
 * notice when it came, so it comes with the last step before that ("eager" in docs/simulator.md). */
static bool latches_now(unsigned processor)
{
    return !engine.eager || machine.cpus[processor].place != PLACE_SMM ||
           engine_processors[processor].op.kind == OP_RETURN;
}

static bool event_possible(unsigned processor, enum machine_event event)
{
    const struct cpu *cpu = &machine.cpus[processor];

    switch (event) {
    case EVENT_PREPARE:
        return executes(cpu) && cpu->requests_left != 0 && cpu->request_stage == REQUEST_NONE;
    case EVENT_OUT:
        return executes(cpu) &&
               (cpu->request_stage == REQUEST_PREPARED || cpu->slot_stage == REQUEST_PREPARED);
    case EVENT_SLOT:
        return executes(cpu) && cpu->slots_left != 0 && cpu->slot_stage == REQUEST_NONE;
    case EVENT_BYTE:
        return executes(cpu) && cpu->bytes_left != 0 && cpu->request_stage == REQUEST_NONE;
    case EVENT_IO:
        return executes(cpu) && cpu->io_left != 0 && cpu->request_stage == REQUEST_PREPARED;
    case EVENT_SLEEP: /* not the boot processor, to which the chipset sends what only one gets */
        return processor != 0 && executes(cpu) && !cpu->smi && cpu->sleeps_left != 0;
    case EVENT_WAKE:
        return cpu->place == PLACE_SLEEPS && !cpu->stopped;
    case EVENT_ERASE:
        return synchbyte_is_worn(processor);
    case EVENT_HUB:
        return processor == 0 && hub_code_can_run();
    case EVENT_TCO:
        return !machine.scenario->registers && processor == 0 && budget_allows(event);
    case EVENT_SPURIOUS:
        return !cpu->smi && cpu->place != PLACE_ABSENT && !cpu->stopped &&
               latches_now(processor) && budget_allows(event);
    case EVENT_STOP:
        return !cpu->stopped && cpu->place != PLACE_ABSENT && budget_allows(event);
    case EVENT_INIT:
        return !cpu->stopped && !cpu->init &&
               (cpu->place == PLACE_RUNS || cpu->place == PLACE_SMM) &&
               (latches_now(processor) || machine.scenario->variant != VARIANT_MANUAL) &&
               budget_allows(event);
    case EVENT_SIPI:
        return !cpu->stopped && cpu->place == PLACE_WAITS_SIPI && budget_allows(event) &&
               (!cpu->plugged || anybody_executes());
    case EVENT_PLUG:
        return cpu->place == PLACE_ABSENT && budget_allows(event) &&
               (!cpu->ejected || (machine_can_return(processor) && anybody_executes()));
    case EVENT_EJECT:
        return machine_can_leave(processor) && anybody_executes() && budget_allows(event);
    case EVENT_TIMER:
    case EVENT_BUTTON:
    case EVENT_USB:
    case EVENT_STRAY:
    case EVENT_GLITCH:
        return machine.scenario->registers && processor == 0 && budget_allows(event);
    case EVENT_APIC: /* QEMU's does not move */
        return executes(cpu) && !cpu->covered && machine.scenario->variant != VARIANT_QEMU &&
               budget_allows(event);
    default:
        return false;
    }
}

unsigned machine_events(unsigned processor, struct transition *list)
{
    unsigned end = machine.hub->events_left != 0 ? MACHINE_EVENTS : EVENT_TCO;
    unsigned count = 0;

    if (takes_smi(&machine.cpus[processor]))
        list[count++] = (struct transition){T_ENTER, 0, (uint16_t)processor};
    for (unsigned event = 0; event < end; event++)
        if (event_possible(processor, (enum machine_event)event))
            list[count++] = (struct transition){T_EVENT, (uint8_t)event, (uint16_t)processor};
    return count;
}

bool machine_is_optional(struct transition transition)
{
    return transition.kind == T_EVENT &&
           (transition.value >= EVENT_TCO || transition.value == EVENT_WAKE);
}

/* ---- SMM entry and RSM ---- */

static bool anybody_in_smm(void)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (machine.cpus[i].place == PLACE_SMM)
            return true;
    return false;
}

bool machine_is_covered(unsigned processor)
{
    return machine.cpus[processor].covered;
}

/* What entry code does before it reads anything (entry_apic_16 in arch/x86/entry.S). */
static void put_apic_back(struct cpu *cpu)
{
    cpu->covered = false;
}

static void run_smi(void *self)
{
    muster_smi(self);
}

void machine_enter_smm(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    /* Nobody else can hold on to an earlier time. */
    if (!anybody_in_smm())
        *engine_time = 0;
    save_state_write(processor);
    cpu->interrupted = cpu->place;
    cpu->place = PLACE_SMM;
    cpu->smi = false;
    cpu->woken = false;
    cpu->in_gate = false;
    cpu->deposed = cpu->shut_out = false;
    put_apic_back(cpu);
    engine_start(processor, run_smi, &machine.processors[processor]);
}

static void clear_registers(struct cpu *cpu)
{
    cpu->rax = cpu->rbx = cpu->rcx = cpu->rsi = cpu->rdi = 0;
}

static void go_to_wait_for_sipi(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    cpu->place = PLACE_WAITS_SIPI;
    synchbyte_update(processor, false);
    cpu->init = false;
    /* The OS that asked is gone; what it asked for may still be done, once. */
    cpu->request_stage = REQUEST_NONE;
    cpu->request_answered = false;
    cpu->io_state = 0;
    clear_registers(cpu);
}

/* The OS looks at its registers after RSM. */
static void look_at_request(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    if (cpu->request_stage == REQUEST_NONE)
        return;
    if (cpu->rbx == MUSTER_TOKEN_ANSWERED(MACHINE_TOKEN) && !cpu->request_answered) {
        check_request_answer(processor, cpu->request_number, cpu->rcx, cpu->rsi, cpu->rdi,
                             "registers");
        cpu->request_answered = true;
        cpu->rcx = cpu->rsi = cpu->rdi = 0;
    } else if (!cpu->request_answered &&
               !(cpu->rbx == MACHINE_TOKEN &&
                 cpu->rax == request_command(processor, cpu->request_number) &&
                 cpu->rcx == request_token(processor, cpu->request_number))) {
        engine_fail("save-states",
                    "processor %u came back with registers that are neither its "
                    "request nor an answer",
                    processor);
    }
    /* By what its save state told it was somebody else's SMI: the OS writes the port again. */
    if (cpu->held_back && !cpu->request_answered)
        cpu->request_stage = REQUEST_PREPARED;
    cpu->held_back = false;
    if (cpu->request_answered && cpu->request_stage == REQUEST_FIRED && !cpu->smi) {
        cpu->request_stage = REQUEST_NONE;
        cpu->request_answered = false;
        clear_registers(cpu);
    }
}

static void look_at_slot(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];
    struct muster_slot *slot = &machine.slots[processor];

    if (cpu->slot_stage != REQUEST_FIRED || slot->state != MUSTER_SLOT_ANSWERED)
        return;
    check_request_answer(processor, cpu->slot_number, slot->status, slot->result[0],
                         slot->result[1], "slot");
    memset(slot, 0, sizeof(*slot));
    cpu->slot_stage = REQUEST_NONE;
}

void machine_returned(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    check_save_state(processor);
    save_state_read_back(processor);
    cpu->place = cpu->interrupted;
    cpu->deposed = false;
    cpu->slot_fields = 0;
    look_at_request(processor);
    look_at_slot(processor);
    cpu->io_state = 0;
    if (cpu->init)
        go_to_wait_for_sipi(processor);
    check_quiet("left SMM");
}

/* ---- Performing ---- */

static void prepare_request(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    cpu->requests_left--;
    cpu->request_number++;
    cpu->request_stage = REQUEST_PREPARED;
    cpu->rax = request_command(processor, cpu->request_number);
    cpu->rbx = MACHINE_TOKEN;
    cpu->rcx = request_token(processor, cpu->request_number);
}

static void fill_slot(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    cpu->slots_left--;
    if (cpu->slot_number == 0)
        cpu->slot_number = MACHINE_REQUESTS_MAX;
    cpu->slot_number++;
    cpu->slot_stage = REQUEST_PREPARED;
    machine.slots[processor] =
        (struct muster_slot){.state = MUSTER_SLOT_REQUEST,
                             .command = request_command(processor, cpu->slot_number),
                             .argument = request_token(processor, cpu->slot_number)};
}

/* The processor remembers an I/O instruction until it executes another one. */
static void io_executed(struct cpu *cpu, uint32_t port, uint32_t kind)
{
    if (machine.scenario->save_state == SAVES_INTEL64)
        cpu->io_state = port << 16 | kind;
}

/* An OUT to the command port, in either of its forms. If its SMI does not come at once, the OS goes on. */
static void write_command(unsigned processor, uint8_t command)
{
    struct cpu *cpu = &machine.cpus[processor];

    hub_write_command(processor, command);
    if (cpu->smi)
        io_executed(cpu, ICH9_APM_CNT, processor % 2 == 0 ? IO_OUT_IMMEDIATE : IO_OUT_DX_WORD);
    else if (machine.scenario->save_state == SAVES_INTEL64)
        cpu->held_back = cpu->request_stage == REQUEST_FIRED;
}

/* What a driver does between the token and its OUT: it waits for a device, it reads the last command. */
static void execute_io(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    if (cpu->io_left-- % 2 == 0)
        io_executed(cpu, DELAY_PORT, IO_OUT_IMMEDIATE);
    else
        io_executed(cpu, ICH9_APM_CNT, IO_IN_DX);
}

static void execute_out(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];
    bool in_registers = cpu->request_stage == REQUEST_PREPARED;

    if (in_registers)
        cpu->request_stage = REQUEST_FIRED;
    if (cpu->slot_stage == REQUEST_PREPARED)
        cpu->slot_stage = REQUEST_FIRED;
    write_command(processor, request_command(processor, in_registers ? cpu->request_number
                                                                     : cpu->slot_number));
    look_at_slot(processor);
}

/* When it was only the check of the hub's registers asks; elsewhere it would tell apart states that
 * differ only in when an INIT was latched. */
static void note_harm(void)
{
    machine.hub->harmed = true;
    machine.hub->harmed_since = machine.scenario->registers;
}

static void init_arrives(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    note_harm();
    if (cpu->place != PLACE_SMM) {
        go_to_wait_for_sipi(processor);
        return;
    }
    cpu->init = true;
    if (machine.scenario->variant == VARIANT_MANUAL)
        return;
    /* The emulators let it through: the handler never finishes, a latched SMI is lost. */
    engine_kill(processor);
    if (cpu->order == ORDER_RUNS)
        cpu->order = ORDER_NONE;
    cpu->stack = 0; /* the stack itself stays its own */
    /* Outside what can be promised: until it is back it counts as lost. */
    cpu->excused = EXCUSED_LOST;
    if (machine.hub->handler == processor + 1)
        machine.hub->handler = 0;
    cpu->smi = false;
    save_state_clear(processor);
    go_to_wait_for_sipi(processor);
}

static void stop_processor(unsigned processor)
{
    machine.cpus[processor].stopped = true;
    note_harm();
    engine_processors[processor].frozen = 1;
}

/* The first thing it does, before it takes an SMI that waits for it. */
static void wake(unsigned processor)
{
    check_started(processor);
    machine.cpus[processor].place = PLACE_RUNS;
    machine.cpus[processor].woken = true;
    synchbyte_update(processor, true);
}

static void fall_asleep(unsigned processor)
{
    machine.cpus[processor].sleeps_left--;
    machine.cpus[processor].place = PLACE_SLEEPS;
    synchbyte_update(processor, false);
}

/* One that was there before comes with the OS running; one that was not has been moved by the firmware. */
static void plug_in(unsigned processor)
{
    if (machine.cpus[processor].ejected) {
        machine_return_ask(processor);
        return;
    }
    machine.cpus[processor].place = PLACE_WAITS_SIPI;
    machine.cpus[processor].plugged = true;
}

static void perform_event(unsigned processor, enum machine_event event)
{
    struct cpu *cpu = &machine.cpus[processor];

    switch (event) {
    case EVENT_PREPARE:
        prepare_request(processor);
        break;
    case EVENT_OUT:
        execute_out(processor);
        break;
    case EVENT_SLOT:
        fill_slot(processor);
        break;
    case EVENT_BYTE:
        cpu->bytes_left--;
        write_command(processor, byte_command());
        break;
    case EVENT_IO:
        execute_io(processor);
        break;
    case EVENT_SLEEP:
        fall_asleep(processor);
        break;
    case EVENT_WAKE:
    case EVENT_SIPI:
        wake(processor);
        break;
    case EVENT_ERASE:
        synchbyte_erase(processor);
        break;
    case EVENT_HUB:
        hub_code_step();
        break;
    case EVENT_TCO:
        check_level_event(MUSTER_CAUSE_TCO, machine.hub->tco);
        machine.hub->tco = true;
        cpu->smi = true;
        break;
    case EVENT_SPURIOUS:
        cpu->smi = true;
        break;
    case EVENT_STOP:
        stop_processor(processor);
        break;
    case EVENT_INIT:
        init_arrives(processor);
        break;
    case EVENT_PLUG:
        plug_in(processor);
        break;
    case EVENT_APIC:
        cpu->covered = true;
        break;
    case EVENT_EJECT:
        machine_leave_ask(processor);
        break;
    default:
        ich9_event(event);
        break;
    }
    if (event >= EVENT_TCO) {
        machine.hub->left[event]--;
        machine.hub->events_left--;
    } else if (event < EVENT_WAKE) {
        cpu->woken = false; /* it has executed an instruction */
    }
    check_quiet(machine_event_names[event]);
}

void machine_perform(struct transition transition)
{
    if (transition.kind == T_EVENT && transition.value < EVENT_WAKE)
        machine.cpus[transition.processor].io_state = 0; /* it executes something else */
    if (transition.kind == T_ENTER)
        machine_enter_smm(transition.processor);
    else
        perform_event(transition.processor, (enum machine_event)transition.value);
}
