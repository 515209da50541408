/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core on the host, one processor at a time, with a port made of variables: what a request
 * is, who is answered what, who is waited for. Everything concurrent is the explorer's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/handler_stack.h>
#include <core/level.h>
#include <core/presence.h>
#include <core/save_state.h>
#include <muster/muster.h>
#include <muster/port.h>

#include "core_machine.h"

#define PROCESSORS     3u
#define CONSUMED       3u     /* the command byte that is none */
#define LEVEL_ARGUMENT 0x100u /* what the status register of every level cause shows */

/* ---- The port ---- */

static struct {
    uint8_t byte, status;
    bool broadcast;
    uint16_t command_port;
    unsigned sent_others, sent, taken, ended;
    uint32_t sent_to;
    uint32_t levels; /* raised */
    uint32_t stuck;  /* of them: those that are not put down */
    uint32_t off;    /* switched off */
} hub;

void port_install(uint32_t features)
{
    hub.broadcast = (features & MUSTER_FEATURE_BROADCAST) != 0;
    hub.byte = CONSUMED;
}

uint16_t port_command_port(void)
{
    return hub.command_port;
}

struct muster_cause port_cause_look(void)
{
    struct muster_cause cause = {.command = hub.byte};

    cause.causes = (hub.byte != CONSUMED ? MUSTER_CAUSE_BYTE : 0) | hub.levels;
    return cause;
}

struct muster_cause port_cause_take(void)
{
    struct muster_cause cause = port_cause_look();

    hub.byte = CONSUMED;
    hub.taken++;
    return cause;
}

uint64_t port_level_accept(uint32_t cause)
{
    bool raised = (hub.levels & cause) != 0;

    hub.levels &= ~cause | hub.stuck;
    return raised ? LEVEL_ARGUMENT : 0;
}

void port_level_end(uint32_t off)
{
    hub.off |= off;
    hub.levels &= ~off;
    hub.ended++;
}

void port_status_write(uint8_t status)
{
    hub.status = status;
}

bool port_smi_is_broadcast(void)
{
    return hub.broadcast;
}

void port_smi_send_others(void)
{
    hub.sent_others++;
}

void port_smi_send(uint32_t apic_id)
{
    hub.sent++;
    hub.sent_to = apic_id;
}

static int machine_make(void **state)
{
    (void)state;
    memset(&hub, 0, sizeof(hub));
    machine_allocate(MUSTER_FEATURE_BROADCAST);
    return 0;
}

static const struct muster_record *ring_of(const struct muster_processor *self)
{
    return self->place - self->totals.records % machine.window->record_count;
}

static const struct muster_record *record_last(uint32_t index)
{
    const struct muster_processor *self = processor(index);

    return &ring_of(self)[(self->totals.records - 1) % machine.window->record_count];
}

static void registers_load(uint32_t index, uint8_t command, unsigned privilege)
{
    processor(index)->save_state[SAVE_STATE_SS_ATTRIBUTES] = (uint8_t)(privilege << 5);
    save_state_write64(processor(index), SAVE_STATE_RBX, TOKEN);
    save_state_write64(processor(index), SAVE_STATE_RAX, 0xabcd00 | command);
    save_state_write64(processor(index), SAVE_STATE_RCX, 77);
}

/* ---- Requests ---- */

static void register_request_is_answered(void **state)
{
    (void)state;
    machine_install(1);
    registers_load(0, MUSTER_COMMAND_QUERY, 0);
    hub.byte = MUSTER_COMMAND_QUERY;
    muster_smi(processor(0));
    assert_true(save_state_read64(processor(0), SAVE_STATE_RBX) ==
                MUSTER_TOKEN_ANSWERED(TOKEN));
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX), MUSTER_STATUS_SUCCESS);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RSI), MUSTER_VERSION);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RDI), 1);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RAX),
                     0xabcd00 | MUSTER_COMMAND_QUERY);
    assert_int_equal(record_last(0)->answered, 1);
    assert_int_equal(record_last(0)->cause, MUSTER_CAUSE_REQUEST);
    assert_int_equal(hub.status, 0);
}

