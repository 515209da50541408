/* SPDX-License-Identifier: BSD-2-Clause */
/* The search held to a log. See conform.h; docs/simulator.md says which orders count. */
#include <sim/conform.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/round.h>
#include <sim/arena.h>
#include <sim/machine_state.h>

#define LOOKS_MAX 8192u
#define NEVER     UINT64_MAX

/* One time in the log: that of one look, or of two fields filled from one. */
static const char field_entered[] = "entered", field_gathered[] = "gathered",
                  field_handled[] = "handled", field_released[] = "released";

struct look {
    uint64_t time;
    unsigned record;   /* index into trace.records */
    const char *field; /* one of those above: the first that has it */
};

/* What the log has of one processor. */
struct lane {
    struct look *looks;
    unsigned look_count;
    unsigned first_record, record_count; /* in trace.records */
};

/* How far an execution has followed it. Part of a state. */
struct follower {
    uint16_t looks;
    uint16_t records;
};

static struct {
    const struct conform_options *options;
    const struct log *log;
    struct scenario scenario;
    struct muster_record *records; /* by processor, in order */
    unsigned record_count;
    struct look looks[LOOKS_MAX];
    unsigned look_count;
    struct lane lanes[CONFORM_PROCESSORS_MAX];
    /* In the arena. */
    struct follower *followers;
    uint64_t *now; /* the latest time shown */
    /* The best any execution did, not part of a state. */
    struct conform_result *result;
} trace;

/* ---- The clock ---- */

static const struct look *next_look(unsigned processor)
{
    const struct lane *lane = &trace.lanes[processor];
    unsigned at = trace.followers[processor].looks;

    return at < lane->look_count ? &lane->looks[at] : NULL;
}

static uint64_t next_time(unsigned processor)
{
    const struct look *look = next_look(processor);

    return look != NULL ? look->time : NEVER;
}

/* True if the processor is where it takes this time: at its first step, or leading the round
 * that is closed. What the machine shows decides; a deposed monarch may be anywhere. */
static bool is_at(unsigned processor, const struct look *look)
{
    const struct muster_record *record = &trace.records[look->record];
    bool entry = look->field == field_entered && record->flags & MUSTER_RECORD_ENTRY;
    bool leads = machine.hub->leader == processor + 1;
    uint64_t word = machine.runtime->round.value;

    if (entry != (engine_processors[processor].steps == 1))
        return false;
    if (record->flags & MUSTER_RECORD_BROKEN)
        return true;
    if (look->field == field_gathered || look->field == field_handled)
        return leads && word == (record->round * ROUND_UNIT | ROUND_CLOSED);
    return !leads;
}

/* True if nobody else has a look to come that is earlier by more than the slack. */
static bool is_earliest(unsigned processor)
{
    uint64_t time = next_time(processor);

    for (unsigned i = 0; i < engine.processors; i++)
        if (i != processor && next_time(i) < time && time - next_time(i) > trace.options->slack)
            return false;
    return time != NEVER;
}

static bool is_next(unsigned processor)
{
    return is_earliest(processor) && is_at(processor, next_look(processor));
}

/* True for a look whose time is in no record: its processor is lost before it writes one, or is
 * deposed and looks again. */
static bool may_be_unseen(unsigned processor)
{
    const struct lane *lane = &trace.lanes[processor];
    unsigned at = trace.followers[processor].records;
    const unsigned deposed = MUSTER_RECORD_MONARCH | MUSTER_RECORD_BROKEN;

    return at == lane->record_count ||
           (trace.records[lane->first_record + at].flags & deposed) == deposed;
}

static unsigned look_choices(unsigned processor)
{
    return is_next(processor) + may_be_unseen(processor);
}

static unsigned looks_taken(void)
{
    unsigned looks = 0;

    for (unsigned i = 0; i < engine.processors; i++)
        looks += trace.followers[i].looks;
    return looks;
}

static void note_progress(void)
{
    unsigned looks = looks_taken();

    if (looks <= trace.result->looks_reached)
        return;
    trace.result->looks_reached = looks;
    trace.result->reason[0] = '\0';
    for (unsigned i = 0; i < engine.processors; i++) {
        const struct look *look = next_look(i);

        if (look == NULL || !is_earliest(i))
            continue;
        snprintf(trace.result->reason, sizeof(trace.result->reason),
                 "no execution has the next time: '%s' of cpu%u in round %u, %llu", look->field,
                 i, trace.records[look->record].round, (unsigned long long)look->time);
        return;
    }
}

static uint64_t look_taken(unsigned processor, unsigned choice)
{
    uint64_t time = next_time(processor);

    if (choice != 0 || !is_next(processor))
        return *trace.now;
    trace.followers[processor].looks++;
    if (time > *trace.now)
        *trace.now = time;
    note_progress();
    return time;
}

