/* SPDX-License-Identifier: BSD-2-Clause */
/* The litmus programs, run by an interpreter that uses the core's own door to shared memory. */
#include <sim/litmus.h>

#include <stdlib.h>
#include <string.h>

#include <arch/shared.h>
#include <sim/arena.h>
#include <sim/engine.h>

const struct litmus litmus_tests[] = {
    {"SB", {"Wx1 Ry", "Wy1 Rx"}, "00..", true, false},
    {"SB+F+po", {"Wx1 F Ry", "Wy1 Rx"}, "00..", true, false},
    {"SB+F+F", {"Wx1 F Ry", "Wy1 F Rx"}, "00..", false, false},
    {"SB+X+po", {"Xx1 Ry", "Wy1 Rx"}, "000..", true, false},
    {"SB+X+X", {"Xx1 Ry", "Xy1 Rx"}, "0000..", false, false},
    {"MP", {"Wx1 Wy1", "Ry Rx"}, "10..", false, false},
    {"MP+F+F", {"Wx1 F Wy1", "Ry F Rx"}, "10..", false, false},
    {"LB", {"Rx Wy1", "Ry Wx1"}, "11..", false, false},
    {"IRIW", {"Wx1", "Wy1", "Rx Ry", "Ry Rx"}, "1010..", false, false},
    {"IRIW+F+F", {"Wx1", "Wy1", "Rx F Ry", "Ry F Rx"}, "1010..", false, false},
    {"2+2W", {"Wx1 Wy2", "Wy1 Wx2"}, "11", false, false},
    {"R", {"Wx1 Wy1", "Wy2 Rx"}, "0.2", true, false},
    {"R+po+F", {"Wx1 Wy1", "Wy2 F Rx"}, "0.2", false, false},
    {"R+F+po", {"Wx1 F Wy1", "Wy2 Rx"}, "0.2", true, false},
    {"R+po+X", {"Wx1 Wy1", "Xy2 Rx"}, ".0.2", false, false},
    {"S", {"Wx2 Wy1", "Ry Wx1"}, "12.", false, false},
    {"S+F+F", {"Wx2 F Wy1", "Ry F Wx1"}, "12.", false, false},
    {"WRC", {"Wx1", "Rx Wy1", "Ry Rx"}, "110..", false, false},
    {"RWC", {"Wx1", "Rx Ry", "Wy1 Rx"}, "100..", true, false},
    {"RWC+po+F", {"Wx1", "Rx Ry", "Wy1 F Rx"}, "100..", false, false},
    {"WWC", {"Wx2", "Rx Wy1", "Ry Wx1"}, "212.", false, false},
    {"CoRR", {"Wx1", "Rx Rx"}, "10..", false, false},
    {"CoWW", {"Wx1 Wx2"}, "1.", false, false},
    {"n5", {"Wx1 Rx", "Wx2 Rx"}, "21..", false, false},
    {"n6", {"Wx1 Rx Ry", "Wy2 Wx2"}, "101.", true, false},
    {"n7", {"Wx1 Rx Ry", "Wy1 Ry Rx"}, "1010..", true, false},
    {"n8", {"Wx1 F Rx Ry", "Wy1 F Ry Rx"}, "1010..", false, false},
    {"XCHG", {"Xx1", "Xx2"}, "21..", false, false},
    {"XCHG-MP", {"Wx1 Xy1", "Ry Rx"}, "010..", false, false},
};

const unsigned litmus_count = sizeof(litmus_tests) / sizeof(litmus_tests[0]);

#define REGISTERS_MAX 4u /* of a thread */

/* In the arena. */
struct litmus_state {
    struct shared_word words[2];
    uint64_t registers[LITMUS_THREADS_MAX][REGISTERS_MAX];
};

static struct litmus_state *state;
static const struct litmus *running_test;
static struct litmus_set *running_set;

static void run_thread(void *argument)
{
    unsigned thread = (unsigned)(uintptr_t)argument;
    const char *at = running_test->threads[thread];
    unsigned next = 0;

    for (; *at != '\0'; at += strcspn(at, " "), at += *at == ' ') {
        struct shared_word *word = &state->words[at[1] == 'y'];
        uint64_t value = at[0] == 'W' || at[0] == 'X' ? (uint64_t)(at[2] - '0') : 0;

        if (at[0] == 'W')
            shared_store_release(word, value);
        else if (at[0] == 'R')
            state->registers[thread][next++] = shared_load_acquire(word);
        else if (at[0] == 'X')
            state->registers[thread][next++] = engine_operation(
                (struct op){.kind = OP_EXCHANGE, .word = &word->value, .a = value});
        else
            engine_operation((struct op){.kind = OP_FENCE});
    }
}

static unsigned thread_registers(const char *text)
{
    unsigned count = 0;

    for (; *text != '\0'; text++)
        count += *text == 'R' || *text == 'X';
    return count;
}

static void record_outcome(void)
{
    char outcome[LITMUS_OUTCOME_MAX] = "";
    unsigned length = 0;
    unsigned at = 0;

    for (unsigned thread = 0; thread < engine.processors; thread++)
        for (unsigned i = 0; i < thread_registers(running_test->threads[thread]); i++)
            outcome[length++] = (char)('0' + state->registers[thread][i]);
    outcome[length++] = (char)('0' + state->words[0].value);
    outcome[length++] = (char)('0' + state->words[1].value);
    while (at < running_set->count && strcmp(running_set->outcomes[at], outcome) < 0)
        at++;
    if (at < running_set->count && strcmp(running_set->outcomes[at], outcome) == 0)
        return;
    if (running_set->count == LITMUS_SET_MAX)
        abort();
    memmove(running_set->outcomes[at + 1], running_set->outcomes[at],
            (running_set->count - at) * LITMUS_OUTCOME_MAX);
    memcpy(running_set->outcomes[at], outcome, LITMUS_OUTCOME_MAX);
    running_set->count++;
}

static const struct model litmus_model = {.name = "litmus"};

static void set_up(const void *sequential)
{
    unsigned threads = 0;

    while (threads < LITMUS_THREADS_MAX && running_test->threads[threads] != NULL)
        threads++;
    engine_reset(&litmus_model, threads, *(const bool *)sequential, 65536);
    state = arena_allocate(ARENA_STATE, sizeof(*state));
    for (unsigned thread = 0; thread < threads; thread++)
        engine_start(thread, run_thread, (void *)(uintptr_t)thread);
}

bool litmus_run(const struct litmus *test, bool sequential, struct explore_options options,
                struct litmus_set *set, struct explore_counts *counts)
{
    static struct explore_result result;
    bool good;

    running_test = test;
    running_set = set;
    set->count = 0;
    options.setup = set_up;
    options.scenario = &sequential;
    options.at_end = record_outcome;
    options.jobs = 1; /* outcomes are collected in this process */
    good = explore(&options, &result);
    *counts = result.counts;
    return good && result.outcome == EXPLORE_COMPLETE;
}

bool litmus_set_matches(const struct litmus_set *set, const char *pattern)
{
    for (unsigned i = 0; i < set->count; i++) {
        unsigned at = 0;

        while (pattern[at] == '.' ? set->outcomes[i][at] != '\0'
                                  : pattern[at] != '\0' && pattern[at] == set->outcomes[i][at])
            at++;
        if (pattern[at] == '\0' && set->outcomes[i][at] == '\0')
            return true;
    }
    return false;
}