bool handler_stack_none;

/* As where handlers share stacks, and lost monarchs have kept them. */
static void nothing_runs_without_a_stack(void **state)
{
    (void)state;
    machine_install(1);
    handler_stack_none = true;
    registers_load(0, MUSTER_COMMAND_QUERY, 0);
    hub.byte = MUSTER_COMMAND_QUERY;
    muster_smi(processor(0));
    assert_true(save_state_read64(processor(0), SAVE_STATE_RBX) ==
                MUSTER_TOKEN_ANSWERED(TOKEN));
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX), MUSTER_STATUS_BROKEN);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RSI), 0);
    assert_int_equal(record_last(0)->answered, 0);
    assert_int_equal(record_last(0)->status, MUSTER_STATUS_BROKEN);
    assert_int_equal(hub.status, MUSTER_STATUS_BROKEN);
    handler_stack_none = false;
    hub.byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    assert_int_equal(hub.status, MUSTER_STATUS_SUCCESS);
}

static void ring_three_token_gets_nothing(void **state)
{
    uint8_t before[0x200];
    uint8_t *area;

    (void)state;
    machine_install(1);
    registers_load(0, MUSTER_COMMAND_QUERY, 3);
    area = processor(0)->save_state + 0x7e00;
    memcpy(before, area, sizeof(before));
    muster_smi(processor(0));
    assert_memory_equal(before, area, sizeof(before));
    assert_int_equal(record_last(0)->answered, 0);
    assert_true(record_last(0)->flags & MUSTER_RECORD_EMPTY);
}

/* What a process left in the registers, when the OS is at level 0 and has not saved them yet. */
static void another_boots_token_gets_nothing(void **state)
{
    (void)state;
    machine_install(1);
    registers_load(0, MUSTER_COMMAND_QUERY, 0);
    save_state_write64(processor(0), SAVE_STATE_RBX, TOKEN + 1);
    muster_smi(processor(0));
    assert_true(save_state_read64(processor(0), SAVE_STATE_RBX) == TOKEN + 1);
    assert_int_equal(record_last(0)->answered, 0);
}

static void unknown_command_is_unsupported(void **state)
{
    (void)state;
    machine_install(1);
    registers_load(0, 0x77, 0);
    hub.byte = 0x77;
    muster_smi(processor(0));
    assert_int_equal(hub.status, 0);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX),
                     MUSTER_STATUS_UNSUPPORTED);
    hub.byte = 0x77;
    muster_smi(processor(0));
    assert_int_equal(hub.status, 0xff & MUSTER_STATUS_UNSUPPORTED);
}

static void bare_byte_is_answered_in_the_status_port(void **state)
{
    (void)state;
    machine_install(1);
    hub.status = 0xff;
    hub.byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    assert_int_equal(hub.status, MUSTER_STATUS_SUCCESS);
    hub.byte = MUSTER_COMMAND_QUERY;
    muster_smi(processor(0));
    assert_int_equal(hub.status, MUSTER_STATUS_NO_REQUEST);
    hub.byte = 0;
    muster_smi(processor(0));
    assert_int_equal(hub.status, MUSTER_STATUS_UNSUPPORTED);
}

/* Merged requests leave a debt each. It ends when the issuer shows that its SMI is behind it.
 */
static void debt_in_a_slot_ends_when_the_slot_is_freed(void **state)
{
    struct muster_slot *slot;

    (void)state;
    machine_install(1);
    slot = processor(0)->slot;
    slot->command = MUSTER_COMMAND_NOOP;
    slot->state = MUSTER_SLOT_REQUEST;
    hub.levels = MUSTER_CAUSE_TCO;
    muster_smi(processor(0));
    assert_int_equal(slot->state, MUSTER_SLOT_ANSWERED);
    slot->state = MUSTER_SLOT_FREE;
    hub.byte = MUSTER_COMMAND_NOOP;
    hub.status = 0xff;
    muster_smi(processor(0));
    assert_int_equal(hub.status, MUSTER_STATUS_SUCCESS);
}

