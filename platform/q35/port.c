/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port to Intel's q35 with the ICH9 I/O controller hub, as QEMU has it.
 *
 * What the data sheet promises and QEMU does not keep: SMI_STS always reads 0, so a cause is
 * told by the command byte and by TCO1_STS; and TCO1_STS takes what is written to it instead of
 * clearing the bits written as ones.
 *
 * The command byte: APM_CNT keeps the last byte written and cannot be cleared. It is consumed
 * by writing the ACPI command that changes nothing (ACPI_ENABLE when ACPI is enabled,
 * ACPI_DISABLE when it is not): neither raises an SMI on QEMU, and both lie below the commands
 * of the runtime, so a byte from COMMAND_FIRST up is one that has not been consumed. Two bytes
 * written before the first is consumed are one: the later.
 *
 * Nor is ACPI's command for processors that come and go one of ours, although it raises an SMI: what
 * it is about is told by registers, also when another byte has overwritten it (plug.c).
 */
#include <arch/port_io.h>
#include <core/section.h>
#include <muster/lapic.h>
#include <muster/port.h>
#include <muster/window.h>

#include "plug.h"
#include "q35.h"

CONSTANT_AFTER_LOCK static bool broadcast;

static bool command_is_fresh(uint8_t command)
{
    return command != Q35_APM_ACPI_ENABLE && command != Q35_APM_ACPI_DISABLE &&
           command != Q35_APM_ACPI_PLUG;
}

static bool tco_is_pending(uint16_t status)
{
    return (status & (Q35_TCO1_MESSAGE | Q35_TCO1_TIMEOUT)) != 0;
}

uint16_t port_command_port(void)
{
    return Q35_APM_CNT;
}

struct muster_cause port_cause_look(void)
{
    struct muster_cause cause = {.command = port_in8(Q35_APM_CNT)};

    if (command_is_fresh(cause.command))
        cause.causes = MUSTER_CAUSE_BYTE;
    else if (tco_is_pending(port_in16(Q35_TCO1_STS)))
        cause.causes = MUSTER_CAUSE_TCO;
    else if (plug_is_pending())
        cause.causes = MUSTER_CAUSE_PLUG;
    return cause;
}

_Static_assert((Q35_APM_ACPI_DISABLE ^ Q35_PM1_SCI_EN) == Q35_APM_ACPI_ENABLE,
               "the commands differ in that bit");

static void command_consume(void)
{
    uint16_t acpi = port_in16(Q35_PM1_CNT) & Q35_PM1_SCI_EN;

    /* ENABLE if it is enabled. */
    port_out8(Q35_APM_CNT, (uint8_t)(Q35_APM_ACPI_DISABLE ^ acpi));
}

void port_install(uint32_t features)
{
    broadcast = (features & MUSTER_FEATURE_BROADCAST) != 0;
    command_consume(); /* 0 after a reset, which nobody has written */
    if (features & MUSTER_FEATURE_PLUG)
        plug_install();
}

/* By the data sheet first, then for QEMU if that did not do it. */
static void tco_clear(uint16_t status)
{
    port_out16(Q35_TCO1_STS, status);
    if (tco_is_pending(port_in16(Q35_TCO1_STS)))
        port_out16(Q35_TCO1_STS, 0);
}

struct muster_cause port_cause_take(void)
{
    struct muster_cause cause = {.command = port_in8(Q35_APM_CNT)};
    uint16_t tco = port_in16(Q35_TCO1_STS);

    if (command_is_fresh(cause.command)) {
        cause.causes |= MUSTER_CAUSE_BYTE;
        command_consume();
    }
    if (__builtin_expect(tco_is_pending(tco), false))
        cause.causes |= MUSTER_CAUSE_TCO;
    if (plug_is_pending())
        cause.causes |= MUSTER_CAUSE_PLUG;
    return cause;
}

/* TCO, or what a handler alone can put down. */
uint64_t port_level_accept(uint32_t cause)
{
    uint16_t status = port_in16(Q35_TCO1_STS);

    if (cause == MUSTER_CAUSE_PLUG)
        return plug_is_pending();
    if (!tco_is_pending(status))
        return 0;
    tco_clear(status);
    return status;
}

/* QEMU raises the next SMI by itself. It does so for a message even without the enable. */
void port_level_end(uint32_t off)
{
    if (off & MUSTER_CAUSE_TCO)
        port_out32(Q35_SMI_EN, port_in32(Q35_SMI_EN) & ~Q35_SMI_EN_TCO);
}

void port_status_write(uint8_t status)
{
    port_out8(Q35_APM_STS, status);
}

bool port_smi_is_broadcast(void)
{
    return broadcast;
}

void port_smi_send(uint32_t apic_id)
{
    muster_lapic_smi_send(apic_id);
}

void port_smi_send_others(void)
{
    muster_lapic_smi_send_others();
}
