/* SPDX-License-Identifier: BSD-2-Clause */
/* The moves at start-up, without their work. See relocation.h. */
#include <sim/relocation.h>

#include <stdint.h>

#include <arch/shared.h>
#include <sim/arena.h>
#include <sim/engine.h>

struct line {
    _Alignas(64) struct shared_word word;
};

static struct {
    struct line *smbase; /* what the default handler gives to the processor that runs it */
    struct line *moved;  /* how many have been in the default handler */
    struct line
        *message; /* to each processor: the SMI, and the SIPI with the handler's vector */
    unsigned processors;
    bool chain;
} shared;

/* Prepares the move of a processor, and wakes it. */
static void hand_on(unsigned to)
{
    shared_store_relaxed(&shared.smbase->word, 0x1000u * (to + 1));
    shared_store_release(&shared.message[to].word, 1); /* pairs with the wait in run_other */
}

static void run_first(void)
{
    unsigned last = shared.processors - 1;

    for (unsigned other = 1; other <= last; other++) {
        if (other == 1 || !shared.chain)
            hand_on(other);
        if (other == last || !shared.chain) /* pairs with run_other */
            shared_wait_reached(&shared.moved->word, other, ENGINE_NEVER);
    }
}

static void run_other(unsigned self)
{
    shared_wait_reached(&shared.message[self].word, 1, ENGINE_NEVER); /* pairs with hand_on */
    shared_load_relaxed(&shared.smbase->word);
    shared_store_release(&shared.moved->word, self); /* pairs with run_first */
    if (shared.chain && self + 1 < shared.processors)
        hand_on(self + 1);
}

static void run(void *argument)
{
    unsigned index = (unsigned)(uintptr_t)argument;

    if (index == 0)
        run_first();
    else
        run_other(index);
}

void relocation_setup(unsigned processors, bool chain)
{
    static const struct model model = {.name = "relocation"};

    engine_reset(&model, processors, false, (size_t)processors * sizeof(struct line) + 65536);
    shared.processors = processors;
    shared.chain = chain;
    shared.smbase = arena_allocate(ARENA_SHADOW, sizeof(*shared.smbase));
    shared.moved = arena_allocate(ARENA_SHADOW, sizeof(*shared.moved));
    shared.message = arena_allocate(ARENA_SHADOW, processors * sizeof(*shared.message));
    for (unsigned i = 0; i < processors; i++)
        engine_start(i, run, (void *)(uintptr_t)i);
}