static void slot_request_is_answered_once(void **state)
{
    struct muster_slot *slot;

    (void)state;
    machine_install(1);
    slot = processor(0)->slot;
    slot->command = MUSTER_COMMAND_LOG;
    slot->state = MUSTER_SLOT_REQUEST;
    hub.byte = MUSTER_COMMAND_LOG;
    muster_smi(processor(0));
    assert_int_equal(slot->state, MUSTER_SLOT_ANSWERED);
    assert_int_equal(slot->result[0], 0x1000000);
    assert_int_equal(slot->result[1], WINDOW_SIZE);
    slot->result[0] = 0;
    muster_smi(processor(0));
    assert_int_equal(slot->result[0], 0);
    assert_true(record_last(0)->flags & MUSTER_RECORD_EMPTY);
}

static void registers_and_slot_are_both_answered(void **state)
{
    (void)state;
    machine_install(1);
    registers_load(0, MUSTER_COMMAND_NOOP, 0);
    processor(0)->slot->command = MUSTER_COMMAND_NOOP;
    processor(0)->slot->state = MUSTER_SLOT_REQUEST;
    muster_smi(processor(0));
    assert_true(save_state_read64(processor(0), SAVE_STATE_RBX) ==
                MUSTER_TOKEN_ANSWERED(TOKEN));
    assert_int_equal(processor(0)->slot->state, MUSTER_SLOT_ANSWERED);
    assert_int_equal(muster_answered(&processor(0)->totals), 2);
    assert_int_equal(muster_visits(&processor(0)->totals), 1);
}

/* A request found before its OUT was executed is answered; the SMI of that OUT is not another.
 */
static void smi_after_the_answer_is_already_answered(void **state)
{
    (void)state;
    machine_install(1);
    registers_load(0, MUSTER_COMMAND_NOOP, 0);
    hub.levels = MUSTER_CAUSE_TCO; /* what interrupted the issuer just before its OUT */
    muster_smi(processor(0));
    assert_int_equal(muster_answered(&processor(0)->totals), 1);
    hub.byte = MUSTER_COMMAND_NOOP;
    hub.status = 0xff;
    muster_smi(processor(0));
    assert_int_equal(hub.status, 0xff);
    assert_true(record_last(0)->flags & MUSTER_RECORD_ALREADY);
    assert_int_equal(processor(0)->totals.already_answered, 1);
    save_state_write64(processor(0), SAVE_STATE_RBX, 0);
    hub.byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    assert_int_equal(hub.status, MUSTER_STATUS_SUCCESS);
}

/* ---- Causes and waiting ---- */

static void round_without_a_cause_waits_for_nobody(void **state)
{
    (void)state;
    machine_install(PROCESSORS);
    muster_smi(processor(1));
    assert_true(record_last(1)->flags & MUSTER_RECORD_EMPTY);
    assert_int_equal(hub.sent + hub.sent_others + hub.taken, 0);
}

static void absent_processors_are_not_waited_for(void **state)
{
    struct muster_configuration from = configuration(PROCESSORS);

    (void)state;
    from.absent = PROCESSORS;
    assert_int_equal(muster_install(&from), MUSTER_INSTALL_PROCESSORS);
    from.absent = PROCESSORS - 1;
    assert_int_equal(muster_install(&from), 0);
    registers_load(0, MUSTER_COMMAND_NOOP, 0);
    hub.byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    assert_int_equal(record_last(0)->came, 1);
    assert_false(record_last(0)->flags & MUSTER_RECORD_DEADLINE);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX), MUSTER_STATUS_SUCCESS);
}

