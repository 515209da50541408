/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checker checked: its memory has the published outcomes and no others, its reductions lose
 * nothing that the naive search finds, and what it reads from files it does not trust.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sim/litmus.h>
#include <sim/replay.h>

#include "scenario_from.h"

#define ENDS_MAX 65536u

static uint64_t ends[ENDS_MAX];
static unsigned end_count;

/* The hash of this state by a function that is the same in every search. */
static uint64_t hash_of_state(void)
{
    uint64_t seed = engine.hash_seed;
    uint64_t hash;

    engine.hash_seed = 7;
    engine_hash_forget();
    hash = engine_hash();
    engine.hash_seed = seed;
    engine_hash_forget();
    return hash;
}

/* Notes the final state, once. */
static void note_end(void)
{
    uint64_t hash = hash_of_state();

    for (unsigned i = 0; i < end_count; i++)
        if (ends[i] == hash)
            return;
    assert_true(end_count < ENDS_MAX);
    ends[end_count++] = hash;
}

static int by_value(const void *one, const void *other)
{
    uint64_t first = *(const uint64_t *)one;
    uint64_t second = *(const uint64_t *)other;

    return (first > second) - (first < second);
}

/* One hash of the set of final states. */
static uint64_t ends_hash(void)
{
    uint64_t hash = end_count;

    qsort(ends, end_count, sizeof(ends[0]), by_value);
    for (unsigned i = 0; i < end_count; i++)
        hash = (hash ^ ends[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return hash;
}

static struct explore_result run(const char *text, struct explore_options options)
{
    static struct explore_result result;
    struct scenario scenario = scenario_from(text);

    options.setup = machine_setup;
    options.scenario = &scenario;
    options.jobs = options.jobs != 0 ? options.jobs : 1;
    options.memory = 16 << 20;
    options.at_end = options.jobs == 1 ? note_end : NULL;
    assert_true(explore(&options, &result));
    return result;
}

static void memory_is_the_published_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < litmus_count; i++)
        for (unsigned sequential = 0; sequential < 2; sequential++) {
            const struct litmus *test = &litmus_tests[i];
            struct litmus_set sets[4];
            struct explore_counts counts;

            for (unsigned method = 0; method < 4; method++) {
                struct explore_options options = {
                    .no_sleep = method & 1, .no_table = method & 2, .memory = 1 << 20};

                assert_true(litmus_run(test, sequential, options, &sets[method], &counts));
                assert_int_equal(sets[method].count, sets[0].count);
                assert_memory_equal(sets[method].outcomes, sets[0].outcomes,
                                    sets[0].count * sizeof(sets[0].outcomes[0]));
            }
            assert_int_equal(litmus_set_matches(&sets[0], test->outcome),
                             sequential ? test->sc : test->tso);
        }
}

/* SB: all four outcomes under TSO, all but 00 under SC; each spelled out. */
static void store_buffering_exactly(void **state)
{
    struct litmus_set set;
    struct explore_counts counts;
    struct explore_options options = {.memory = 1 << 20};

    (void)state;
    assert_string_equal(litmus_tests[0].name, "SB");
    assert_true(litmus_run(&litmus_tests[0], false, options, &set, &counts));
    assert_int_equal(set.count, 4);
    assert_string_equal(set.outcomes[0], "0011");
    assert_string_equal(set.outcomes[3], "1111");
    assert_true(litmus_run(&litmus_tests[0], true, options, &set, &counts));
    assert_int_equal(set.count, 3);
    assert_string_equal(set.outcomes[0], "0111");
}

