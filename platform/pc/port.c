/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port to Intel's i440FX with the PIIX4's power management, as QEMU and Bochs have it.
 *
 * An SMI from APM_CNT reaches the first processor only, whoever wrote the port; the others get
 * theirs through the local APIC. There is no register of causes: a cause is a command byte.
 *
 * APM_CNT keeps the last byte written and cannot be cleared. It is consumed by writing a byte that
 * is no command, with its SMI switched off for the moment: Bochs raises one for every write. The
 * interrupted code may be between its own two accesses to PCI configuration space, so the
 * address register is put back.
 */
#include <arch/port_io.h>
#include <muster/lapic.h>
#include <muster/port.h>
#include <muster/window.h>

#include "pc.h"

#define COMMAND_FIRST 0x10u
/* ACPI's: the machine itself answers them. */
#define COMMAND_ACPI_DISABLE 0xf0u
#define COMMAND_ACPI_ENABLE  0xf1u

static bool is_command(uint8_t byte)
{
    return byte >= COMMAND_FIRST && byte != COMMAND_ACPI_DISABLE && byte != COMMAND_ACPI_ENABLE;
}

uint16_t port_command_port(void)
{
    return PC_APM_CNT;
}

struct muster_cause port_cause_look(void)
{
    struct muster_cause cause = {.command = port_in8(PC_APM_CNT)};

    if (is_command(cause.command))
        cause.causes = MUSTER_CAUSE_BYTE;
    return cause;
}

static void command_consume(void)
{
    uint32_t address = port_in32(PC_PCI_ADDRESS);
    uint8_t enable;

    port_out32(PC_PCI_ADDRESS, PC_PM_ADDRESS);
    enable = port_in8(PC_PCI_DATA_3);
    port_out8(PC_PCI_DATA_3, (uint8_t)(enable & ~PC_DEVACTB_3_SMI));
    port_out8(PC_APM_CNT, 0);
    port_out8(PC_PCI_DATA_3, enable);
    port_out32(PC_PCI_ADDRESS, address);
}

struct muster_cause port_cause_take(void)
{
    struct muster_cause cause = port_cause_look();

    if (cause.causes != 0)
        command_consume();
    return cause;
}

/* There are no level causes. */
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
    port_out8(PC_APM_STS, status);
}

void port_install(uint32_t features)
{
    (void)features;
}

bool port_smi_is_broadcast(void)
{
    return false;
}

void port_smi_send(uint32_t apic_id)
{
    muster_lapic_smi_send(apic_id);
}

void port_smi_send_others(void)
{
    muster_lapic_smi_send_others();
}
