/* SPDX-License-Identifier: BSD-2-Clause */
/* The traditional protocol's shared accesses, without its work. See traditional.h. */
#include <sim/traditional.h>

#include <stdint.h>

#include <arch/shared.h>
#include <sim/arena.h>
#include <sim/engine.h>

struct line {
    _Alignas(64) struct shared_word word;
};

static struct {
    struct line *arrived; /* count */
    struct line *inside;  /* "all are in" */
    struct line *run;     /* semaphore of each processor */
    struct line *busy;    /* lock of each processor */
    unsigned processors;
} shared;

static void semaphore_up(struct shared_word *semaphore)
{
    engine_operation((struct op){.kind = OP_ADD, .word = &semaphore->value, .a = 1});
}

/* Arrival may be refused once the door is closed, hence not an addition. */
static void arrive(void)
{
    uint64_t value;

    do
        value = shared_load_relaxed(&shared.arrived->word);
    while (!shared_compare_exchange(&shared.arrived->word, value, value + 1));
}

static void semaphore_down(struct shared_word *semaphore)
{
    uint64_t value;

    do {
        shared_wait_reached(semaphore, 1, ENGINE_NEVER);
        value = shared_load_relaxed(semaphore);
    } while (value == 0 || !shared_compare_exchange(semaphore, value, value - 1));
}

static void gather(void)
{
    for (unsigned i = 1; i < shared.processors; i++)
        semaphore_down(&shared.run[0].word);
}

static void release(void)
{
    for (unsigned i = 1; i < shared.processors; i++)
        semaphore_up(&shared.run[i].word);
}

static void boot_processor(void)
{
    arrive();
    shared_wait_reached(&shared.arrived->word, shared.processors, ENGINE_NEVER);
    shared_store_release(&shared.inside->word, 1);
    gather();
    release();
    gather();
    /* The handler would run here. */
    for (unsigned i = 1; i < shared.processors; i++) {
        while (!shared_compare_exchange(&shared.busy[i].word, 0, 1))
            shared_wait_equal(&shared.busy[i].word, ~UINT64_C(0), 0, ENGINE_NEVER);
        shared_store_release(&shared.busy[i].word, 0);
    }
    release();
    gather();
    shared_store_release(&shared.inside->word, 0);
    shared_store_release(&shared.arrived->word, 0);
}

static void other_processor(unsigned index)
{
    arrive();
    shared_wait_reached(&shared.inside->word, 1, ENGINE_NEVER);
    semaphore_up(&shared.run[0].word);
    semaphore_down(&shared.run[index].word);
    semaphore_up(&shared.run[0].word);
    semaphore_down(&shared.run[index].word);
    semaphore_up(&shared.run[0].word);
}

static void run(void *argument)
{
    unsigned index = (unsigned)(uintptr_t)argument;

    if (index == 0)
        boot_processor();
    else
        other_processor(index);
}

void traditional_setup(unsigned processors)
{
    static const struct model model = {.name = "traditional"};

    engine_reset(&model, processors, false, (size_t)processors * 256 + 65536);
    shared.processors = processors;
    shared.arrived = arena_allocate(ARENA_SHADOW, sizeof(*shared.arrived));
    shared.inside = arena_allocate(ARENA_SHADOW, sizeof(*shared.inside));
    shared.run = arena_allocate(ARENA_SHADOW, processors * sizeof(*shared.run));
    shared.busy = arena_allocate(ARENA_SHADOW, processors * sizeof(*shared.busy));
    for (unsigned i = 0; i < processors; i++)
        engine_start(i, run, (void *)(uintptr_t)i);
}
