/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the searches of the simulator must have met, and what they must never meet, where that is
 * no property of the machine: who led whom, and what a processor touches while it is held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/presence.h>
#include <core/round.h>
#include <sim/arena.h>
#include <sim/explore.h>
#include <sim/machine_state.h>
#include <sim/modes.h>

#include "scenario_from.h"

static struct explore_result explored(const char *text, void (*setup)(const void *))
{
    static struct explore_result result;
    struct scenario scenario = scenario_from(text);
    struct explore_options options = {
        .jobs = 1, .memory = 64 << 20, .setup = setup, .scenario = &scenario};

    assert_true(explore(&options, &result));
    if (result.outcome != EXPLORE_COMPLETE)
        print_error("%s: %s: %s\n", text, result.property, result.message);
    assert_int_equal(result.outcome, EXPLORE_COMPLETE);
    return result;
}

/* ---- A processor that is held ---- */

static unsigned waits_seen;

/* From the moment that its mark is visible until the round is over a follower reads the release word,
 * and nothing else. */
static void follower_watch(unsigned processor, const uint64_t *word, bool write, bool locked)
{
    uint64_t round = round_of(machine.runtime->round.value);
    uint64_t mark = machine.processors[processor].mark.value & MARK_PLACE_MASK;

    (void)locked;
    if (machine.hub->leader == 0 || machine.hub->leader == processor + 1 ||
        mark != mark_in_round(round))
        return;
    if (write || word != &machine.runtime->release.value)
        engine_fail("one-word", "processor %u touches another word while it is held",
                    processor);
}

/* While a handler runs that needs all, each of those gathered is in the wait for that word. */
static uint64_t call_watch(unsigned processor, const struct op *op);

static const struct model *machine_model;
static struct model watched_model;

static void watched_setup(const void *scenario)
{
    machine_setup(scenario);
    engine.observer = follower_watch;
    machine_model = engine.model;
    watched_model = *machine_model;
    watched_model.call = call_watch;
    engine.model = &watched_model;
}

static uint64_t call_watch(unsigned processor, const struct op *op)
{
    uint64_t in = mark_in_round(round_of(machine.runtime->round.value));

    for (unsigned i = 0; op->code == CALL_HANDLER_BEGIN && i < engine.processors; i++) {
        const struct processor *other = &engine_processors[i];

        if (i == processor || (machine.processors[i].mark.value & MARK_PLACE_MASK) != in)
            continue;
        waits_seen++;
        if (other->op.kind != OP_WAIT_REACHED || other->stores != 0 ||
            other->op.word != &machine.runtime->release.value)
            engine_fail("one-word", "processor %u is held elsewhere", i);
    }
    return machine_model->call(processor, op);
}

static void a_processor_that_is_held_reads_one_word(void **state)
{
    static const char *const texts[] = {
        "scenario crossing",
        "scenario directed",
        "scenario second-smi",
        "scenario three-rounds",
        "scenario both",
        "scenario one-round cpus 3 events 1 allow tco,spurious",
        "scenario crossing cpus 3",
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        waits_seen = 0;
        explored(texts[i], watched_setup);
        assert_true(waits_seen != 0);
    }
}

/* ---- Who is served by whom ---- */

#define PROCESSORS 4u

/* In the arena: whose requests have run in the round in progress. */
static struct served {
    uint64_t round;
    uint64_t issuers;
} * served;

/* Sets of issuers that each monarch has served in one round, over all executions. */
static bool came_about[PROCESSORS][1u << PROCESSORS];

static void note_released(unsigned processor, const uint64_t *word, uint64_t old)
{
    unsigned leader = machine.hub->leader;

    machine_model->changed(processor, word, old);
    if (word != &machine.runtime->round.value || machine.hub->leader != 0 || leader == 0)
        return;
    came_about[leader - 1][served->issuers] = true;
    served->issuers = 0;
}

static uint64_t note_served(unsigned processor, const struct op *op)
{
    if (op->code == CALL_HANDLER_BEGIN)
        served->issuers |= UINT64_C(1) << ((op->a >> 8) - 1);
    return machine_model->call(processor, op);
}

static void served_setup(const void *scenario)
{
    machine_setup(scenario);
    served = arena_allocate(ARENA_STATE, sizeof(*served));
    machine_model = engine.model;
    watched_model = *machine_model;
    watched_model.call = note_served;
    watched_model.changed = note_released;
    engine.model = &watched_model;
}

static void came_about_forget(void)
{
    memset(came_about, 0, sizeof(came_about));
}

/* Of all sets of issuers and monarchs, those that have not come about. */
static unsigned missing(unsigned processors)
{
    unsigned count = 0;

    for (unsigned monarch = 0; monarch < processors; monarch++)
        for (unsigned issuers = 1; issuers < 1u << processors; issuers++)
            count += !came_about[monarch][issuers];
    return count;
}

static void two_processors_serve_each_other(void **state)
{
    (void)state;
    came_about_forget();
    explored("requests 1,1", served_setup);
    assert_int_equal(missing(2), 0);
}