/* Every method comes to the same final states as the naive search. */
static void reductions_lose_nothing(void **state)
{
    static const char *const texts[] = {"scenario directed requests 1,0",
                                        "scenario user",
                                        "scenario user sc 1",
                                        "scenario directed requests 1,0 sc 1",
                                        "scenario user patient 1",
                                        "scenario directed requests 1,0 patient 1",
                                        "scenario pmi requests 1,0",
                                        "scenario pmi requests 1,0 patient 1"};

    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        uint64_t expected = 0;

        for (unsigned method = 0; method < 4; method++) {
            struct explore_options options = {.no_sleep = !(method & 1),
                                              .no_table = !(method & 2)};

            end_count = 0;
            assert_int_equal(run(texts[i], options).outcome, EXPLORE_COMPLETE);
            if (method == 0)
                expected = ends_hash();
            assert_true(end_count != 0);
            assert_true(ends_hash() == expected);
        }
    }
}

/* Steps taken at once lose no final state where nobody is stopped in the middle of them. */
static void eager_steps_lose_nothing(void **state)
{
    static const char *const texts[] = {"scenario crossing",
                                        "scenario three-rounds",
                                        "scenario directed",
                                        "scenario bytes",
                                        "scenario both",
                                        "scenario adversary",
                                        "scenario lone-bytes",
                                        "scenario crossing sc 1",
                                        "scenario pmi node-size 1",
                                        "scenario second-smi",
                                        "scenario init",
                                        "scenario one-round events 2 allow spurious,init,sipi",
                                        "scenario one-round variant qemu allow spurious,init",
                                        "scenario low-power-flash requests 1,0"};

    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char patient[128];
        uint64_t expected;

        end_count = 0;
        run(texts[i], (struct explore_options){0});
        expected = ends_hash();
        end_count = 0;
        snprintf(patient, sizeof(patient), "%s patient 1", texts[i]);
        run(patient, (struct explore_options){0});
        assert_true(ends_hash() == expected);
    }
}

/* ---- Independence ---- */

static char *before;

/* The state after both, or 0 if the second is not possible any more. */
static uint64_t hash_after(struct transition first, struct transition second)
{
    uint64_t hash = 0;

    if (engine_take(first) && engine_take(second))
        hash = engine_hash();
    assert_null(engine.failed);
    engine_restore(before);
    return hash;
}

static void pairs_check(const struct transition *list, unsigned count, const char *text)
{
    char one[256], other[256];

    engine_save(before);
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = i + 1; k < count; k++) {
            if (!engine_independent(list[i], list[k]))
                continue;
            uint64_t hash = hash_after(list[i], list[k]);

            if (hash != 0 && hash_after(list[k], list[i]) == hash)
                continue;
            engine_describe(list[i], one, sizeof(one));
            engine_describe(list[k], other, sizeof(other));
            fail_msg("%s: '%s' of cpu%u and '%s' of cpu%u", text, one, list[i].processor, other,
                     list[k].processor);
        }
}

/* What sleep sets rest on, in the states of random executions: whatever is said to be independent leads to
 * the same state in either order, what is known for the properties included. */
static void independent_transitions_commute(void **state)
{
    static const char *const texts[] = {
        "scenario one-round cpus 3 events 3 expiries 1",
        "scenario one-round cpus 3 events 2 patient 1",
        "scenario three-rounds cpus 3 events 2 allow tco,init,sipi",
        "scenario deadlines cpus 3 expiries 2",
        "scenario dual expiries 2",
        "scenario readmitted expiries 1",
        "scenario stacks-lost expiries 1",
        "scenario others events 1 allow all expiries 1",
        "scenario one-round cpus 4 events 1 block 2",
        "scenario causes events 1 expiries 2",
        "scenario low-power-flash",
        "scenario pmi cpus 3"};

    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct scenario scenario = scenario_from(texts[i]);

        srandom(i);
        for (unsigned execution = 0; execution < 300; execution++) {
            struct transition *list;
            unsigned count;

            machine_setup(&scenario);
            list = calloc(engine_transitions_max(), sizeof(*list));
            before = malloc(engine_save_max());
            while ((count = engine_enabled(list)) != 0) {
                pairs_check(list, count, texts[i]);
                assert_true(engine_take(list[(unsigned)random() % count]));
            }
            free(before);
            free(list);
        }
    }
}

