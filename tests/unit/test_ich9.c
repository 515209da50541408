/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port to the ICH9 on registers made of bytes: which cause is told of which bit, what is
 * cleared, what is switched off, when an SMI is ended. The hub that raises SMIs is the simulator's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/port_io.h>
#include <muster/lapic.h>
#include <muster/port.h>
#include <muster/window.h>
#include <platform/ich9/ich9.h>

/* ---- The registers ---- */

static uint8_t space[ICH9_PM_BASE + 0x80];
static uint32_t latched; /* bits of SMI_STS that a written one clears */

static bool is_status(uint16_t port)
{
    return port == ICH9_PM1_STS || port == ICH9_ALT_GP_SMI_STS || port == ICH9_DEVACT_STS ||
           port == ICH9_TCO1_STS || port == ICH9_TCO2_STS || port == ICH9_GPE0_STS ||
           port == ICH9_GPE0_STS + 4;
}

static uint32_t read_bytes(uint16_t port, unsigned size)
{
    uint32_t value = 0;

    assert_true(port + size <= sizeof(space));
    memcpy(&value, &space[port], size);
    return value;
}

static void write_bytes(uint16_t port, unsigned size, uint32_t value)
{
    uint32_t old = read_bytes(port, size);

    if (port == ICH9_SMI_STS)
        value = old & ~(value & latched);
    else if (is_status(port))
        value = old & ~value;
    memcpy(&space[port], &value, size);
}

uint8_t port_in8(uint16_t port)
{
    return (uint8_t)read_bytes(port, 1);
}

uint16_t port_in16(uint16_t port)
{
    return (uint16_t)read_bytes(port, 2);
}

uint32_t port_in32(uint16_t port)
{
    return read_bytes(port, 4);
}

void port_out8(uint16_t port, uint8_t value)
{
    write_bytes(port, 1, value);
}

void port_out16(uint16_t port, uint16_t value)
{
    write_bytes(port, 2, value);
}

void port_out32(uint16_t port, uint32_t value)
{
    write_bytes(port, 4, value);
}

void muster_lapic_smi_send(uint32_t apic_id)
{
    (void)apic_id;
}

void muster_lapic_smi_send_others(void)
{
}

/* Puts a value into a register as the hub would. */
static void put(uint16_t port, unsigned size, uint64_t value)
{
    memcpy(&space[port], &value, size);
}

static bool is_ended(void)
{
    return (port_in32(ICH9_SMI_EN) & ICH9_EOS) != 0;
}

/* An SMI was raised, with all sources enabled. */
static int registers_reset(void **state)
{
    (void)state;
    memset(space, 0, sizeof(space));
    latched = ~0u;
    put(ICH9_SMI_EN, 4, ~ICH9_EOS);
    return 0;
}

/* ---- Tests ---- */

/* Every bit of SMI_STS that the data sheet defines has one cause, and no two have the same. */
static void every_source_has_its_cause(void **state)
{
    static const uint8_t bits[] = {2,  3,  4,  6,  8,  9,  10, 11, 12,
                                   13, 14, 15, 16, 17, 18, 20, 21, 26};
    uint32_t seen = 0;

    (void)state;
    for (unsigned i = 0; i < sizeof(bits); i++) {
        uint32_t causes;

        put(ICH9_SMI_STS, 4, 1u << bits[i]);
        causes = port_cause_look().causes;
        assert_int_equal(__builtin_popcount(causes), 1);
        assert_false(seen & causes);
        assert_int_equal(port_cause_take().causes, causes);
        seen |= causes;
    }
    assert_false(seen & (MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE | MUSTER_CAUSE_OTHER));
    put(ICH9_SMI_STS, 4, 1u << 2 | 1u << 13);
    assert_int_equal(port_cause_look().causes, MUSTER_CAUSE_BIOS | MUSTER_CAUSE_TCO);
}

