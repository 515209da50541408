/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layouts of save states on the host: which is chosen, what is refused, and whose request in
 * registers counts where a processor has Intel's. Offsets are those of the Intel SDM, volume 3C, table
 * 34-3, written out once more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/install.h>
#include <core/save_state.h>
#include <muster/muster.h>
#include <muster/port.h>
#include <muster/relocate.h>

#include "core_machine.h"

#define COMMAND_PORT 0xb2u

#define RAX 0x7f5cu
#define RCX 0x7f64u
#define RBX 0x7f74u
#define RSI 0x7f8cu
#define RDI 0x7f94u
#define IO  0x7fa4u
#define CS  0x7facu
#define RIP 0x7fd8u
#define RFL 0x7fe8u

/* I/O state: an OUT of a byte to the command port, which the instruction names. */
#define OUT_IMMEDIATE (COMMAND_PORT << 16 | 0x83u)
#define OUT_DX_WORD   (COMMAND_PORT << 16 | 0x05u)

static uint16_t command_port;
static uint8_t byte;

uint16_t port_command_port(void)
{
    return command_port;
}

void port_install(uint32_t features)
{
    (void)features;
    command_port = COMMAND_PORT;
    byte = 0;
}

struct muster_cause port_cause_look(void)
{
    return (struct muster_cause){.causes = byte != 0 ? MUSTER_CAUSE_BYTE : 0, .command = byte};
}

struct muster_cause port_cause_take(void)
{
    struct muster_cause cause = port_cause_look();

    byte = 0;
    return cause;
}

uint64_t port_level_accept(uint32_t cause)
{
    (void)cause;
    return 0;
}

void port_level_end(uint32_t off)
{
    (void)off;
}

void port_status_write(uint8_t status)
{
    (void)status;
}

bool port_smi_is_broadcast(void)
{
    return true;
}

void port_smi_send_others(void)
{
}

void port_smi_send(uint32_t apic_id)
{
    (void)apic_id;
}

static int machine_make(void **state)
{
    (void)state;
    machine_allocate(MUSTER_FEATURE_BROADCAST);
    machine_install(1);
    return 0;
}

/* ---- Which layout ---- */

static uint8_t space[0x8000];

static struct muster_relocation relocated(uint32_t revision, uint32_t layout)
{
    struct muster_relocation relocation = {
        .save_state = space, .smbase = 0x12340000, .continuation = 0x5678, .layout = layout};

    memset(space, 0, sizeof(space));
    memcpy(space + 0x7efc, &revision, sizeof(revision));
    muster_relocate(&relocation);
    assert_int_equal(relocation.moved, 1);
    return relocation;
}

/* What has been written, and nothing else. */
static void assert_written(unsigned smbase, unsigned rip, uint32_t revision)
{
    static uint8_t expected[sizeof(space)];
    const uint32_t base = 0x12340000, at = 0x5678;

    memset(expected, 0, sizeof(expected));
    memcpy(expected + 0x7efc, &revision, sizeof(revision));
    memcpy(expected + smbase, &base, sizeof(base));
    memcpy(expected + rip, &at, sizeof(at));
    assert_memory_equal(space, expected, sizeof(space));
}

static void the_revision_chooses_the_layout(void **state)
{
    static const uint32_t intel[] = {0x30006, 0x30100, 0x30101};

    (void)state;
    assert_int_equal(relocated(0x20064, LAYOUT_NONE).layout, LAYOUT_AMD64);
    assert_written(0x7f00, 0x7f78, 0x20064);
    for (unsigned i = 0; i < sizeof(intel) / sizeof(intel[0]); i++) {
        struct muster_relocation relocation = relocated(intel[i], LAYOUT_NONE);

        assert_int_equal(relocation.layout, LAYOUT_INTEL64);
        assert_int_equal(relocation.error, 0);
        assert_written(0x7ef8, RIP, intel[i]);
    }
    assert_int_equal(relocated(0x30101, LAYOUT_INTEL64).error, 0);
}

static void assert_refused(uint32_t revision, uint32_t layout, const char *reason)
{
    struct muster_relocation relocation = relocated(revision, layout);

    assert_int_equal(relocation.error, MUSTER_RELOCATE_REVISION);
    assert_int_equal(relocation.layout, layout);
    assert_non_null(strstr(muster_relocate_error(&relocation), reason));
    assert_int_equal(*(uint32_t *)(void *)(space + 0x7f00), 0);
    assert_int_equal(*(uint32_t *)(void *)(space + 0x7ef8), 0);
}

static void other_layouts_are_refused(void **state)
{
    static const uint32_t unknown[] = {0,       0x6,     0x64,    0x10006,   0x10064,   0x20006,
                                       0x20065, 0x30064, 0x70101, 0xf430101, 0xffffffff};
    static const uint32_t short_ones[] = {0x20000, 0x20004, 0x30000, 0x30004, 0x30005};

    (void)state;
    for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_refused(unknown[i], LAYOUT_NONE, "not known");
    for (unsigned i = 0; i < sizeof(short_ones) / sizeof(short_ones[0]); i++)
        assert_refused(short_ones[i], LAYOUT_NONE, "32-bit");
    assert_refused(0x20064, LAYOUT_INTEL64, "AMD64's layout, unlike");
    assert_refused(0x30101, LAYOUT_AMD64, "Intel 64's layout, unlike");
}

static void the_reason_names_small_images(void **state)
{
    struct muster_relocation refused = relocated(0x30101, LAYOUT_NONE);
    const struct muster_relocation good = refused;

    (void)state;
    refused.error = MUSTER_RELOCATE_REVISION;
    refused.layout = LAYOUT_NONE;
    assert_int_equal(muster_relocate_revision(&refused), 0x30101);
    assert_non_null(strstr(muster_relocate_error(&refused), "small SMRAM"));
    assert_string_equal(muster_relocate_error(&good), "no error");
}

