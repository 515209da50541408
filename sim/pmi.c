/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PMI handler, the same for all processors: take the lock and look. If a PMI is in progress,
 * spin on the word of the own node until it is over and look again. If not, lead one, or leave.
 */
#include <sim/pmi.h>

#include <sim/engine.h>

static void lock_take(void)
{
    /* Acquire: pairs with lock_give. */
    while (!shared_compare_exchange(&pmi.lock->word, 0, 1))
        shared_wait_equal(&pmi.lock->word, UINT64_MAX, 0, ENGINE_NEVER);
}

static void lock_give(void)
{
    /* Release: pairs with lock_take. */
    shared_store_release(&pmi.lock->word, 0);
}

/* The round of the own node, of the caller who holds the lock. */
static uint64_t round_look(unsigned self)
{
    /* Relaxed: written under the lock. */
    return shared_load_relaxed(&pmi.scratch[pmi_node(self)].word);
}

static bool is_in_progress(uint64_t round)
{
    return round & 1;
}

static void round_advance(uint64_t round)
{
    for (unsigned node = 0; node < pmi.nodes; node++)
        shared_store_release(&pmi.scratch[node].word, round); /* pairs with spin */
}

/* Held here while another processor handles, touching nothing but a register of the own node. */
static void spin(unsigned self, uint64_t round)
{
    /* Release, and after the lock was given: pairs with gather. Who reads it need not wait for any
     * other store of this processor. */
    shared_store_release(&pmi.rendezvous[self].word, round);
    shared_wait_reached(&pmi.scratch[pmi_node(self)].word, round + 1, ENGINE_NEVER);
}

/* Calls who is not there, then waits for all. */
static void gather(unsigned self, uint64_t round)
{
    for (unsigned other = 0; other < pmi.processors; other++)
        if (other != self && shared_load_acquire(&pmi.rendezvous[other].word) != round)
            pmi_send(other, PMI_VECTOR_RENDEZVOUS);
    for (unsigned other = 0; other < pmi.processors; other++)
        if (other != self) /* Acquire: pairs with spin. */
            shared_wait_equal(&pmi.rendezvous[other].word, UINT64_MAX, round, ENGINE_NEVER);
}

/* Begins with the lock held, ends without. */
static void lead(unsigned self, uint64_t round)
{
    round_advance(round);
    lock_give();
    gather(self, round);
    pmi_event_handle(self);
    /* Under the lock: one of a node that was let go before the others must not begin the next round
     * among them. */
    lock_take();
    round_advance(round + 1);
    lock_give();
}

void pmi_handle(unsigned self, unsigned vector)
{
    uint64_t round;

    lock_take();
    for (round = round_look(self); is_in_progress(round); round = round_look(self)) {
        lock_give();
        spin(self, round);
        lock_take();
    }
    if (vector == PMI_VECTOR_PIN)
        lead(self, round + 1);
    else
        lock_give();
}