static void absentees_are_called_then_lost_then_excused(void **state)
{
    const struct muster_record *record;

    (void)state;
    machine_install(PROCESSORS);
    processor(2)->mark = (struct shared_word){MARK_INACTIVE};
    registers_load(0, MUSTER_COMMAND_NOOP, 0);
    hub.byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    record = record_last(0);
    assert_int_equal(record->came, 1);
    assert_int_equal(record->directed[0], 1u << 1);
    assert_int_equal(record->lost[0], 1u << 1);
    assert_int_equal(hub.sent, 1);
    assert_int_equal(hub.sent_to, 2);
    assert_true(record->flags & MUSTER_RECORD_DEADLINE);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX), MUSTER_STATUS_SUCCESS);

    registers_load(0, MUSTER_COMMAND_NOOP, 0);
    hub.byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    record = record_last(0);
    assert_int_equal(record->lost[0], 0);
    assert_false(record->flags & MUSTER_RECORD_DEADLINE);
    assert_int_equal(hub.sent, 1);
}

static void bare_byte_is_refused_while_a_processor_is_missing(void **state)
{
    (void)state;
    machine_install(2);
    hub.byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    assert_int_equal(hub.status, MUSTER_STATUS_BROKEN);
}

static void level_cause_gathers_by_directed_smis(void **state)
{
    (void)state;
    machine_install(2);
    hub.levels = MUSTER_CAUSE_TCO;
    muster_smi(processor(0));
    assert_int_equal(hub.sent_others, 1);
    assert_true(record_last(0)->flags & MUSTER_RECORD_DIRECTED);
    assert_int_equal(record_last(0)->cause, MUSTER_CAUSE_TCO);
}

/* Two handlers, of one cause and of two: what they were called for. */
static struct {
    unsigned timer, button, both;
    uint64_t argument;
} level_calls;

static uint32_t level_timer(struct muster_call *call)
{
    level_calls.timer += call->cause == MUSTER_CAUSE_SWSMI_TMR;
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t level_both(struct muster_call *call)
{
    level_calls.button += call->cause == MUSTER_CAUSE_PM1;
    level_calls.both++;
    level_calls.argument = call->argument;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(level_timer_handler, .name = "timer", .function = level_timer,
               .causes = MUSTER_CAUSE_SWSMI_TMR);
MUSTER_HANDLER(level_both_handler, .name = "both", .function = level_both,
               .causes = MUSTER_CAUSE_SWSMI_TMR | MUSTER_CAUSE_PM1);

static void level_causes_are_served_each_for_itself(void **state)
{
    (void)state;
    memset(&level_calls, 0, sizeof(level_calls));
    machine_install(1);
    registers_load(0, MUSTER_COMMAND_NOOP, 0);
    hub.byte = MUSTER_COMMAND_NOOP;
    hub.levels = MUSTER_CAUSE_PM1 | MUSTER_CAUSE_SWSMI_TMR | MUSTER_CAUSE_TCO;
    muster_smi(processor(0));
    assert_int_equal(level_calls.timer, 1);
    assert_int_equal(level_calls.button, 1);
    assert_int_equal(level_calls.both, 2);
    assert_int_equal(level_calls.argument, LEVEL_ARGUMENT);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX), MUSTER_STATUS_SUCCESS);
    assert_int_equal(record_last(0)->cause, MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_PM1 |
                                                MUSTER_CAUSE_SWSMI_TMR | MUSTER_CAUSE_TCO);
    assert_false(record_last(0)->flags & (MUSTER_RECORD_AGAIN | MUSTER_RECORD_SWITCHED_OFF));
    assert_int_equal(hub.levels, 0);
    assert_int_equal(hub.ended, 1);
}

static void level_cause_that_nobody_serves_is_switched_off(void **state)
{
    (void)state;
    machine_install(PROCESSORS);
    hub.levels = hub.stuck = MUSTER_CAUSE_PERIODIC;
    muster_smi(processor(0));
    assert_int_equal(hub.off, MUSTER_CAUSE_PERIODIC);
    assert_int_equal(record_last(0)->cause, MUSTER_CAUSE_PERIODIC);
    assert_true(record_last(0)->flags & MUSTER_RECORD_SWITCHED_OFF);
    assert_int_equal(hub.sent + hub.sent_others, 0); /* nobody is needed for it */
}

