/* SPDX-License-Identifier: BSD-2-Clause */
/* Random scheduling. See random.h. */
#include <sim/random.h>

#include <stdlib.h>
#include <string.h>

#include <core/round.h>
#include <sim/arena.h>
#include <sim/machine_state.h>

#define STEPS_MAX   50000000u
#define PCT_STEPS   500u /* of each processor: priorities change within the first so many */
#define LANES       3u   /* of a processor: its code, its stores, its OS */
#define EVENT_ODDS  4u   /* steps of each processor between two machine events */
#define EXPIRY_ODDS 64u  /* ... and between two deadlines that expire untimely */
#define TRIES       256u /* to find a processor that something rare may happen to */
#define NOT_ACTIVE  UINT32_MAX

struct scheduler {
    uint64_t random;
    unsigned pct;
    uint32_t *priority; /* by lane; higher goes first */
    uint64_t *change;   /* steps at which the highest becomes the lowest */
    uint32_t lowest;
    unsigned event; /* the kind of machine event that is next */
    /* Those that may be able to move. Whoever is not among them waits for a word or an SMI. */
    uint32_t *active;
    uint32_t *place; /* of each processor in `active` */
    unsigned active_count;
    const uint64_t **waits_for; /* of each processor: the word */
    struct transition *due;     /* expiries possible when time passed last */
    unsigned due_count;
    struct transition list[ENGINE_EVENTS_MAX + ENGINE_CHOICES_MAX + 2];
};

/* The one whose execution runs: an observer is told nothing but the access. */
static struct scheduler *observing;

static uint64_t next_random(struct scheduler *scheduler)
{
    uint64_t x = scheduler->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    scheduler->random = x;
    return x * UINT64_C(2685821657736338717) >> 16;
}

/* ---- Who may move ---- */

static void activate(struct scheduler *scheduler, unsigned processor)
{
    if (scheduler->place[processor] != NOT_ACTIVE)
        return;
    scheduler->place[processor] = scheduler->active_count;
    scheduler->active[scheduler->active_count++] = processor;
}

static void deactivate(struct scheduler *scheduler, unsigned processor)
{
    uint32_t last = scheduler->active[--scheduler->active_count];

    scheduler->active[scheduler->place[processor]] = last;
    scheduler->place[last] = scheduler->place[processor];
    scheduler->place[processor] = NOT_ACTIVE;
}

/* Whoever waits for the word may go on when it is written. */
static void on_access(unsigned processor, const uint64_t *word, bool write, bool locked)
{
    (void)processor;
    (void)locked;
    if (!write)
        return;
    for (unsigned i = 0; i < engine.processors; i++)
        if (observing->waits_for[i] == word)
            activate(observing, i);
}

static bool is_wait(const struct op *op)
{
    return op->kind == OP_WAIT_EQUAL || op->kind == OP_WAIT_REACHED;
}

/* What is outside memory may have latched an SMI anywhere. */
static bool is_seen_by_all(struct transition transition)
{
    return transition.kind == T_EVENT ||
           (transition.kind == T_STEP &&
            engine_processors[transition.processor].op.kind == OP_CALL);
}

static void take(struct scheduler *scheduler, struct transition transition)
{
    const struct op *op = &engine_processors[transition.processor].op;
    bool all = is_seen_by_all(transition);

    engine_take_listed(transition);
    scheduler->waits_for[transition.processor] = is_wait(op) ? op->word : NULL;
    activate(scheduler, transition.processor);
    for (unsigned i = 0; all && i < engine.processors; i++)
        activate(scheduler, i);
}

/* ---- What is next ---- */

static bool is_rare(struct transition transition)
{
    return transition.kind == T_EXPIRE ||
           (transition.kind == T_EVENT && transition.value >= EVENT_TCO);
}

/* This processor's transitions without the rare ones, in scheduler->list. */
static unsigned usual_of(struct scheduler *scheduler, unsigned processor)
{
    unsigned count = engine_enabled_of(processor, scheduler->list);
    unsigned kept = 0;

    for (unsigned i = 0; i < count; i++)
        if (!is_rare(scheduler->list[i]))
            scheduler->list[kept++] = scheduler->list[i];
    return kept;
}