/* ---- Whose request counts ---- */

static void put(unsigned offset, uint64_t value, size_t size)
{
    memcpy(processor(0)->save_state + offset, &value, size);
}

static uint64_t get(unsigned offset)
{
    uint64_t value;

    memcpy(&value, processor(0)->save_state + offset, sizeof(value));
    return value;
}

/* A request of the kernel of a 64-bit OS. */
static void request_put(uint32_t io_state)
{
    save_state_layout_set(machine.runtime, LAYOUT_INTEL64);
    memset(processor(0)->save_state + 0x7c00, 0xee, 0x400);
    put(RBX, TOKEN, 8);
    put(RAX, 0xabcd00 | MUSTER_COMMAND_QUERY, 8);
    put(RCX, 77, 8);
    put(IO, io_state, 4);
    put(CS, 0x10, 4);
    put(RFL, 0x202, 8);
}

static void assert_answered(void)
{
    uint8_t before[0x400];

    memcpy(before, processor(0)->save_state + 0x7c00, sizeof(before));
    byte = MUSTER_COMMAND_QUERY;
    muster_smi(processor(0));
    assert_true(get(RBX) == MUSTER_TOKEN_ANSWERED(TOKEN));
    assert_int_equal(get(RCX), MUSTER_STATUS_SUCCESS);
    assert_int_equal(get(RSI), MUSTER_VERSION);
    assert_int_equal(get(RDI), 1);
    /* And nothing else has changed. */
    for (unsigned i = 0; i < 4; i++) {
        static const unsigned answer[] = {RBX, RCX, RSI, RDI};

        memcpy(before + answer[i] - 0x7c00, processor(0)->save_state + answer[i], 8);
    }
    assert_memory_equal(before, processor(0)->save_state + 0x7c00, sizeof(before));
}

static void assert_not_touched(void)
{
    uint8_t before[0x400];

    memcpy(before, processor(0)->save_state + 0x7c00, sizeof(before));
    muster_smi(processor(0));
    assert_memory_equal(before, processor(0)->save_state + 0x7c00, sizeof(before));
    assert_int_equal(muster_answered(&processor(0)->totals), 0);
}

static void a_request_counts_after_its_out(void **state)
{
    (void)state;
    request_put(OUT_IMMEDIATE);
    assert_answered();
    request_put(OUT_DX_WORD);
    assert_answered();
    assert_int_equal(muster_answered(&processor(0)->totals), 2);
    muster_smi(processor(0)); /* once */
    assert_int_equal(muster_answered(&processor(0)->totals), 2);
}

/* Each bit of the I/O state that says that it was something else. */
static void it_does_not_count_before_its_out(void **state)
{
    static const uint32_t others[] = {
        0,
        OUT_IMMEDIATE & ~1u,   /* not valid: the rest says nothing */
        OUT_DX_WORD | 1u << 4, /* IN */
        OUT_DX_WORD | 2u << 4, /* OUTS */
        OUT_DX_WORD | 6u << 4, /* REP OUTS */
        OUT_IMMEDIATE + 0x10000 /* to the port above, below, and far away */,
        OUT_IMMEDIATE - 0x10000,
        OUT_IMMEDIATE | 0x8000u << 16,
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        request_put(others[i]);
        assert_not_touched();
    }
    request_put(OUT_IMMEDIATE);
    assert_answered();
}

static void where_no_port_brings_smis_the_token_is_enough(void **state)
{
    (void)state;
    command_port = MUSTER_PORT_NONE;
    request_put(0);
    assert_answered();
}

static void only_cpl_0_is_heard(void **state)
{
    (void)state;
    for (unsigned level = 1; level < 4; level++) {
        request_put(OUT_IMMEDIATE);
        put(CS, 0x10 | level, 4);
        assert_not_touched();
    }
    request_put(OUT_IMMEDIATE);
    put(CS, 0xf000, 4); /* virtual-8086 mode: a segment, no selector */
    put(RFL, 0x20202, 8);
    assert_not_touched();
}

static void a_slot_needs_no_out(void **state)
{
    struct muster_slot *slot = processor(0)->slot;

    (void)state;
    request_put(0);
    slot->command = MUSTER_COMMAND_NOOP;
    slot->state = MUSTER_SLOT_REQUEST;
    muster_smi(processor(0));
    assert_int_equal(slot->state, MUSTER_SLOT_ANSWERED);
    assert_true(get(RBX) == TOKEN);
}

/* A request that was answered while another byte was there owes its own, until its issuer goes on. */
static void a_debt_ends_with_the_token(void **state)
{
    (void)state;
    request_put(OUT_IMMEDIATE);
    byte = MUSTER_COMMAND_NOOP;
    muster_smi(processor(0));
    assert_true(get(RBX) == MUSTER_TOKEN_ANSWERED(TOKEN));
    assert_true(processor(0)->owes);
    muster_smi(processor(0));
    assert_true(processor(0)->owes);
    put(RBX, 0, 8);
    muster_smi(processor(0));
    assert_false(processor(0)->owes);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, machine_make, machine_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_revision_chooses_the_layout),
        CASE(other_layouts_are_refused),
        CASE(the_reason_names_small_images),
        CASE(a_request_counts_after_its_out),
        CASE(it_does_not_count_before_its_out),
        CASE(where_no_port_brings_smis_the_token_is_enough),
        CASE(only_cpl_0_is_heard),
        CASE(a_slot_needs_no_out),
        CASE(a_debt_ends_with_the_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
