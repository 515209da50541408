/* SPDX-License-Identifier: BSD-2-Clause */
/* The examples of CONTRIBUTING.md at work: the core with the mailbox's port and the doubling
 * handler, on the host, one processor at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/save_state.h>
#include <muster/lapic.h>
#include <muster/muster.h>
#include <muster/port.h>

#include "../examples/mailbox.h"
#include "core_machine.h"

#define COMMAND 0x20u

static struct mailbox registers;
volatile struct mailbox *const mailbox = &registers;

static unsigned sent_others, sent;
static uint32_t sent_to;

void muster_lapic_smi_send_others(void)
{
    sent_others++;
}

void muster_lapic_smi_send(uint32_t apic_id)
{
    sent++;
    sent_to = apic_id;
}

static int machine_make(void **state)
{
    (void)state;
    sent_others = sent = 0;
    machine_allocate(0);
    return 0;
}

/* An OS that asks: the token in its registers, then the byte in the mailbox. */
static void request_fire(uint64_t argument)
{
    save_state_write64(processor(0), SAVE_STATE_RBX, TOKEN);
    save_state_write64(processor(0), SAVE_STATE_RAX, COMMAND);
    save_state_write64(processor(0), SAVE_STATE_RCX, argument);
    mailbox->doorbell = MAILBOX_FULL | COMMAND;
    muster_smi(processor(0));
}

static void a_number_is_doubled(void **state)
{
    (void)state;
    machine_install(1);
    request_fire(21);
    assert_true(save_state_read64(processor(0), SAVE_STATE_RBX) ==
                MUSTER_TOKEN_ANSWERED(TOKEN));
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX), MUSTER_STATUS_SUCCESS);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RSI), 42);
    assert_int_equal(mailbox->doorbell, 0);
}

static void a_number_too_large_is_refused(void **state)
{
    (void)state;
    machine_install(1);
    request_fire(UINT64_MAX / 2 + 1);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RCX),
                     MUSTER_STATUS_UNSUPPORTED);
    assert_int_equal(save_state_read64(processor(0), SAVE_STATE_RSI), 0);
}

static void a_byte_alone_is_not_served(void **state)
{
    (void)state;
    machine_install(1);
    mailbox->doorbell = MAILBOX_FULL | COMMAND;
    muster_smi(processor(0));
    assert_int_equal(mailbox->status, MUSTER_STATUS_NO_REQUEST);
    assert_int_equal(mailbox->doorbell, 0);
}

static void an_empty_mailbox_is_no_cause(void **state)
{
    (void)state;
    machine_install(1);
    registers.status = 0xff;
    muster_smi(processor(0));
    assert_int_equal(mailbox->status, 0xff);
    assert_int_equal(processor(0)->totals.rounds, 0);
}

/* The chipset calls the writer only: the core calls the others. */
static void the_others_are_called(void **state)
{
    (void)state;
    machine_install(2);
    request_fire(1);
    assert_int_equal(sent_others, 1);
    assert_int_equal(sent, 1);
    assert_int_equal(sent_to, 2);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, machine_make, machine_free)
    const struct CMUnitTest tests[] = {
        TEST(a_number_is_doubled),        TEST(a_number_too_large_is_refused),
        TEST(a_byte_alone_is_not_served), TEST(an_empty_mailbox_is_no_cause),
        TEST(the_others_are_called),
    };

    return cmocka_run_group_tests_name("examples", tests, NULL, NULL);
}
