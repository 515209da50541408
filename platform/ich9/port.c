/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port to Intel's ICH9 as its data sheet has it: every cause by its bit in SMI_STS. The ROM does
 * not use it, because QEMU's q35 keeps SMI_STS at 0 (platform/q35 is the port to that). It runs in
 * the simulator, on a simulated hub, and in its unit test.
 *
 * The hub raises an SMI, at all processors, when a source is raised and enabled and EOS is set; the
 * SMI clears EOS. So each has to be ended by setting EOS, also one whose source has gone, or there
 * is never another: EOS that is clear is a cause of its own (MUSTER_CAUSE_OTHER).
 *
 * A latch is cleared before what it tells of is read: what comes in between is served twice rather than
 * not at all. An SMI that was raised for what is served already finds no source.
 *
 * Sources of three kinds (port_level_accept):
 *   - a bit that SMI_STS latches;
 *   - one that sums up a register of status bits with one of enables (PM1, GPE0, GPI) or without
 *     (DEVMON, and TCO, which SMI_STS latches besides);
 *   - one that only shows a line of another device: that has the status and the enable, and its
 *     handler puts it down. A port with such a device enables it there only if it has a handler.
 */
#include <arch/port_io.h>
#include <muster/lapic.h>
#include <muster/port.h>
#include <muster/window.h>

#include "ich9.h"

/* Bits of SMI_STS that have an enable at the same place in SMI_EN. */
#define ENABLED                                                                                \
    (MUSTER_CAUSE_LEGACY_USB | MUSTER_CAUSE_SLP_SMI | MUSTER_CAUSE_SWSMI_TMR |                 \
     MUSTER_CAUSE_MCSMI | MUSTER_CAUSE_PERIODIC | MUSTER_CAUSE_LEGACY_USB2 |                   \
     MUSTER_CAUSE_INTEL_USB2)

/* Bits that have the enable elsewhere, or none. */
#define UNCONDITIONAL                                                                          \
    (MUSTER_CAUSE_PM1 | MUSTER_CAUSE_GPE0 | MUSTER_CAUSE_GPI | MUSTER_CAUSE_DEVMON |           \
     MUSTER_CAUSE_SERIRQ | MUSTER_CAUSE_SMBUS | MUSTER_CAUSE_PCI_EXP | MUSTER_CAUSE_MONITOR |  \
     MUSTER_CAUSE_SPI)

/* Events that ACPI has enabled for the OS: no SMI is raised for them. */
#define ACPI_EVENTS (MUSTER_CAUSE_PM1 | MUSTER_CAUSE_GPE0)

/* Bits of SMI_STS that stay until a one is written to them. */
#define LATCHED                                                                                \
    (MUSTER_CAUSE_SLP_SMI | MUSTER_CAUSE_SWSMI_TMR | MUSTER_CAUSE_MCSMI |                      \
     MUSTER_CAUSE_PERIODIC | MUSTER_CAUSE_SMBUS)

/* The level causes of these bits of SMI_STS or SMI_EN, and back. */
static uint32_t causes_of(uint32_t bits)
{
    return (bits & (ENABLED | UNCONDITIONAL)) | (bits & ICH9_TCO ? MUSTER_CAUSE_TCO : 0) |
           (bits & ICH9_BIOS ? MUSTER_CAUSE_BIOS : 0);
}

static uint32_t bits_of(uint32_t causes)
{
    return (causes & (ENABLED | UNCONDITIONAL)) | (causes & MUSTER_CAUSE_TCO ? ICH9_TCO : 0) |
           (causes & MUSTER_CAUSE_BIOS ? ICH9_BIOS : 0);
}

/* SMI_STS without what cannot have raised an SMI. */
static uint32_t status_read(uint32_t enable)
{
    uint32_t status = port_in32(ICH9_SMI_STS) & (enable | UNCONDITIONAL);

    if (status & ACPI_EVENTS && port_in16(ICH9_PM1_CNT) & ICH9_PM1_CNT_SCI_EN)
        status &= ~ACPI_EVENTS;
    return status;
}

static struct muster_cause cause_of(uint32_t status, uint32_t enable)
{
    struct muster_cause cause = {.causes = causes_of(status)};

