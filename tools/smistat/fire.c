/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firing software SMIs, from processors in turn or from all at once. All at once means a pinned
 * thread for each; they leave a barrier together, chunk by chunk, so that they meet often.
 *
 * The SMI may be taken some instructions after the OUT, so the answer is waited for, not
 * assumed.
 */
#define _GNU_SOURCE
#include "smistat.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/io.h>
#include <time.h>

#define APM_CNT         0xb2
#define POLLS_PER_CLOCK 1024u
/* The answer is there a few instructions after the OUT. A PAUSE before that would give an
 * emulated processor's turn away, and with it a time slice of whoever is busy elsewhere. */
#define POLLS_BEFORE_PAUSE 16u
/* Above both deadlines of any sane runtime, and above a busy emulator's worst. */
#define ANSWER_SECONDS 20

struct shooter {
    struct firing *firing;
    struct barrier *barrier;
    unsigned cpu;
    struct row *row;
    pthread_t thread;
    bool leader; /* drains the log between chunks */
};

struct barrier {
    unsigned members;
    atomic_uint arrived;
    atomic_uint generation;
};

/* Of a wait: the clock is only looked at now and then. */
struct patience {
    unsigned polls;
    uint64_t limit; /* 0: not looked yet */
};

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void relax(unsigned polls)
{
    if (polls >= POLLS_BEFORE_PAUSE)
        __builtin_ia32_pause();
    if (polls % POLLS_PER_CLOCK == POLLS_PER_CLOCK - 1)
        sched_yield();
}

/* Spinning, not sleeping: a wake-up would spread the processors' starts. */
static void barrier_wait(struct barrier *barrier)
{
    unsigned generation = atomic_load(&barrier->generation);

    if (atomic_fetch_add(&barrier->arrived, 1) + 1 == barrier->members) {
        atomic_store(&barrier->arrived, 0);
        atomic_store(&barrier->generation, generation + 1);
        return;
    }
    for (unsigned polls = 0; atomic_load(&barrier->generation) == generation; polls++)
        relax(polls);
}

/* One poll more; false: it has been too long. */
static bool patience_poll(struct patience *patience)
{
    unsigned polls = patience->polls++;

    relax(polls);
    if (polls % POLLS_PER_CLOCK != POLLS_PER_CLOCK - 1)
        return true;
    if (patience->limit == 0)
        patience->limit = now() + ANSWER_SECONDS * UINT64_C(1000000000);
    return now() <= patience->limit;
}

static bool slot_wait(volatile struct muster_slot *slot)
{
    struct patience patience = {0};

    while (slot->state != MUSTER_SLOT_ANSWERED)
        if (!patience_poll(&patience))
            return false;
    atomic_thread_fence(memory_order_acquire);
    return true;
}

static bool records_wait(const volatile struct muster_counters *counters, uint64_t before)
{
    struct patience patience = {0};

    while (counters->records == before)
        if (!patience_poll(&patience))
            return false;
    return true;
}

static bool request_fire(const struct firing *firing, struct row *row)
{
    volatile struct muster_slot *slot = &firing->machine->window.slots[row->index];

    if (slot->state != MUSTER_SLOT_FREE && slot->state != MUSTER_SLOT_ANSWERED) {
        row->silent++;
        row->fired++;
        return false;
    }
    slot->command = firing->command;
    slot->argument = firing->argument;
    atomic_thread_fence(memory_order_release);
    slot->state = MUSTER_SLOT_REQUEST;
    row->fired++;
    row->outs++;
    outb(firing->command, APM_CNT);
    if (!slot_wait(slot)) {
        row->silent++;
        return false;
    }
    row->last_status = slot->status;
    row->good += row->last_status == MUSTER_STATUS_SUCCESS;
    row->other += row->last_status != MUSTER_STATUS_SUCCESS;
    /* The OUT is behind this processor, and the calls above are more than an emulator puts off
     * an SMI: no SMI of this request is still to come. */
    slot->state = MUSTER_SLOT_FREE;
    return true;
}

static bool byte_fire(const struct firing *firing, struct row *row)
{
    const volatile struct muster_counters *counters;
    uint64_t before;

    if (!firing->machine->muster) {
        row->outs++;
        outb(firing->command, APM_CNT);
        return true;
    }
    counters = &firing->machine->window.counters[row->index];
    before = counters->records;
    row->outs++;
    outb(firing->command, APM_CNT);
    if (!records_wait(counters, before))
        return false;
    row->last_status = inb(APM_CNT + 1);
    return true;
}

static bool chunk_fire(const struct shooter *shooter, uint64_t count)
{
    for (; count > 0; count--) {
        bool good = shooter->firing->tokenless ? byte_fire(shooter->firing, shooter->row)
                                               : request_fire(shooter->firing, shooter->row);

        if (!good)
            return false;
    }
    return true;
}

static uint64_t chunk_next(const struct firing *firing, uint64_t left)
{
    return left < firing->chunk ? left : firing->chunk;
}

/* One thread that goes from processor to processor: the others stay as idle as Linux has them.
 */
static void in_turn_run(struct firing *firing)
{
    for (unsigned i = 0; i < firing->cpus.count; i++) {
        struct shooter shooter = {.firing = firing, .row = firing->rows[i]};
        uint64_t left = machine_pin(firing->cpus.cpus[i]) ? firing->count : 0;

        while (left > 0) {
            uint64_t start = now();
            bool good = chunk_fire(&shooter, chunk_next(firing, left));

            firing->nanoseconds += now() - start;
            firing->drain(firing->context);
            left = good ? left - chunk_next(firing, left) : 0;
        }
    }
}

static void *shooter_run(void *argument)
{
    struct shooter *shooter = argument;
    struct firing *firing = shooter->firing;
    bool good = machine_pin(shooter->cpu) && ioperm(APM_CNT, 2, 1) == 0;

    for (uint64_t left = firing->count; left > 0; left -= chunk_next(firing, left)) {
        uint64_t start;

        barrier_wait(shooter->barrier);
        start = now();
        good = good && chunk_fire(shooter, chunk_next(firing, left));
        barrier_wait(shooter->barrier);
        if (shooter->leader) {
            firing->nanoseconds += now() - start;
            firing->drain(firing->context);
        }
    }
    return NULL;
}

static int simultaneous_run(struct firing *firing)
{
    struct shooter *shooters = calloc(firing->cpus.count, sizeof(*shooters));
    struct barrier barrier = {.members = firing->cpus.count};

    if (!shooters)
        return TOOL_CANNOT;
    for (unsigned i = 0; i < firing->cpus.count; i++) {
        shooters[i] = (struct shooter){.firing = firing,
                                       .barrier = &barrier,
                                       .cpu = firing->cpus.cpus[i],
                                       .leader = i == 0,
                                       .row = firing->rows[i]};
        if (pthread_create(&shooters[i].thread, NULL, shooter_run, &shooters[i]) != 0) {
            /* The others wait at the barrier. */
            exit(cannot(NAME, "a thread cannot be started; free some memory"));
        }
    }
    for (unsigned i = 0; i < firing->cpus.count; i++)
        pthread_join(shooters[i].thread, NULL);
    free(shooters);
    return TOOL_OK;
}

int firing_run(struct firing *firing)
{
    if (firing->simultaneous)
        return simultaneous_run(firing);
    in_turn_run(firing);
    return TOOL_OK;
}