/* Sleep sets, processes, shards and another hash change the work, not the states. */
static void state_counts_agree(void **state)
{
    static const char *const texts[] = {"scenario one-round", "scenario three-rounds",
                                        "scenario deadlines", "scenario second-smi",
                                        "scenario adversary", "scenario stopped",
                                        "scenario pmi",       "scenario low-power"};

    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct explore_result result;
        uint64_t states;
        uint64_t expected;

        end_count = 0;
        result = run(texts[i], (struct explore_options){.no_sleep = true});
        states = result.counts.states;
        expected = ends_hash();
        assert_int_equal(result.outcome, EXPLORE_COMPLETE);
        end_count = 0;
        result = run(texts[i], (struct explore_options){0});
        assert_int_equal(result.counts.states, states);
        assert_true(ends_hash() == expected);
        result = run(texts[i], (struct explore_options){.jobs = 2});
        assert_int_equal(result.counts.states, states);
        result = run(texts[i], (struct explore_options){.hash_seed = 12345});
        assert_int_equal(result.counts.states, states);
        end_count = 0;
        for (unsigned shard = 1; shard <= 3; shard++)
            run(texts[i], (struct explore_options){.shard = shard, .shards = 3});
        assert_true(ends_hash() == expected);
    }
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void bad_replay_files_are_refused(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"", ":1: the file ends too early"},
        {"something else\n", ":1: not a replay file"},
        {"muster-sim replay 1\ncpus two\n", ":2: 'two' is not a value for cpus"},
        {"muster-sim replay 1\nwheels 4\n", ":2: there is no option 'wheels'"},
        {"muster-sim replay 1\nsteps many\n", ":2: expected a number"},
        {"muster-sim replay 1\nsteps 2\nstep 0 0\n", ":4: the file ends too early"},
        {"muster-sim replay 1\nsteps 1\njump 0 0\nend\n", ":3: no such kind of step"},
        {"muster-sim replay 1\nsteps 1\nstep 0 0\nmore\n", ":4: expected 'end'"},
        {"muster-sim replay 1\ncpus 0\nsteps 0\nend\n", "there must be a processor"},
    };
    const char *name = "build/test/bad.replay";

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct execution execution;
        char error[512] = "";

        write_file(name, cases[i].text);
        assert_false(replay_read(&execution, name, error, sizeof(error)));
        assert_non_null(strstr(error, cases[i].error));
        free(execution.steps);
    }
    unlink(name);
}

/* What is written can be read and comes to the same state. */
static void replay_comes_back(void **state)
{
    struct transition steps[] = {{T_EVENT, EVENT_PREPARE, 0},
                                 {T_EVENT, EVENT_OUT, 0},
                                 {T_ENTER, 0, 1},
                                 {T_STEP, 0, 1},
                                 {T_ENTER, 0, 0}};
    struct execution written = {
        .scenario = scenario_from("scenario one-round cpus 3"), .steps = steps, .length = 5};
    struct execution read;
    char error[512];
    uint64_t hash;

    (void)state;
    assert_int_equal(replay_play(&written, NULL), 5);
    hash = engine_hash();
    assert_true(replay_write(&written, "build/test/good.replay"));
    assert_true(replay_read(&read, "build/test/good.replay", error, sizeof(error)));
    assert_int_equal(replay_play(&read, NULL), 5);
    assert_true(engine_hash() == hash);
    free(read.steps);
    unlink("build/test/good.replay");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_the_published_one),
        cmocka_unit_test(store_buffering_exactly),
        cmocka_unit_test(reductions_lose_nothing),
        cmocka_unit_test(eager_steps_lose_nothing),
        cmocka_unit_test(independent_transitions_commute),
        cmocka_unit_test(state_counts_agree),
        cmocka_unit_test(bad_replay_files_are_refused),
        cmocka_unit_test(replay_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