/* An SMI for which there is no source: nothing that could be switched off. */
static void smi_of_no_source_is_only_ended(void **state)
{
    (void)state;
    machine_install(1);
    hub.levels = hub.stuck = MUSTER_CAUSE_OTHER;
    muster_smi(processor(0));
    assert_int_equal(hub.off, 0);
    assert_int_equal(hub.ended, 1);
    assert_false(record_last(0)->flags & (MUSTER_RECORD_AGAIN | MUSTER_RECORD_SWITCHED_OFF));
}

static unsigned rounds_until_off(uint32_t cause)
{
    unsigned rounds = 0;

    while (!(hub.off & cause) && rounds < 100) {
        muster_smi(processor(0));
        rounds++;
    }
    return rounds;
}

static void level_cause_that_nobody_puts_down_is_switched_off(void **state)
{
    (void)state;
    machine_install(1);
    hub.levels = hub.stuck = MUSTER_CAUSE_PM1;
    assert_int_equal(rounds_until_off(MUSTER_CAUSE_PM1), LEVEL_REPEATS_MAX);
    assert_true(record_last(0)->flags & MUSTER_RECORD_AGAIN);
    assert_true(record_last(0)->flags & MUSTER_RECORD_SWITCHED_OFF);
}

/* Accepted and lost, its source left on: a stack may come back. */
static void level_cause_without_a_stack_is_ended(void **state)
{
    (void)state;
    memset(&level_calls, 0, sizeof(level_calls));
    machine_install(1);
    handler_stack_none = true;
    hub.levels = MUSTER_CAUSE_PM1 | MUSTER_CAUSE_PERIODIC;
    muster_smi(processor(0));
    handler_stack_none = false;
    assert_int_equal(level_calls.button, 0);
    assert_int_equal(hub.levels, 0);
    assert_int_equal(hub.off, MUSTER_CAUSE_PERIODIC); /* which nobody serves */
    assert_int_equal(hub.ended, 1);
}

/* One that comes again and again, but not right after its handlers, is left alone; and one is not
 * counted for another's rounds. */
static void level_cause_that_is_put_down_stays_on(void **state)
{
    (void)state;
    machine_install(1);
    for (unsigned round = 0; round < 3 * LEVEL_REPEATS_MAX; round++) {
        hub.levels = MUSTER_CAUSE_PM1;
        hub.stuck = round % LEVEL_REPEATS_MAX != 0 ? MUSTER_CAUSE_PM1 : 0;
        muster_smi(processor(0));
    }
    assert_int_equal(hub.off, 0);
    hub.levels = hub.stuck = MUSTER_CAUSE_PM1;
    muster_smi(processor(0));
    hub.levels = hub.stuck = MUSTER_CAUSE_PM1 | MUSTER_CAUSE_TCO;
    rounds_until_off(MUSTER_CAUSE_PM1);
    assert_int_equal(hub.off, MUSTER_CAUSE_PM1);
}

/* Three handlers of one cause, linked in another order than they have declared. */
static char order_seen[8];

static void order_note(char who)
{
    for (unsigned at = 0; at + 1 < sizeof(order_seen); at++)
        if (order_seen[at] == '\0') {
            order_seen[at] = who;
            return;
        }
}

