/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The properties, checked on the machine's state. Each failure carries its property's name:
 *
 *   quiescence         while a handler runs, every other processor that it needs is in SMM,
 *                      stopped, absent or in wait-for-SIPI, or was given up after both deadlines
 *                      and a directed SMI
 *   waking-safe        the same for one that has just left wait-for-SIPI
 *   exactly-once       a request runs once and its issuer gets its answer; no cause is lost
 *   one-monarch        one handler at a time
 *   cause-left         no source of the hub is left raised, and its SMI is ended
 *   storm              a source that nothing puts down is switched off
 *   release-ahead      no round is released before it has begun
 *   needless-deadline  where nothing went wrong, no wait ends by its deadline
 *   everyone-leaves    no processor stays in SMM
 *   lost-monarch       a request is answered "broken" only if a monarch was given up; a monarch
 *                      given up while it gathered runs no handler
 *   ejected            processors that are to go (plug.c)
 *   admitted           processors that come back (plug.c)
 *   orders             what runs on other processors (machine_remote.c)
 *   handler-stacks     stacks that processors share (handler_stacks.c)
 *   synchronous        no request in registers runs whose OUT has not been executed, where save
 *                      states tell of it
 *   save-states        RSM finds what SMM entry stored, but for an answer (machine_save_state.c)
 *   outside            a field of the window is read once (door.c); no request from user mode runs
 *   data-race          plain accesses (plain.c)
 */
#include <core/presence.h>
#include <core/round.h>
#include <muster/window.h>
#include <platform/ich9/ich9.h>
#include <sim/machine_state.h>

/* ---- Quiescence ---- */

static bool is_quiet(const struct cpu *cpu)
{
    if (cpu->stopped || cpu->place != PLACE_RUNS || cpu->excused >= EXCUSED_LOST)
        return true;
    return cpu->woken && cpu->smi;
}

static bool is_needed(unsigned processor)
{
    unsigned handler = machine.hub->handler - 1u;

    if (processor == handler || machine.hub->need == MUSTER_NEED_ALONE)
        return false;
    return machine.hub->need == MUSTER_NEED_ALL ||
           machine_node(processor) == machine_node(handler);
}

void check_quiet(const char *what)
{
    unsigned handler = machine.hub->handler;

    if (handler == 0)
        return;
    for (unsigned i = 0; i < engine.processors; i++)
        if (is_needed(i) && !is_quiet(&machine.cpus[i]))
            engine_fail(
                machine.cpus[i].woken ? "waking-safe" : "quiescence",
                "processor %u runs outside SMM while a handler runs on processor %u (%s)", i,
                handler - 1, what);
}

/* The first deadline over a processor's mark warns it, the second gives it up, if a directed
 * SMI waits for it. */
static void gathering_expires(const uint64_t *mark)
{
    size_t offset = (size_t)((const char *)mark - (const char *)machine.processors);
    struct cpu *cpu = &machine.cpus[offset / sizeof(struct muster_processor)];

    check_not_ejected((unsigned)(cpu - machine.cpus));
    if (cpu->excused == EXCUSED_NOT)
        cpu->excused = EXCUSED_WARNED;
    else if (cpu->smi || cpu->stopped || cpu->place != PLACE_RUNS)
        cpu->excused = EXCUSED_LOST;
}

/* The round word tells who leads: a round's election, its release, or its monarch's deposition
 * by the one compare-exchange that decides between the two. */
static void round_changed(unsigned processor, uint64_t old, uint64_t word)
{
    struct hub *hub = machine.hub;

    if ((word & 3) == ROUND_CLOSED && (old & 3) == ROUND_OPEN)
        return;
    switch (word & 3) {
    case ROUND_OPEN:
    case ROUND_CLOSED: /* elected by one who gathers nobody at first */
        hub->leader = (uint16_t)(processor + 1);
        machine.cpus[processor].deposed = false;
        machine.cpus[processor].shut_out = false;
        for (unsigned i = 0; i < engine.processors; i++)
            if (machine.cpus[i].excused != EXCUSED_LOST)
                machine.cpus[i].excused = EXCUSED_NOT;
        break;
    case ROUND_BROKEN:
        hub->lost_monarch = true;
        if (hub->leader != 0) {
            machine.cpus[hub->leader - 1].deposed = true;
            machine.cpus[hub->leader - 1].shut_out = (old & 3) == ROUND_OPEN;
        }
        hub->handler = 0;
        hub->leader = 0;
        orders_give_up(true);
        break;
    default:
        check_orders_end();
        if (hub->handler != 0)
            engine_fail("one-monarch", "a round is over while its handler runs on processor %u",
                        hub->handler - 1);
        hub->leader = 0;
        hub->harmed_since = false;
        break;
    }
}