static void what_is_not_enabled_is_no_cause(void **state)
{
    (void)state;
    put(ICH9_SMI_EN, 4, ICH9_GBL_SMI_EN | ICH9_EOS);
    put(ICH9_SMI_STS, 4,
        ICH9_APM | ICH9_TCO | ICH9_BIOS | MUSTER_CAUSE_SWSMI_TMR | MUSTER_CAUSE_PERIODIC);
    assert_int_equal(port_cause_look().causes, 0);
    assert_int_equal(port_cause_take().causes, 0);
}

static void acpi_events_are_the_operating_systems(void **state)
{
    (void)state;
    put(ICH9_SMI_STS, 4, MUSTER_CAUSE_PM1 | MUSTER_CAUSE_GPE0 | MUSTER_CAUSE_SERIRQ);
    put(ICH9_PM1_CNT, 2, ICH9_PM1_CNT_SCI_EN);
    assert_int_equal(port_cause_look().causes, MUSTER_CAUSE_SERIRQ);
}

static void command_byte_is_taken_once(void **state)
{
    struct muster_cause cause;

    (void)state;
    put(ICH9_APM_CNT, 1, 0x42);
    put(ICH9_SMI_STS, 4, ICH9_APM);
    assert_int_equal(port_cause_look().causes, MUSTER_CAUSE_BYTE);
    assert_false(is_ended());
    cause = port_cause_take();
    assert_int_equal(cause.causes, MUSTER_CAUSE_BYTE);
    assert_int_equal(cause.command, 0x42);
    assert_true(is_ended());
    assert_int_equal(port_cause_take().causes, 0);
}

/* Its latch is there until it is accepted, and the SMI not ended before level_end. */
static void level_cause_waits_to_be_accepted(void **state)
{
    (void)state;
    put(ICH9_APM_CNT, 1, 0x42);
    put(ICH9_SMI_STS, 4, ICH9_APM | MUSTER_CAUSE_SWSMI_TMR);
    assert_int_equal(port_cause_take().causes, MUSTER_CAUSE_BYTE | MUSTER_CAUSE_SWSMI_TMR);
    assert_false(is_ended());
    assert_int_equal(port_level_accept(MUSTER_CAUSE_SWSMI_TMR), 1);
    assert_int_equal(port_level_accept(MUSTER_CAUSE_SWSMI_TMR), 0);
    port_level_end(0);
    assert_true(is_ended());
    assert_int_equal(port_cause_look().causes, 0);
}

static void status_registers_are_told_and_cleared(void **state)
{
    (void)state;
    put(ICH9_PM1_STS, 2, ICH9_PM1_STS_PWRBTN | 0x8001);
    put(ICH9_PM1_EN, 2, ICH9_PM1_STS_PWRBTN | 0x0020);
    assert_int_equal(port_level_accept(MUSTER_CAUSE_PM1), ICH9_PM1_STS_PWRBTN);
    assert_int_equal(port_in16(ICH9_PM1_STS), 0x8001);

    put(ICH9_GPE0_STS, 8, UINT64_C(0x8000000100000810));
    put(ICH9_GPE0_EN, 8, UINT64_C(0x8000000000000800));
    assert_true(port_level_accept(MUSTER_CAUSE_GPE0) == UINT64_C(0x8000000000000800));
    assert_int_equal(port_in32(ICH9_GPE0_STS), 0x10);
    assert_int_equal(port_in32(ICH9_GPE0_STS + 4), 1);

    put(ICH9_ALT_GP_SMI_STS, 2, 0x0f);
    put(ICH9_ALT_GP_SMI_EN, 2, 0x05);
    assert_int_equal(port_level_accept(MUSTER_CAUSE_GPI), 0x05);
    assert_int_equal(port_in16(ICH9_ALT_GP_SMI_STS), 0x0a);

    put(ICH9_DEVACT_STS, 2, 0x81);
    assert_int_equal(port_level_accept(MUSTER_CAUSE_DEVMON), 0x81);
    assert_int_equal(port_in16(ICH9_DEVACT_STS), 0);

    put(ICH9_SMI_STS, 4, ICH9_TCO);
    put(ICH9_TCO1_STS, 2, 0x0008 | 0x0400 | 0x0200); /* the last is an SCI */
    put(ICH9_TCO2_STS, 2, 0x0001 | 0x0002);          /* the last is the second time-out */
    assert_int_equal(port_level_accept(MUSTER_CAUSE_TCO), 0x00010408);
    assert_int_equal(port_in32(ICH9_SMI_STS), 0);
    assert_int_equal(port_in16(ICH9_TCO1_STS), 0x0200);
    assert_int_equal(port_in16(ICH9_TCO2_STS), 0x0002);
}