static uint32_t last_handle(struct muster_call *call)
{
    (void)call;
    order_note('c');
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t middle_handle(struct muster_call *call)
{
    (void)call;
    order_note('b');
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t first_handle(struct muster_call *call)
{
    (void)call;
    order_note('a');
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(last_handler, .name = "last", .function = last_handle,
               .causes = MUSTER_CAUSE_TCO, .order = 7);
MUSTER_HANDLER(middle_handler, .name = "middle", .function = middle_handle,
               .causes = MUSTER_CAUSE_TCO, .order = 3);
MUSTER_HANDLER(first_handler, .name = "first", .function = first_handle,
               .causes = MUSTER_CAUSE_TCO, .order = -1);

static void handlers_of_a_cause_run_in_their_order(void **state)
{
    (void)state;
    machine_install(1);
    memset(order_seen, 0, sizeof(order_seen));
    hub.levels = MUSTER_CAUSE_TCO;
    muster_smi(processor(0));
    assert_string_equal(order_seen, "abc");
}

static void log_counts_what_it_overwrites(void **state)
{
    uint32_t records;

    (void)state;
    machine_install(1);
    records = machine.window->record_count;
    for (uint32_t visit = 0; visit < records + 5; visit++)
        muster_smi(processor(0));
    assert_int_equal(processor(0)->counters->records, records + 5);
    assert_int_equal(ring_of(processor(0))[4].sequence, records + 5);
    assert_int_equal(ring_of(processor(0))[5].sequence, 6);
    assert_int_equal(muster_visits(processor(0)->counters), records + 5);
}

/* ---- Installation ---- */

static void installation_refuses_what_cannot_work(void **state)
{
    struct muster_configuration from;

    (void)state;
    from = configuration(0);
    assert_int_equal(muster_install(&from), MUSTER_INSTALL_PROCESSORS);
    from = configuration(MUSTER_WINDOW_PROCESSORS_MAX + 1);
    assert_int_equal(muster_install(&from), MUSTER_INSTALL_PROCESSORS);
    from = configuration(2);
    from.smram_size--;
    assert_int_equal(muster_install(&from), MUSTER_INSTALL_SMRAM);
    from = configuration(2);
    from.window_size = 4096;
    assert_int_equal(muster_install(&from), MUSTER_INSTALL_WINDOW);
    from = configuration(2);
    from.window = (uint8_t *)from.window + 64;
    assert_int_equal(muster_install(&from), MUSTER_INSTALL_WINDOW);
}

/* ---- What handlers need of the others ---- */

static void alone_request_calls_nobody(void **state)
{
    (void)state;
    machine_install(3);
    registers_load(0, MUSTER_COMMAND_ALONE, 0);
    hub.byte = MUSTER_COMMAND_ALONE;
    muster_smi(processor(0));
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX), MUSTER_STATUS_SUCCESS);
    assert_int_equal(hub.sent_others, 0);
    assert_int_equal(record_last(0)->came, 1);
    assert_true(record_last(0)->flags & MUSTER_RECORD_FREED);
    assert_false(record_last(0)->flags & MUSTER_RECORD_DEADLINE);
}

static void request_beside_a_strange_byte_gathers(void **state)
{
    (void)state;
    machine_install(3);
    registers_load(0, MUSTER_COMMAND_ALONE, 0);
    hub.byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    assert_true(record_last(0)->flags & MUSTER_RECORD_DEADLINE);
    assert_int_equal(record_last(0)->lost[0], 6);
}

#define COMMAND_HASTY   0x60
#define COMMAND_PATIENT 0x61

static uint32_t late_handle(struct muster_call *call)
{
    uint64_t begun = clock_now();

    (void)call;
    while (clock_now() - begun < 100)
        continue;
    return MUSTER_STATUS_SUCCESS;
}

/* A tick is a microsecond here. */
MUSTER_HANDLER(hasty_handler, .name = "hasty", .function = late_handle, .budget = 50,
               .causes = MUSTER_CAUSE_REQUEST, .command = COMMAND_HASTY);
MUSTER_HANDLER(patient_handler, .name = "patient", .function = late_handle,
               .budget = UINT32_MAX, .causes = MUSTER_CAUSE_REQUEST,
               .command = COMMAND_PATIENT);

static void overrun_is_logged(void **state)
{
    (void)state;
    machine_install(1);
    registers_load(0, COMMAND_HASTY, 0);
    muster_smi(processor(0));
    assert_true(record_last(0)->flags & MUSTER_RECORD_OVER_BUDGET);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX), MUSTER_STATUS_SUCCESS);
    registers_load(0, COMMAND_PATIENT, 0);
    muster_smi(processor(0));
    assert_false(record_last(0)->flags & MUSTER_RECORD_OVER_BUDGET);
}