/* A processor that was given up is back when its mark is no more the one it was given up with.
 */
static void mark_changed(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];
    const struct muster_processor *self = &machine.processors[processor];

    if (cpu->excused == EXCUSED_LOST || cpu->excused == EXCUSED_IS_BACK)
        cpu->excused = self->mark.value == self->ignored.value ? EXCUSED_LOST : EXCUSED_IS_BACK;
}

/* Followers of a round wait until the release word reaches its number: a word that is ahead lets
 * those of a later round go before it has begun. */
static void check_release(uint64_t old, uint64_t released)
{
    uint64_t begun = round_number(machine.runtime->round.value);

    if (released < old)
        engine_fail("one-monarch", "the release word goes back from %llu to %llu",
                    (unsigned long long)old, (unsigned long long)released);
    released = round_number(released >> ROUND_RELEASE_SHIFT);
    if (released > begun)
        engine_fail("release-ahead", "round %llu is released, but only %llu have begun",
                    (unsigned long long)released, (unsigned long long)begun);
}

/* Its own mark. That nobody else writes it, and that the release word only grows, is what eager
 * steps rest on; machine_word_changed checks the first for every write. */
bool machine_is_own(unsigned processor, const uint64_t *word)
{
    return word == &machine.processors[processor].mark.value;
}

/* What is known of a processor that was given up, of an order, of a release depends on who leads a round, and
 * on which. A RSM comes with the last write to a mark, and what is checked then does, too. */
bool machine_is_judged(const uint64_t *word)
{
    size_t offset = (size_t)((const char *)word - (const char *)machine.processors);
    size_t field = offset % sizeof(struct muster_processor);

    if (word == &machine.runtime->release.value)
        return true;
    return offset / sizeof(struct muster_processor) < engine.processors &&
           (field == offsetof(struct muster_processor, mark) ||
            field == offsetof(struct muster_processor, ignored) ||
            field == offsetof(struct muster_processor, order));
}

void machine_word_changed(unsigned processor, const uint64_t *word, uint64_t old)
{
    size_t offset = (size_t)((const char *)word - (const char *)machine.processors);
    size_t field = offset % sizeof(struct muster_processor);

    if (word == &machine.runtime->round.value)
        round_changed(processor, old, *word);
    else if (word == &machine.runtime->release.value)
        check_release(old, *word);
    else if (field == offsetof(struct muster_processor, order))
        machine_order_changed(word);
    else if (offset / sizeof(struct muster_processor) < engine.processors &&
             (field == offsetof(struct muster_processor, mark) ||
              field == offsetof(struct muster_processor, ignored))) {
        if (field == offsetof(struct muster_processor, mark) &&
            offset / sizeof(struct muster_processor) != processor &&
            !machine.cpus[offset / sizeof(struct muster_processor)].ejected)
            engine_fail("one-monarch", "processor %u writes the mark of processor %zu",
                        processor, offset / sizeof(struct muster_processor));
        if (field == offsetof(struct muster_processor, mark))
            synchbyte_written(processor);
        mark_changed((unsigned)(offset / sizeof(struct muster_processor)));
    }
}

/* A wait for a moment, or one whose time is over anyway. */
static bool is_for_a_moment(const struct op *op)
{
    return machine.scenario->moments && op->word == &machine.runtime->release.value &&
           op->c <= *engine_time + MACHINE_MOMENT;
}

/* Waits that end by the time without consequences, soon: for a block, for somebody else to begin a
 * round, or for a moment. That they do is no failure, and any moment may be the one. */
static bool is_brief(const struct op *op)
{
    return is_for_a_moment(op) || op->word == &machine.runtime->round.value ||
           (op->kind == OP_WAIT_EQUAL && op->a == (MARK_PLACE_MASK | MARK_BLOCK_LOOKED));
}

bool machine_may_expire(unsigned processor)
{
    return machine.hub->expiries_left != 0 || is_brief(&engine_processors[processor].op);
}

