/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every processor draws tickets, first one processor after the other, then all at once; in
 * between processor 0 draws some through the doorbell. Each ticket drawn is one SMI fired, so
 * the number on the last one tells whether one was lost or handled twice.
 */
#include "fire.h"

#include <muster/window.h>

#include "board.h"
#include "ticket.h"

#define SHOTS          25u /* at a time */
#define FIRED          (2 * SHOTS * BOARD_PROCESSORS + SHOTS)
#define ANSWER_SECONDS 10u /* an emulator's host may be busy */
#define STATUS_NONE    0xffu

static uint32_t answered[BOARD_PROCESSORS];
static uint32_t answered_doorbell;
static uint32_t done; /* turns that are over */

static void done_wait(uint32_t turns)
{
    while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < turns)
        __builtin_ia32_pause();
}

static void done_count(void)
{
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

static void *window_at(uint32_t offset)
{
    return (void *)(uintptr_t)(BOARD_WINDOW + offset);
}

static const struct muster_window *window(void)
{
    return window_at(0);
}

/* What the word says when it no longer says `value`; `value` if that takes too long. */
static uint32_t word_after(const uint32_t *word, uint32_t value, uint64_t patience)
{
    uint64_t begin = board_ticks();

    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value && board_ticks() - begin < patience)
        __builtin_ia32_pause();
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* A request in this processor's slot of the window, and its SMI: the ticket, 0 for none. */
static uint64_t ticket_draw(uint32_t index, uint64_t patience)
{
    struct muster_slot *slot = (struct muster_slot *)window_at(window()->slots_offset) + index;
    uint64_t ticket = 0;

    slot->command = TICKET_COMMAND;
    __atomic_store_n(&slot->state, MUSTER_SLOT_REQUEST, __ATOMIC_RELEASE);
    board_smi_send_self();
    word_after(&slot->state, MUSTER_SLOT_REQUEST, patience);
    if (word_after(&slot->state, MUSTER_SLOT_TAKEN, patience) == MUSTER_SLOT_ANSWERED &&
        slot->status == MUSTER_STATUS_SUCCESS)
        ticket = slot->result[0];
    __atomic_store_n(&slot->state, MUSTER_SLOT_FREE, __ATOMIC_RELEASE);
    return ticket;
}

static void tickets_draw(uint32_t index, uint64_t patience)
{
    for (uint32_t shot = 0; shot < SHOTS; shot++)
        answered[index] += ticket_draw(index, patience) != 0;
    done_count();
}

/* A command without a request: the port finds it in the doorbell. */
static void doorbell_ring(uint64_t patience)
{
    struct board_doorbell *doorbell = board_doorbell();

    for (uint32_t shot = 0; shot < SHOTS; shot++) {
        __atomic_store_n(&doorbell->status, STATUS_NONE, __ATOMIC_RELAXED);
        __atomic_store_n(&doorbell->command, TICKET_COMMAND, __ATOMIC_RELEASE);
        board_smi_send_self();
        if (word_after(&doorbell->status, STATUS_NONE, patience) != MUSTER_STATUS_SUCCESS)
            break;
        answered_doorbell++;
    }
    done_count();
}

static void number_print(const char *text, uint64_t number)
{
    board_print(text);
    board_print_number(number);
}

static void verdict_print(uint64_t tickets)
{
    const struct muster_counters *counters = window_at(window()->counters_offset);
    uint32_t all = answered_doorbell;

    for (uint32_t index = 0; index < BOARD_PROCESSORS; index++) {
        number_print("bare: processor ", index);
        number_print(": answered ", answered[index]);
        number_print(", SMIs ", muster_visits(&counters[index]));
        number_print(", led ", counters[index].rounds);
        board_print("\n");
        all += answered[index];
    }
    number_print("bare: doorbell: answered ", answered_doorbell);
    number_print("\nbare: fired ", FIRED);
    number_print(", answered ", all);
    number_print(", handled ", tickets);
    board_print(all == FIRED && tickets == FIRED ? "\nbare: ok\n" : "\nbare: FAILED\n");
}

void fire_run(uint32_t index, uint64_t ticks_per_second)
{
    uint64_t patience = ANSWER_SECONDS * ticks_per_second;

    done_wait(index);
    tickets_draw(index, patience);
    if (index == 0) {
        done_wait(BOARD_PROCESSORS);
        doorbell_ring(patience);
    }
    done_wait(BOARD_PROCESSORS + 1);
    tickets_draw(index, patience);
    if (index != 0)
        return;
    done_wait(2 * BOARD_PROCESSORS + 1);
    verdict_print(ticket_draw(index, patience) - 1);
}