static uint32_t anywhere_handle(struct muster_call *call)
{
    (void)call;
    return MUSTER_STATUS_SUCCESS;
}

/* Eight of them, for each of which the monarch waits in vain. */
#define ANYWHERE(number)                                                                       \
    MUSTER_HANDLER(anywhere_##number, .name = "anywhere", .function = anywhere_handle,         \
                   .causes = MUSTER_CAUSE_SPI, .where = MUSTER_WHERE_EACH)
ANYWHERE(1);
ANYWHERE(2);
ANYWHERE(3);
ANYWHERE(4);
ANYWHERE(5);
ANYWHERE(6);
ANYWHERE(7);
ANYWHERE(8);

/* Ticks that a round of theirs takes, with a processor that is in and does nothing. */
static uint64_t round_with_a_sleeper(void)
{
    uint64_t begun;

    machine_install(2);
    processor(1)->mark.value = mark_in_round(1);
    hub.levels = MUSTER_CAUSE_SPI;
    begun = clock_now();
    muster_smi(processor(0));
    return clock_now() - begun;
}

/* Who is held does not lose patience with a monarch that only waits. What a loaded host adds is not the
 * monarch's: the shortest of some rounds counts. */
static void all_waits_of_a_round_together_have_an_end(void **state)
{
    uint64_t shortest = UINT64_MAX;

    (void)state;
    for (unsigned again = 0; again < 100; again++) {
        uint64_t took = round_with_a_sleeper();

        shortest = took < shortest ? took : shortest;
    }
    assert_in_range(shortest, DEADLINE / 2, machine.runtime->patience - 1);
}

static void nothing_to_do_leads_no_round(void **state)
{
    (void)state;
    machine_install(2);
    muster_smi(processor(1));
    assert_int_equal(record_last(1)->flags, MUSTER_RECORD_ENTRY | MUSTER_RECORD_EMPTY);
    assert_int_equal(machine.runtime->round.value, 0);
    assert_int_equal(muster_visits(processor(1)->counters), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, machine_make, machine_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(alone_request_calls_nobody),
        CASE(request_beside_a_strange_byte_gathers),
        CASE(nothing_to_do_leads_no_round),
        CASE(overrun_is_logged),
        CASE(all_waits_of_a_round_together_have_an_end),
        CASE(register_request_is_answered),
        CASE(nothing_runs_without_a_stack),
        CASE(ring_three_token_gets_nothing),
        CASE(another_boots_token_gets_nothing),
        CASE(unknown_command_is_unsupported),
        CASE(bare_byte_is_answered_in_the_status_port),
        CASE(debt_in_a_slot_ends_when_the_slot_is_freed),
        CASE(slot_request_is_answered_once),
        CASE(registers_and_slot_are_both_answered),
        CASE(smi_after_the_answer_is_already_answered),
        CASE(round_without_a_cause_waits_for_nobody),
        CASE(absent_processors_are_not_waited_for),
        CASE(absentees_are_called_then_lost_then_excused),
        CASE(bare_byte_is_refused_while_a_processor_is_missing),
        CASE(level_cause_gathers_by_directed_smis),
        CASE(level_causes_are_served_each_for_itself),
        CASE(level_cause_that_nobody_serves_is_switched_off),
        CASE(smi_of_no_source_is_only_ended),
        CASE(level_cause_that_nobody_puts_down_is_switched_off),
        CASE(level_cause_that_is_put_down_stays_on),
        CASE(level_cause_without_a_stack_is_ended),
        CASE(handlers_of_a_cause_run_in_their_order),
        CASE(log_counts_what_it_overwrites),
        CASE(installation_refuses_what_cannot_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
