/* SPDX-License-Identifier: BSD-2-Clause */
/* Random scheduling. See random.h. */
#include <sim/random.h>

#include <stdlib.h>
#include <string.h>

#include <sim/arena.h>

#define STEPS_MAX    50000000u
#define EXPIRY_ODDS  2000u  /* one deadline in so many chances passes untimely */
#define FAILURE_ODDS 50u    /* so does a machine event */
#define PCT_STEPS    50000u /* priorities change within the first so many steps */
#define LANES        3u     /* of a processor: its code, its stores, its events */

struct scheduler {
    uint64_t random;
    unsigned last; /* processor */
    unsigned pct;
    uint32_t *priority; /* by lane; higher goes first */
    uint64_t *change;   /* steps at which the highest becomes the lowest */
    uint32_t lowest;
    struct transition list[ENGINE_EVENTS_MAX + ENGINE_CHOICES_MAX + 2];
};

static uint64_t next_random(struct scheduler *scheduler)
{
    uint64_t x = scheduler->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    scheduler->random = x;
    return x * UINT64_C(2685821657736338717) >> 16;
}

static bool is_unlikely(struct scheduler *scheduler, struct transition transition)
{
    if (transition.kind == T_EXPIRE)
        return next_random(scheduler) % EXPIRY_ODDS != 0;
    if (transition.kind == T_EVENT && transition.value >= EVENT_TCO)
        return next_random(scheduler) % FAILURE_ODDS != 0;
    return false;
}

/* A transition of this processor, unlikely ones seldom. False if it has none this time. */
static bool pick_of(struct scheduler *scheduler, unsigned processor, struct transition *pick)
{
    unsigned count = engine_enabled_of(processor, scheduler->list);

    if (count == 0)
        return false;
    *pick = scheduler->list[next_random(scheduler) % count];
    return !is_unlikely(scheduler, *pick);
}

static bool pick_plain(struct scheduler *scheduler, struct transition *pick)
{
    /* Staying with a processor half of the time makes runs both long and short. */
    if (next_random(scheduler) & 1 && pick_of(scheduler, scheduler->last, pick))
        return true;
    for (unsigned try = 0; try < 2 * engine.processors; try++) {
        scheduler->last = (unsigned)(next_random(scheduler) % engine.processors);
        if (pick_of(scheduler, scheduler->last, pick))
            return true;
    }
    /* Everybody in turn, so that nobody able to move is missed. */
    for (unsigned i = 0; i < engine.processors; i++)
        if (pick_of(scheduler, i, pick))
            return true;
    return false;
}

static unsigned lane_of(struct transition transition)
{
    unsigned kind = transition.kind == T_COMMIT ? 1 : transition.kind == T_EVENT ? 2 : 0;

    return transition.processor * LANES + kind;
}

static bool pick_pct(struct scheduler *scheduler, uint64_t step, struct transition *pick)
{
    bool found = false;

    for (unsigned processor = 0; processor < engine.processors; processor++) {
        unsigned count = engine_enabled_of(processor, scheduler->list);

        for (unsigned i = 0; i < count; i++) {
            struct transition transition = scheduler->list[i];

            if (is_unlikely(scheduler, transition))
                continue;
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

/* Nobody moves by choice: whatever is possible at all, for instance the next deadline. */
static bool pick_any(struct scheduler *scheduler, struct transition *pick)
{
    struct transition *list = calloc(engine_transitions_max(), sizeof(*list));
    unsigned count = list == NULL ? 0 : engine_enabled(list);
    unsigned kept = 0;

    /* Deadlines and failures only if there is nothing else. */
    for (unsigned i = 0; i < count; i++)
        if (list[i].kind != T_EXPIRE &&
            !(list[i].kind == T_EVENT && list[i].value >= EVENT_TCO))
            list[kept++] = list[i];
    if (count != 0)
        *pick = list[next_random(scheduler) % (kept != 0 ? kept : count)];
    free(list);
    return count != 0;
}

static bool scheduler_start(struct scheduler *scheduler, uint64_t seed, unsigned pct)
{
    unsigned lanes = engine.processors * LANES;

    memset(scheduler, 0, sizeof(*scheduler));
    scheduler->random = hash_mix(seed, 0x6d75) | 1;
    scheduler->pct = pct;
    scheduler->lowest = 1000000;
    scheduler->priority = calloc(lanes, sizeof(*scheduler->priority));
    scheduler->change = calloc(pct + 1, sizeof(*scheduler->change));
    if (scheduler->priority == NULL || scheduler->change == NULL)
        return false;
    for (unsigned i = 0; i < lanes; i++)
        scheduler->priority[i] = 2000000 + (uint32_t)(next_random(scheduler) % 1000000);
    for (unsigned i = 0; i < pct; i++)
        scheduler->change[i] = next_random(scheduler) % PCT_STEPS;
    return true;
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
        bool found = scheduler->pct != 0 ? pick_pct(scheduler, execution->length, &pick)
                                         : pick_plain(scheduler, &pick);

        if (!found && !pick_any(scheduler, &pick)) {
            engine.model->ended();
            return;
        }
        if (!keep(execution, &room, pick))
            return;
        engine_take(pick);
        counts->steps++;
        counts->taken[pick.kind]++;
        if (pick.kind == T_EVENT)
            counts->events[pick.value % EXPLORE_EVENTS_MAX]++;
        if (execution->length == STEPS_MAX)
            engine_fail("everyone-leaves", "no end after %u steps", STEPS_MAX);
    }
}

bool random_run(struct execution *execution, uint64_t seed, unsigned pct,
                struct random_counts *counts)
{
    struct scheduler scheduler;

    machine_setup(&execution->scenario);
    execution->steps = NULL;
    execution->length = 0;
    if (scheduler_start(&scheduler, seed, pct))
        run(&scheduler, execution, counts);
    free(scheduler.priority);
    free(scheduler.change);
    if (engine.failed != NULL)
        snprintf(execution->property, sizeof(execution->property), "%s", engine.failed);
    return engine.failed == NULL;
}