/* One execution, each choice by chance. */
static void walk(const struct scenario *scenario, unsigned *seed)
{
    struct transition *list;
    unsigned count;

    served_setup(scenario);
    list = calloc(engine_transitions_max(), sizeof(*list));
    assert_non_null(list);
    while (engine.failed == NULL && (count = engine_enabled(list)) != 0)
        assert_true(engine_take(list[(unsigned)rand_r(seed) % count]));
    if (engine.failed == NULL)
        engine.model->ended();
    if (engine.failed != NULL)
        print_error("%s: %s\n", engine.failed, engine.failure);
    assert_null(engine.failed);
    free(list);
}

/* More are too many to search: chance finds all combinations, and each execution answers each
 * request once. */
static void all_serve_all(const char *text, unsigned walks)
{
    struct scenario scenario = scenario_from(text);
    unsigned seed = 1;

    came_about_forget();
    for (unsigned i = 0; i < walks && missing(scenario.processors) != 0; i++)
        walk(&scenario, &seed);
    assert_int_equal(missing(scenario.processors), 0);
}

static void three_processors_serve_each_other(void **state)
{
    (void)state;
    all_serve_all("cpus 3 requests 1", 20000);
}

static void four_processors_serve_each_other(void **state)
{
    (void)state;
    all_serve_all("cpus 4 requests 1", 20000);
}

/* ---- Traditional and relaxed ---- */

#define MODES_PROCESSORS 3u

/* In the arena: who has sent SMIs to whom. */
static uint8_t (*sent)[MODES_PROCESSORS];
static const uint8_t (*sent_expected)[MODES_PROCESSORS];

static uint64_t note_sent(unsigned processor, const struct op *op)
{
    if (op->code == MODES_CALL_SEND)
        sent[processor][op->a]++;
    return machine_model->call(processor, op);
}

static void check_sent(void)
{
    machine_model->ended();
    if (memcmp(sent, sent_expected, MODES_PROCESSORS * sizeof(*sent)) != 0)
        engine_fail("directed", "other SMIs were sent than expected");
}

static void sending_setup(const void *scenario)
{
    machine_setup(scenario);
    sent = arena_allocate(ARENA_STATE, MODES_PROCESSORS * sizeof(*sent));
    machine_model = engine.model;
    watched_model = *machine_model;
    watched_model.call = note_sent;
    watched_model.ended = check_sent;
    engine.model = &watched_model;
}

/* The cases (1a), (1b) and (2) of the patch's rationale, in every interleaving. */
static void directed_smis_are_the_documented_ones(void **state)
{
    static const struct {
        const char *text;
        uint8_t sent[MODES_PROCESSORS][MODES_PROCESSORS]; /* from, to */
    } cases[] = {
        {"scenario traditional cpus 3 requests 1,0", {{0, 1, 1}, {0}, {0}}},
        {"scenario relaxed cpus 3 requests 1,0", {{0}, {0}, {0}}},
        {"scenario traditional cpus 3 requests 0,1,0", {{0, 0, 1}, {1, 0, 0}, {0}}},
        {"scenario relaxed cpus 3 requests 0,1,0", {{0}, {1, 0, 0}, {0}}},
        {"scenario traditional cpus 3 requests 0,1,0 broadcast 1", {{0}, {0}, {0}}},
        {"scenario relaxed cpus 3 requests 0,1,0 broadcast 1", {{0}, {0}, {0}}},
        {"scenario relaxed cpus 3 requests 0,1,0 broadcast 1 refuse 1", {{0}, {1, 0, 0}, {0}}},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sent_expected = cases[i].sent;
        explored(cases[i].text, sending_setup);
    }
}

/* What is offered may be had, once; what is not is refused and changes nothing. */
static void features_are_negotiated_once(void **state)
{
    struct features features;

    (void)state;
    features_reset(&features, FEATURE_BROADCAST);
    features.requested = FEATURE_BROADCAST | 2;
    assert_false(features_ok(&features));
    assert_int_equal(features.negotiated, 0);
    features.requested = FEATURE_BROADCAST;
    assert_true(features_ok(&features));
    assert_int_equal(features.negotiated, FEATURE_BROADCAST);
    features.requested = 0;
    assert_true(features_ok(&features));
    assert_int_equal(features.negotiated, FEATURE_BROADCAST);
    features_reset(&features, 0);
    assert_false(features_negotiate(&features, true));
    assert_true(features_ok(&features) == false);
    features_reset(&features, 0);
    assert_false(features_negotiate(&features, false));
    assert_true(features.ok);
}

/* ---- The synchbyte in flash ---- */

/* Whether or not its worn sectors are erased in time, what was written last is what is read. */
static void flash_shows_the_newest_mark(void **state)
{
    struct scenario scenario = scenario_from("scenario low-power-flash");

    (void)state;
    machine_setup(&scenario);
    for (uint64_t mark = 2; mark < 50; mark++) {
        machine.processors[1].mark.value = mark;
        synchbyte_written(1);
        assert_int_equal(machine.processors[1].mark.value, mark);
        if (mark % 3 == 0 && synchbyte_is_worn(1))
            synchbyte_erase(1);
        assert_int_equal(machine.processors[1].mark.value, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_processor_that_is_held_reads_one_word),
        cmocka_unit_test(two_processors_serve_each_other),
        cmocka_unit_test(three_processors_serve_each_other),
        cmocka_unit_test(four_processors_serve_each_other),
        cmocka_unit_test(directed_smis_are_the_documented_ones),
        cmocka_unit_test(features_are_negotiated_once),
        cmocka_unit_test(flash_shows_the_newest_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