/* It runs nothing and cannot come, and its synchbyte says so. */
static bool is_known_inactive(const struct cpu *cpu)
{
    return (cpu->place == PLACE_SLEEPS || cpu->place == PLACE_WAITS_SIPI) &&
           machine.scenario->synchbyte != SYNCHBYTE_MEMORY;
}

/* In a scenario without machine events and untimely deadlines all that is waited for comes by
 * itself. */
static bool is_healthy(void)
{
    const uint8_t *limit = machine.scenario->limit;

    if (machine.scenario->expiries != 0)
        return false;
    if (machine.scenario->events != 0 &&
        limit[EVENT_STOP] + limit[EVENT_INIT] + limit[EVENT_PLUG] + limit[EVENT_EJECT])
        return false;
    for (unsigned i = 0; i < engine.processors; i++)
        if (machine.cpus[i].place != PLACE_RUNS && machine.cpus[i].place != PLACE_SMM &&
            !is_known_inactive(&machine.cpus[i]))
            return false;
    return true;
}

void machine_expires(unsigned processor)
{
    const struct op *op = &engine_processors[processor].op;

    if (is_brief(op))
        return;
    if (is_healthy())
        engine_fail("needless-deadline",
                    "processor %u waits in vain, though nothing went wrong", processor);
    if (machine.hub->expiries_left != 0 && machine.hub->expiries_left != UINT16_MAX)
        machine.hub->expiries_left--;
    if (op->kind == OP_WAIT_EQUAL && !machine_order_expires(op->word))
        gathering_expires(op->word);
}

/* ---- Exactly once ---- */

/* The request in its registers has not been fired: an SMI of somebody else's has been taken for its. */
static void check_out_is_behind(unsigned issuer, unsigned number)
{
    const struct cpu *cpu = &machine.cpus[issuer];

    if (machine.scenario->save_state == SAVES_INTEL64 &&
        cpu->request_stage == REQUEST_PREPARED && cpu->request_number == number)
        engine_fail("synchronous", "request %u of processor %u runs before its OUT", number,
                    issuer);
}

static void check_request_runs(unsigned processor, uint64_t argument)
{
    unsigned issuer = (unsigned)(argument >> 8) - 1;
    unsigned number = (unsigned)(argument & 0xff);

    if (machine.scenario->user)
        engine_fail("outside", "a request made with privilege level 3 runs");
    if (argument == 0) {
        engine_fail("exactly-once", "the command byte of a request runs as a bare one");
        return;
    }
    if (issuer >= engine.processors || number == 0 || number > 2 * MACHINE_REQUESTS_MAX) {
        if (!machine.scenario->adversary)
            engine_fail("exactly-once", "a request runs that nobody made: %#llx",
                        (unsigned long long)argument);
        return;
    }
    check_out_is_behind(issuer, number);
    machine_totals.handlers++;
    if (++machine.cpus[issuer].runs[number - 1] > 1)
        engine_fail("exactly-once", "request %u of processor %u runs again, on processor %u",
                    number, issuer, processor);
}

static void check_byte_runs(void)
{
    machine_totals.bytes++;
    if (machine.hub->byte_fires == 0)
        engine_fail("exactly-once", "a handler runs for a command byte that did not happen");
    else
        machine.hub->byte_fires--;
}

/* An event of a level cause: one more call of its handler, unless it is raised already. */
void check_level_event(uint32_t cause, bool raised_before)
{
    machine.hub->level_fires[__builtin_ctz(cause)] += !raised_before;
}

/* Told of each event once, after it has happened; a device that nobody can put down more often, but
 * not for ever (storm). */
static void check_level_runs(uint32_t cause, uint64_t argument)
{
    uint8_t *fires = &machine.hub->level_fires[__builtin_ctz(cause)];
    uint64_t told = cause == MUSTER_CAUSE_PM1 ? ICH9_PM1_STS_PWRBTN : 1;

    machine_totals.causes++;
    if (argument != told)
        engine_fail("exactly-once", "a handler of cause %#x is told %#llx instead of %#llx",
                    cause, (unsigned long long)argument, (unsigned long long)told);
    if (cause == MUSTER_CAUSE_PLUG)
        return; /* again, by another one, if it is the monarch that is to go */
    if (*fires != 0)
        --*fires;
    else if (cause != MUSTER_CAUSE_LEGACY_USB2 || !machine.scenario->stuck)
        engine_fail("exactly-once", "a handler of cause %#x runs for nothing", cause);
}

void check_handler_begins(unsigned processor, uint64_t argument, uint32_t cause,
                          enum muster_need need)
{
    struct hub *hub = machine.hub;