/* Whatever is still to come is not earlier than the deadline. */
static bool deadline_passes(uint64_t deadline)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (next_time(i) < deadline && deadline - next_time(i) > trace.options->slack)
            return false;
    return true;
}

static const struct guide guide = {look_choices, look_taken, deadline_passes};

/* ---- The records ---- */

static bool commands_agree(uint8_t simulated, uint8_t logged)
{
    const struct conform_options *options = trace.options;
    uint8_t expected =
        simulated == MACHINE_COMMAND_BYTE ? options->byte_command : options->request_command;

    if (simulated == 0 || logged == 0)
        return simulated == logged;
    return expected == 0 || expected == logged;
}

/* The name of the first field in which they differ, or NULL. */
static const char *monarchs_differ(const struct muster_record *simulated,
                                   const struct muster_record *logged)
{
    if (simulated->gathered != logged->gathered)
        return "gathered";
    if (simulated->handled != logged->handled)
        return "handled";
    if (simulated->cause != logged->cause)
        return "cause";
    if (!commands_agree(simulated->command, logged->command))
        return "command";
    if (simulated->status != logged->status)
        return "status";
    if (simulated->came != logged->came)
        return "came";
    if (simulated->answered != logged->answered)
        return "answered";
    if (!(logged->flags & MUSTER_RECORD_DEADLINE))
        return NULL;
    if (memcmp(simulated->lost, logged->lost, sizeof(logged->lost)) != 0)
        return "lost";
    if (memcmp(simulated->directed, logged->directed, sizeof(logged->directed)) != 0)
        return "directed";
    return NULL;
}

static const char *records_differ(const struct muster_record *simulated,
                                  const struct muster_record *logged)
{
    if (simulated->round != logged->round)
        return "round";
    if (simulated->flags != logged->flags)
        return "flags";
    if (simulated->entered != logged->entered)
        return "entered";
    if (simulated->released != logged->released)
        return "released";
    if (logged->flags & MUSTER_RECORD_MONARCH)
        return monarchs_differ(simulated, logged);
    return NULL;
}

static bool all_is_followed(void)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (trace.followers[i].records != trace.lanes[i].record_count)
            return false;
    return true;
}

static void record_written(unsigned processor)
{
    const struct lane *lane = &trace.lanes[processor];
    struct follower *follower = &trace.followers[processor];
    const struct muster_record *logged = &trace.records[lane->first_record + follower->records];
    const char *field;

    engine.astray = true;
    if (follower->records == lane->record_count)
        return;
    field = records_differ(&machine.records[processor], logged);
    if (field != NULL) {
        if (looks_taken() == trace.result->looks_reached)
            snprintf(trace.result->reason, sizeof(trace.result->reason),
                     "no execution has this record: cpu%u in round %u; its '%s' differs",
                     processor, logged->round, field);
        return;
    }
    engine.astray = false;
    follower->records++;
    if (all_is_followed())
        engine_fail("conforms", "the execution has written this log");
}

/* ---- Reading the log ---- */

static bool complain(char *error, size_t size, const struct muster_record *record,
                     const char *what)
{
    snprintf(error, size, "record %llu of processor %u: %s",
             (unsigned long long)record->sequence, record->processor, what);
    return false;
}

static int by_processor(const void *one, const void *other)
{
    const struct muster_record *first = one;
    const struct muster_record *second = other;

    if (first->processor != second->processor)
        return first->processor < second->processor ? -1 : 1;
    return first->sequence < second->sequence ? -1 : first->sequence > second->sequence;
}

/* Notes a time, unless it is that of the look before it. */
static bool look_add(struct lane *lane, unsigned record, const char *field, uint64_t time)
{
    const struct look *last = lane->look_count != 0 ? &lane->looks[lane->look_count - 1] : NULL;

    if (last != NULL && last->record == record && last->time == time)
        return true;
    if (trace.look_count == LOOKS_MAX)
        return false;
    lane->looks[lane->look_count++] = (struct look){time, record, field};
    trace.look_count++;
    return true;
}

static bool record_add(struct lane *lane, unsigned index, char *error, size_t size)
{
    const struct muster_record *record = &trace.records[index];
    const struct muster_record *before = lane->record_count != 0 ? record - 1 : NULL;
    bool monarch = record->flags & MUSTER_RECORD_MONARCH;

    if (before != NULL && record->sequence != before->sequence + 1)
        return complain(error, size, record, "records before it are missing");
    if (before == NULL && !(record->flags & MUSTER_RECORD_ENTRY))
        return complain(error, size, record, "the log begins within a visit");
    if (before != NULL && record->entered < before->released)
        return complain(error, size, record, "it begins before the one before it ends");
    if (record->flags & MUSTER_RECORD_FAULT)
        return complain(error, size, record, "tells of a fault: the simulator has none");
    lane->record_count++;
    if (!look_add(lane, index, field_entered, record->entered) ||
        (monarch && (!look_add(lane, index, field_gathered, record->gathered) ||
                     !look_add(lane, index, field_handled, record->handled))) ||
        !look_add(lane, index, field_released, record->released))
        return complain(error, size, record, "too much for one search; take fewer SMIs");
    return true;
}