/* A line that another device holds up: told, and left to its handler. */
static void line_of_a_device_stays(void **state)
{
    (void)state;
    latched = 0;
    put(ICH9_SMI_STS, 4, MUSTER_CAUSE_LEGACY_USB2);
    assert_int_equal(port_level_accept(MUSTER_CAUSE_LEGACY_USB2), 1);
    assert_int_equal(port_cause_look().causes, MUSTER_CAUSE_LEGACY_USB2);
}

static void sources_are_switched_off(void **state)
{
    uint32_t before = port_in32(ICH9_SMI_EN);

    (void)state;
    port_level_end(MUSTER_CAUSE_PERIODIC | MUSTER_CAUSE_TCO | MUSTER_CAUSE_BIOS);
    assert_int_equal(port_in32(ICH9_SMI_EN),
                     (before & ~(MUSTER_CAUSE_PERIODIC | ICH9_TCO | ICH9_BIOS)) | ICH9_EOS);
    put(ICH9_PM1_EN, 2, 0xffff);
    put(ICH9_GPE0_EN, 8, ~UINT64_C(0));
    put(ICH9_ALT_GP_SMI_EN, 2, 0xffff);
    port_level_end(MUSTER_CAUSE_PM1);
    assert_int_equal(port_in16(ICH9_PM1_EN), 0);
    assert_int_equal(port_in16(ICH9_ALT_GP_SMI_EN), 0xffff);
    port_level_end(MUSTER_CAUSE_GPE0 | MUSTER_CAUSE_GPI);
    assert_int_equal(port_in32(ICH9_GPE0_EN) | port_in32(ICH9_GPE0_EN + 4), 0);
    assert_int_equal(port_in16(ICH9_ALT_GP_SMI_EN), 0);
    assert_true(port_in32(ICH9_SMI_EN) & ICH9_APM);
}

/* Its source has gone, or is one that the data sheet does not name: it has to be ended all the same. */
static void smi_without_a_source_is_a_cause(void **state)
{
    (void)state;
    assert_int_equal(port_cause_look().causes, MUSTER_CAUSE_OTHER);
    assert_int_equal(port_cause_take().causes, MUSTER_CAUSE_OTHER);
    assert_int_equal(port_level_accept(MUSTER_CAUSE_OTHER), 0);
    port_level_end(0);
    assert_int_equal(port_cause_look().causes, 0);
}

static void power_on_leaves_no_cause(void **state)
{
    (void)state;
    put(ICH9_SMI_STS, 4, ICH9_APM | ICH9_TCO | ICH9_BIOS | MUSTER_CAUSE_PERIODIC);
    port_install(MUSTER_FEATURE_BROADCAST);
    assert_int_equal(port_cause_look().causes, 0);
    assert_true(is_ended());
}

static void answers_to_a_byte_go_to_apm_sts(void **state)
{
    (void)state;
    port_status_write(MUSTER_STATUS_UNSUPPORTED);
    assert_int_equal(port_in8(ICH9_APM_STS), MUSTER_STATUS_UNSUPPORTED);
    assert_true(port_smi_is_broadcast());
}

#define CASE(name) cmocka_unit_test_setup(name, registers_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_source_has_its_cause),
        CASE(what_is_not_enabled_is_no_cause),
        CASE(acpi_events_are_the_operating_systems),
        CASE(command_byte_is_taken_once),
        CASE(level_cause_waits_to_be_accepted),
        CASE(status_registers_are_told_and_cleared),
        CASE(line_of_a_device_stays),
        CASE(sources_are_switched_off),
        CASE(smi_without_a_source_is_a_cause),
        CASE(power_on_leaves_no_cause),
        CASE(answers_to_a_byte_go_to_apm_sts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