    check_handler_stack(processor);
    if (hub->handler != 0 && !machine.cpus[processor].deposed)
        engine_fail("one-monarch", "a handler begins on processor %u while one runs on %u",
                    processor, hub->handler - 1);
    if (machine.cpus[processor].shut_out)
        engine_fail("lost-monarch",
                    "a handler begins on processor %u, which was deposed before "
                    "it had closed its round",
                    processor);
    if (cause == MUSTER_CAUSE_REQUEST)
        check_request_runs(processor, argument);
    else if (cause == MUSTER_CAUSE_BYTE)
        check_byte_runs();
    else
        check_level_runs(cause, argument);
    if (machine.cpus[processor].deposed)
        return;
    hub->handler = (uint16_t)(processor + 1);
    hub->need = (uint8_t)need;
    check_quiet("it began");
}

void check_request_answer(unsigned processor, unsigned number, uint64_t status,
                          uint64_t result0, uint64_t result1, const char *where)
{
    uint64_t argument = request_token(processor, number);
    unsigned runs = machine.cpus[processor].runs[number - 1];

    if (status == MUSTER_STATUS_BROKEN) {
        machine_totals.broken++;
        if (!machine.hub->lost_monarch && !machine.hub->harmed)
            engine_fail("lost-monarch",
                        "request %u of processor %u is answered \"broken\" "
                        "though no monarch was lost",
                        number, processor);
        return;
    }
    if (machine.scenario->adversary)
        return;
    if (machine.hub->gave_up_order &&
        (status == MUSTER_STATUS_TIMEOUT || status == MUSTER_STATUS_NOT_READY))
        return;
    if (runs == 0)
        engine_fail("exactly-once",
                    "request %u of processor %u is answered in its %s without "
                    "having run",
                    number, processor, where);
    else if (status != MUSTER_STATUS_SUCCESS || result0 != answer_for(argument, 0) ||
             result1 != answer_for(argument, 1))
        engine_fail("exactly-once",
                    "request %u of processor %u gets a wrong answer in its %s: "
                    "status %#llx",
                    number, processor, where, (unsigned long long)status);
}

/* ---- The end ---- */

static void check_processor_end(unsigned processor)
{
    const struct cpu *cpu = &machine.cpus[processor];

    if (cpu->stopped)
        return;
    if (cpu->place == PLACE_SMM)
        engine_fail("everyone-leaves", "processor %u is in SMM for ever", processor);
    if (cpu->place != PLACE_RUNS || machine.scenario->user)
        return;
    if (cpu->request_stage == REQUEST_FIRED)
        engine_fail("exactly-once", "request %u of processor %u is never answered",
                    cpu->request_number, processor);
    if (cpu->slot_stage == REQUEST_FIRED && !machine.scenario->adversary)
        engine_fail("exactly-once",
                    "request %u of processor %u, in its slot, is never answered",
                    cpu->slot_number, processor);
}

void check_end(void)
{
    const struct hub *hub = machine.hub;

    for (unsigned i = 0; i < engine.processors; i++)
        check_processor_end(i);
    if (machine.scenario->registers && !hub->harmed_since)
        ich9_check_end();
    if (hub->harmed)
        return;
    if (hub->fresh || hub->tco)
        engine_fail("exactly-once", "a cause is left that nobody takes: %s",
                    hub->fresh ? "a command byte" : "TCO");
    check_plug_end();
    if (hub->lost_monarch)
        return;
    if (hub->byte_fires != 0)
        engine_fail("exactly-once", "a command byte was taken and not handled");
    for (unsigned bit = 0; bit < sizeof(hub->level_fires); bit++)
        if (hub->level_fires[bit] != 0)
            engine_fail("exactly-once", "a cause was taken and not handled: %#x", 1u << bit);
}

bool machine_is_done(void)
{
    for (unsigned i = 0; i < engine.processors; i++) {
        const struct cpu *cpu = &machine.cpus[i];

        if (cpu->stopped || cpu->place == PLACE_ABSENT || cpu->place == PLACE_WAITS_SIPI ||
            cpu->place == PLACE_SLEEPS)
            continue;
        if (cpu->place == PLACE_SMM || cpu->requests_left != 0 || cpu->slots_left != 0 ||
            cpu->bytes_left != 0 || cpu->request_stage != REQUEST_NONE)
            return false;
    }
    return true;
}