    if (status & ICH9_APM) {
        cause.causes |= MUSTER_CAUSE_BYTE;
        cause.command = port_in8(ICH9_APM_CNT);
    }
    if (cause.causes == 0 && !(enable & ICH9_EOS))
        cause.causes = MUSTER_CAUSE_OTHER;
    return cause;
}

void port_install(uint32_t features)
{
    (void)features;
    port_out32(ICH9_SMI_STS, LATCHED | ICH9_APM | ICH9_BIOS | ICH9_TCO);
    port_level_end(0);
}

uint16_t port_command_port(void)
{
    return ICH9_APM_CNT;
}

struct muster_cause port_cause_look(void)
{
    uint32_t enable = port_in32(ICH9_SMI_EN);

    return cause_of(status_read(enable), enable);
}

struct muster_cause port_cause_take(void)
{
    uint32_t enable = port_in32(ICH9_SMI_EN);
    uint32_t status = status_read(enable);
    struct muster_cause cause;

    if (status & ICH9_APM)
        port_out32(ICH9_SMI_STS, ICH9_APM);
    cause = cause_of(status, enable);
    if ((cause.causes & ~MUSTER_CAUSE_BYTE) == 0)
        port_out32(ICH9_SMI_EN, enable | ICH9_EOS);
    return cause;
}

/* Reads and clears one status register, as far as `raising` lets it raise an SMI. */
static uint64_t status_clear16(uint16_t port, uint16_t raising)
{
    uint16_t status = port_in16(port) & raising;

    port_out16(port, status);
    return status;
}

static uint64_t gpe0_clear(void)
{
    uint64_t status = 0;

    for (unsigned half = 0; half < 2; half++) {
        uint16_t offset = (uint16_t)(half * 4);
        uint32_t raised = port_in32(ICH9_GPE0_STS + offset) & port_in32(ICH9_GPE0_EN + offset);

        port_out32(ICH9_GPE0_STS + offset, raised);
        status |= (uint64_t)raised << (half * 32);
    }
    return status;
}

static uint64_t tco_clear(void)
{
    port_out32(ICH9_SMI_STS, ICH9_TCO);
    return status_clear16(ICH9_TCO1_STS, ICH9_TCO1_STS_SMIS) |
           status_clear16(ICH9_TCO2_STS, ICH9_TCO2_STS_SMIS) << 16;
}

/* A bit that has no register of its own. */
static uint64_t bit_clear(uint32_t bit)
{
    uint64_t raised = (port_in32(ICH9_SMI_STS) & bit) != 0;

    if (bit & (LATCHED | ICH9_BIOS))
        port_out32(ICH9_SMI_STS, bit);
    return raised;
}

uint64_t port_level_accept(uint32_t cause)
{
    switch (cause) {
    case MUSTER_CAUSE_TCO:
        return tco_clear();
    case MUSTER_CAUSE_PM1:
        return status_clear16(ICH9_PM1_STS, port_in16(ICH9_PM1_EN));
    case MUSTER_CAUSE_GPE0:
        return gpe0_clear();
    case MUSTER_CAUSE_GPI:
        return status_clear16(ICH9_ALT_GP_SMI_STS, port_in16(ICH9_ALT_GP_SMI_EN));
    case MUSTER_CAUSE_DEVMON:
        return status_clear16(ICH9_DEVACT_STS, 0xffff);
    case MUSTER_CAUSE_OTHER:
        return 0;
    default:
        return bit_clear(bits_of(cause));
    }
}

void port_level_end(uint32_t off)
{
    if (off & MUSTER_CAUSE_PM1)
        port_out16(ICH9_PM1_EN, 0);
    if (off & MUSTER_CAUSE_GPE0) {
        port_out32(ICH9_GPE0_EN, 0);
        port_out32(ICH9_GPE0_EN + 4, 0);
    }
    if (off & MUSTER_CAUSE_GPI)
        port_out16(ICH9_ALT_GP_SMI_EN, 0);
    port_out32(ICH9_SMI_EN, (port_in32(ICH9_SMI_EN) & ~bits_of(off)) | ICH9_EOS);
}

void port_status_write(uint8_t status)
{
    port_out8(ICH9_APM_STS, status);
}

/* The SMI# pin and its message go to every processor. */
bool port_smi_is_broadcast(void)
{
    return true;
}

void port_smi_send(uint32_t apic_id)
{
    muster_lapic_smi_send(apic_id);
}

void port_smi_send_others(void)
{
    muster_lapic_smi_send_others();
}
