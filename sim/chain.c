/* SPDX-License-Identifier: BSD-2-Clause */
/* The hand-on of relocation. See chain.h; the names are those of firmware/processors.c. */
#include <sim/chain.h>

/* In ticks; the firmware's are 20 ms and a second. */
#define LATCH_LIMIT      10u
#define RELOCATION_LIMIT 1000u

#define MOVED_MASK UINT64_C(0xffffffff)

static void work_prepare(unsigned position)
{
    shared_store_relaxed(&chain.work->where,
                         (uint64_t)CHAIN_CONTINUATION << 32 | chain_smbase(position));
    shared_store_relaxed(&chain.work->moved, 0);
    /* Before the next one can move it on. All are made known by the SMI. */
    shared_store_relaxed(chain.position, position);
}

static bool moved_wait(void)
{
    return shared_wait_equal(&chain.work->moved, MOVED_MASK, 1, clock_now() + LATCH_LIMIT);
}

/* It is not known yet whether an SMI is latched in wait-for-SIPI: the first one of a chain shows it. */
static void chain_start(unsigned position)
{
    work_prepare(position);
    shared_store_relaxed(chain.sipi, 0);
    chain_send_smi(position);
    if (moved_wait())
        return;
    shared_store_relaxed(chain.sipi, 1);
    chain_send_sipi(position);
}

/* Waits until `position` processors are out. */
static bool position_wait(unsigned position)
{
    return shared_wait_reached(chain.position, position, clock_now() + RELOCATION_LIMIT);
}

/* Takes the work back from who is late with its move, or in handing on: two would be at it. Where INIT
 * waits for the RSM, so does this. True if it was handed on meanwhile. */
static bool chain_stop(unsigned position)
{
    if (position > 1)
        chain_send_init(position - 1);
    chain_send_init(position);
    moved_wait();
    return shared_load_acquire(chain.position) > position; /* pairs with chain_hand_on */
}

static bool second_try(unsigned position)
{
    if (chain_stop(position))
        return true;
    chain_start(position);
    return position_wait(position + 1) || chain_stop(position);
}

void chain_run(void)
{
    if (chain.processors > 1)
        chain_start(1);
    for (unsigned position = 1; position < chain.processors; position++) {
        if (position_wait(position + 1) || second_try(position))
            continue;
        chain_report(position);
        if (position + 1 < chain.processors)
            chain_start(position + 1);
    }
}

void chain_hand_on(void)
{
    unsigned next = (unsigned)shared_load_relaxed(chain.position) + 1;

    if (next == chain.processors) {
        shared_store_release(chain.position, next); /* pairs with position_wait */
        return;
    }
    work_prepare(next);
    chain_send_smi(next);
    if (shared_load_relaxed(chain.sipi) != 0)
        chain_send_sipi(next);
}
