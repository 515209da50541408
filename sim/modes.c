/* SPDX-License-Identifier: BSD-2-Clause */
/* Traditional and relaxed synchronization. See modes.h. */
#include <sim/modes.h>

#include <sim/engine.h>

/* Whoever is told that it will be let go with round `until` waits for that. */
static void gather(uint64_t until)
{
    for (unsigned other = 1; other < modes.processors; other++)
        if (!modes.broadcast && shared_load_acquire(&modes.until[other].word) < until)
            modes_send(other);
    for (unsigned other = 1; other < modes.processors; other++)
        shared_wait_reached(&modes.until[other].word, until,
                            ENGINE_NEVER); /* pairs with follow */
}

static void lead(void)
{
    uint64_t round = shared_load_relaxed(&modes.round->word); /* written here only */

    if (!modes_cause_look())
        return;
    shared_store_release(&modes.round->word, round + 1); /* pairs with look */
    if (!modes.relaxed)
        gather(round + 2);
    modes_handle();
    shared_store_release(&modes.round->word, round + 2); /* pairs with look and follow */
}

/* The round, and whether there was a cause in it: what is found gone was then taken in an earlier
 * round, or in this one. Bounded: each new round takes an SMI of its own. */
static uint64_t look(bool *cause)
{
    uint64_t round;

    do {
        round = shared_load_acquire(&modes.round->word); /* pairs with lead */
        *cause = modes_cause_look();
    } while (shared_load_acquire(&modes.round->word) != round); /* pairs with lead */
    return round;
}

static void follow(unsigned self)
{
    bool cause;

    for (uint64_t round = look(&cause); cause || round & 1; round = look(&cause)) {
        uint64_t until = round & 1 ? round + 1 : round + 2;

        shared_store_release(&modes.until[self].word, until); /* pairs with gather */
        if (!(round & 1) && !modes.broadcast)
            modes_send(MODES_BOOT_PROCESSOR);
        shared_wait_reached(&modes.round->word, until, ENGINE_NEVER); /* pairs with lead */
    }
}

void modes_smi(unsigned self)
{
    if (self == MODES_BOOT_PROCESSOR)
        lead();
    else
        follow(self);
}