static bool pick_plain(struct scheduler *scheduler, struct transition *pick)
{
    while (scheduler->active_count != 0) {
        unsigned processor =
            scheduler->active[next_random(scheduler) % scheduler->active_count];
        unsigned count = usual_of(scheduler, processor);

        if (count != 0) {
            *pick = scheduler->list[next_random(scheduler) % count];
            return true;
        }
        deactivate(scheduler, processor);
    }
    return false;
}

/* The wanted one among this processor's transitions. */
static bool has(struct scheduler *scheduler, unsigned processor, uint8_t kind, uint8_t value,
                struct transition *pick)
{
    unsigned count = engine_enabled_of(processor, scheduler->list);

    for (unsigned i = 0; i < count; i++)
        if (scheduler->list[i].kind == kind && scheduler->list[i].value == value) {
            *pick = scheduler->list[i];
            return true;
        }
    return false;
}

static bool pick_rare(struct scheduler *scheduler, uint8_t kind, uint8_t value,
                      struct transition *pick)
{
    bool first_only = kind == T_EVENT && value == EVENT_TCO;

    for (unsigned try = 0; try < TRIES; try++) {
        unsigned processor =
            first_only ? 0 : (unsigned)(next_random(scheduler) % engine.processors);

        if (has(scheduler, processor, kind, value, pick))
            return true;
    }
    return false;
}

static bool is_time(struct scheduler *scheduler, unsigned odds)
{
    return next_random(scheduler) % ((uint64_t)odds * engine.processors) == 0;
}

/* Now and then something goes wrong. */
static bool pick_misfortune(struct scheduler *scheduler, struct transition *pick)
{
    if (is_time(scheduler, EXPIRY_ODDS) && pick_rare(scheduler, T_EXPIRE, 0, pick))
        return true;
    if (!is_time(scheduler, EVENT_ODDS))
        return false;
    scheduler->event = scheduler->event + 1 < MACHINE_EVENTS ? scheduler->event + 1 : EVENT_TCO;
    return pick_rare(scheduler, T_EVENT, (uint8_t)scheduler->event, pick);
}

static unsigned lane_of(struct transition transition)
{
    unsigned kind = transition.kind == T_COMMIT ? 1 : transition.kind == T_EVENT ? 2 : 0;

    return transition.processor * LANES + kind;
}

/* The transition of the highest priority. Backwards: who cannot move is replaced by the last. */
static bool pick_pct(struct scheduler *scheduler, uint64_t step, struct transition *pick)
{
    bool found = false;

    for (unsigned at = scheduler->active_count; at-- > 0;) {
        unsigned processor = scheduler->active[at];
        unsigned count = usual_of(scheduler, processor);

        if (count == 0)
            deactivate(scheduler, processor);
        for (unsigned i = 0; i < count; i++) {
            struct transition transition = scheduler->list[i];

            if (!found ||
                scheduler->priority[lane_of(transition)] > scheduler->priority[lane_of(*pick)])
                *pick = transition;
            found = true;
        }
    }
    for (unsigned i = 0; found && i < scheduler->pct; i++)
        if (scheduler->change[i] == step)
            scheduler->priority[lane_of(*pick)] = --scheduler->lowest;
    return found;
}

/* One of the deadlines that had come when time passed last. */
static bool pick_due(struct scheduler *scheduler, struct transition *pick)
{
    while (scheduler->due_count != 0) {
        struct transition *due = &scheduler->due[next_random(scheduler) % scheduler->due_count];

        *pick = *due;
        *due = scheduler->due[--scheduler->due_count];
        if (scheduler->waits_for[pick->processor] != NULL &&
            engine_processors[pick->processor].op.c <= *engine_time)
            return true;
    }
    return false;
}

/* Nobody moves by choice: time passes, or if it cannot, something happens that need not. */
static bool pick_any(struct scheduler *scheduler, struct transition *pick)
{
    unsigned count;

    if (pick_due(scheduler, pick))
        return true;
    count = engine_enabled(scheduler->due);
    for (unsigned i = 0; i < count; i++)
        if (scheduler->due[i].kind == T_EXPIRE)
            scheduler->due[scheduler->due_count++] = scheduler->due[i];
    if (scheduler->due_count != 0) {
        *pick = scheduler->due[--scheduler->due_count];
        return true;
    }
    if (count != 0)
        *pick = scheduler->due[next_random(scheduler) % count];
    return count != 0;
}

