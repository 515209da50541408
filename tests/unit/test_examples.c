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

#include <core/install.h>
#include <core/runtime.h>
#include <core/save_state.h>
#include <muster/lapic.h>
#include <muster/muster.h>
#include <muster/port.h>

#include "../examples/mailbox.h"

#define COMMAND     0x20u
#define WINDOW_SIZE 65536u
#define DEADLINE    100000u /* ticks: short, because nobody comes who is not there already */

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

static struct {
    void *smram, *window;
    uint8_t *spaces;
} machine;

static int machine_make(void **state)
{
    (void)state;
    machine.smram = aligned_alloc(64, 65536);
    machine.window = aligned_alloc(4096, WINDOW_SIZE);
    machine.spaces = calloc(1, 0x20000);
    assert_true(machine.smram && machine.window && machine.spaces);
    sent_others = sent = 0;
    port_install(0);
    return 0;
}

static int machine_free(void **state)
{
    (void)state;
    free(machine.smram);
    free(machine.window);
    free(machine.spaces);
    return 0;
}

static struct muster_processor *machine_install(uint32_t processors)
{
    static const uint32_t ids[] = {0, 5};
    const uint64_t smbase[] = {(uintptr_t)machine.spaces, (uintptr_t)machine.spaces + 0x400};
    const struct muster_configuration from = {
        .smram = machine.smram,
        .smram_size = muster_smram_size(processors),
        .smbase = smbase,
        .window = machine.window,
        .window_size = WINDOW_SIZE,
        .window_address = 0x1000000,
        .apic_id = ids,
        .processor_count = processors,
        .ticks_per_second = 1000000,
        .deadline_directed = DEADLINE,
        .deadline_lost = DEADLINE,
    };

    assert_int_equal(muster_install(&from), 0);
    return muster_processor_at(machine.smram, 0);
}

/* An OS that asks: the token in its registers, then the byte in the mailbox. */
static void request_fire(struct muster_processor *processor, uint64_t argument)
{
    save_state_write64(processor, SAVE_STATE_RBX, MUSTER_TOKEN_REQUEST);
    save_state_write64(processor, SAVE_STATE_RAX, COMMAND);
    save_state_write64(processor, SAVE_STATE_RCX, argument);
    mailbox->doorbell = MAILBOX_FULL | COMMAND;
    muster_smi(processor);
}

static void a_number_is_doubled(void **state)
{
    struct muster_processor *processor = machine_install(1);

    (void)state;
    request_fire(processor, 21);
    assert_true(save_state_read64(processor, SAVE_STATE_RBX) == MUSTER_TOKEN_ANSWERED);
    assert_int_equal(save_state_read64(processor, SAVE_STATE_RCX), MUSTER_STATUS_SUCCESS);
    assert_int_equal(save_state_read64(processor, SAVE_STATE_RSI), 42);
    assert_int_equal(mailbox->doorbell, 0);
}

static void a_number_too_large_is_refused(void **state)
{
    struct muster_processor *processor = machine_install(1);

    (void)state;
    request_fire(processor, UINT64_MAX / 2 + 1);
    assert_int_equal(save_state_read64(processor, SAVE_STATE_RCX), MUSTER_STATUS_UNSUPPORTED);
    assert_int_equal(save_state_read64(processor, SAVE_STATE_RSI), 0);
}

static void a_byte_alone_is_not_served(void **state)
{
    struct muster_processor *processor = machine_install(1);

    (void)state;
    mailbox->doorbell = MAILBOX_FULL | COMMAND;
    muster_smi(processor);
    assert_int_equal(mailbox->status, MUSTER_STATUS_NO_REQUEST);
    assert_int_equal(mailbox->doorbell, 0);
}

static void an_empty_mailbox_is_no_cause(void **state)
{
    struct muster_processor *processor = machine_install(1);

    (void)state;
    registers.status = 0xff;
    muster_smi(processor);
    assert_int_equal(mailbox->status, 0xff);
    assert_int_equal(processor->totals.rounds, 0);
}

/* The chipset calls the writer only: the core calls the others. */
static void the_others_are_called(void **state)
{
    struct muster_processor *processor = machine_install(2);

    (void)state;
    request_fire(processor, 1);
    assert_int_equal(sent_others, 1);
    assert_int_equal(sent, 1);
    assert_int_equal(sent_to, 5);
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