/* Rounds count from 1, as in a machine just set up. */
static void rounds_renumber(void)
{
    uint32_t first = trace.records[0].round;

    for (unsigned i = 0; i < trace.record_count; i++)
        if ((int32_t)(trace.records[i].round - first) < 0)
            first = trace.records[i].round;
    for (unsigned i = 0; i < trace.record_count; i++)
        trace.records[i].round -= first - 1;
}

static bool trace_read(char *error, size_t size)
{
    const struct log *log = trace.log;
    unsigned kept = 0;

    for (size_t i = 0; i < log->records_count; i++)
        if (!(log->records[i].flags & MUSTER_RECORD_STOPPED))
            trace.records[kept++] = log->records[i];
    trace.record_count = kept;
    if (kept == 0) {
        snprintf(error, size, "there is no record in it");
        return false;
    }
    qsort(trace.records, kept, sizeof(*trace.records), by_processor);
    rounds_renumber();
    for (unsigned i = 0; i < kept; i++) {
        struct lane *lane = &trace.lanes[trace.records[i].processor];

        if (lane->record_count == 0) {
            lane->first_record = i;
            lane->looks = &trace.looks[trace.look_count];
        }
        if (!record_add(lane, i, error, size))
            return false;
    }
    return true;
}

/* ---- The search ---- */

static void set_up(const void *unused)
{
    const struct log *log = trace.log;

    (void)unused;
    machine_setup(&trace.scenario);
    trace.followers = arena_allocate(ARENA_STATE, engine.processors * sizeof(*trace.followers));
    trace.now = arena_allocate(ARENA_STATE, sizeof(*trace.now));
    machine.runtime->deadline_directed = log->deadline_directed;
    machine.runtime->deadline_lost = log->deadline_lost;
    /* The handlers' budget is not in the log: the least that it can be. */
    machine.runtime->patience = log->deadline_directed + 2 * log->deadline_lost;
    machine.on_record = record_written;
    arena_identify(machine.rings, engine.processors * sizeof(*machine.rings));
    engine.guide = &guide;
}

static bool search(struct conform_result *result, char *error, size_t size)
{
    static struct explore_result explored;
    struct explore_options options = {.jobs = 1,
                                      .memory = trace.options->memory,
                                      .seconds = trace.options->seconds,
                                      .setup = set_up};

    if (!explore(&options, &explored)) {
        snprintf(error, size, "%.200s", explored.message);
        return false;
    }
    result->states = explored.counts.states;
    result->seconds = explored.seconds;
    result->complete = explored.outcome != EXPLORE_STOPPED;
    if (explored.outcome != EXPLORE_FAILED)
        return true;
    result->allowed = strcmp(explored.property, "conforms") == 0;
    if (result->allowed)
        return true;
    snprintf(result->property, sizeof(result->property), "%s", explored.property);
    snprintf(result->reason, sizeof(result->reason), "%s", explored.message);
    return true;
}

/* The machine that the log is held against: any deadline may pass, if its time has come. */
static struct scenario scenario_of(const struct scenario *given)
{
    struct scenario scenario = *given;

    scenario.processors = trace.log->processors;
    scenario.expiries = UINT16_MAX;
    return scenario;
}

bool conform_check(const struct conform_options *options, const struct scenario *scenario,
                   const struct log *log, struct conform_result *result, char *error,
                   size_t size)
{
    bool good;

    if (scenario->protocol != PROTOCOL_MUSTER) {
        snprintf(error, size, "only muster's protocol writes a log");
        return false;
    }
    if (log->processors > CONFORM_PROCESSORS_MAX || log->deadline_directed == 0 ||
        log->dropped != 0) {
        snprintf(error, size, "%s",
                 log->dropped != 0                          ? "records were dropped"
                 : log->processors > CONFORM_PROCESSORS_MAX ? "too many processors"
                                                            : "it does not tell the deadlines");
        return false;
    }

    memset(&trace, 0, sizeof(trace));
    memset(result, 0, sizeof(*result));
    trace.options = options;
    trace.log = log;
    trace.scenario = scenario_of(scenario);
    trace.result = result;
    trace.records = calloc(log->records_count + 1, sizeof(*trace.records));
    if (trace.records == NULL) {
        snprintf(error, size, "not enough memory");
        return false;
    }
    good = trace_read(error, size);
    if (good) {
        result->looks = trace.look_count;
        result->records = trace.record_count;
        good = search(result, error, size);
    }
    free(trace.records);
    return good;
}