static bool scheduler_start(struct scheduler *scheduler, uint64_t seed, unsigned pct)
{
    unsigned count = engine.processors;
    unsigned lanes = count * LANES;

    *scheduler = (struct scheduler){
        .random = hash_mix(seed, 0x6d75) | 1,
        .pct = pct,
        .lowest = 1000000,
        .priority = calloc(lanes, sizeof(*scheduler->priority)),
        .change = calloc(pct + 1, sizeof(*scheduler->change)),
        .active = calloc(count, sizeof(*scheduler->active)),
        .place = malloc(count * sizeof(*scheduler->place)),
        .waits_for = calloc(count, sizeof(*scheduler->waits_for)),
        .due = calloc(engine_transitions_max(), sizeof(*scheduler->due)),
    };
    if (scheduler->priority == NULL || scheduler->change == NULL || scheduler->active == NULL ||
        scheduler->place == NULL || scheduler->waits_for == NULL || scheduler->due == NULL)
        return false;
    for (unsigned i = 0; i < lanes; i++)
        scheduler->priority[i] = 2000000 + (uint32_t)(next_random(scheduler) % 1000000);
    for (unsigned i = 0; i < pct; i++)
        scheduler->change[i] = next_random(scheduler) % (PCT_STEPS * count);
    scheduler->event = EVENT_TCO + (unsigned)(seed % (MACHINE_EVENTS - EVENT_TCO));
    for (unsigned i = 0; i < count; i++) {
        scheduler->place[i] = NOT_ACTIVE;
        activate(scheduler, i);
    }
    observing = scheduler;
    engine.observer = on_access;
    return true;
}

static void scheduler_end(struct scheduler *scheduler)
{
    free(scheduler->priority);
    free(scheduler->change);
    free(scheduler->active);
    free(scheduler->place);
    free(scheduler->waits_for);
    free(scheduler->due);
}

static bool keep(struct execution *execution, size_t *room, struct transition step)
{
    if (execution->length == *room) {
        *room = 2 * *room + 4096;
        execution->steps = realloc(execution->steps, *room * sizeof(*execution->steps));
        if (execution->steps == NULL)
            return false;
    }
    execution->steps[execution->length++] = step;
    return true;
}

static void run(struct scheduler *scheduler, struct execution *execution,
                struct random_counts *counts)
{
    size_t room = 0;
    struct transition pick;

    while (engine.failed == NULL) {
        bool found = pick_misfortune(scheduler, &pick);

        if (!found)
            found = scheduler->pct != 0 ? pick_pct(scheduler, execution->length, &pick)
                                        : pick_plain(scheduler, &pick);
        if (!found && !pick_any(scheduler, &pick)) {
            engine.model->ended();
            return;
        }
        if (!keep(execution, &room, pick))
            return;
        take(scheduler, pick);
        counts->steps++;
        counts->taken[pick.kind]++;
        if (pick.kind == T_EVENT)
            counts->events[pick.value % EXPLORE_EVENTS_MAX]++;
        if (execution->length == STEPS_MAX)
            engine_fail("everyone-leaves", "no end after %u steps", STEPS_MAX);
    }
}

/* What this execution adds, over `before`. */
static void count_execution(struct random_counts *counts, const struct random_counts *before)
{
    uint64_t rounds = round_number(machine.runtime->round.value);
    unsigned kinds = 0;

    for (unsigned event = EVENT_TCO; event < MACHINE_EVENTS; event++)
        kinds += counts->events[event] != before->events[event];
    if (before->steps == 0 || rounds < counts->rounds_least)
        counts->rounds_least = rounds;
    if (before->steps == 0 || kinds < counts->kinds_least)
        counts->kinds_least = kinds;
    if (rounds > counts->rounds_most)
        counts->rounds_most = rounds;
}

bool random_run(struct execution *execution, uint64_t seed, unsigned pct,
                struct random_counts *counts)
{
    struct random_counts before = *counts;
    struct scheduler scheduler;

    /* Nothing is saved by steps taken at once, and who can move would be harder to tell. */
    execution->scenario.patient = true;
    machine_setup(&execution->scenario);
    execution->steps = NULL;
    execution->length = 0;
    if (scheduler_start(&scheduler, seed, pct))
        run(&scheduler, execution, counts);
    scheduler_end(&scheduler);
    count_execution(counts, &before);
    if (engine.failed != NULL)
        snprintf(execution->property, sizeof(execution->property), "%s", engine.failed);
    return engine.failed == NULL;
}
