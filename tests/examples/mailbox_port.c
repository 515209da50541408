/* SPDX-License-Identifier: BSD-2-Clause */
/* A port to a made-up chipset: the example of a port in CONTRIBUTING.md. An SMI reaches the processor
 * that wrote the mailbox; the others get theirs through the local APIC. */
#include <muster/lapic.h>
#include <muster/port.h>
#include <muster/window.h>

#include "mailbox.h"

void port_install(uint32_t features)
{
    (void)features;
    mailbox->doorbell = 0;
}

uint16_t port_command_port(void)
{
    return MUSTER_PORT_NONE;
}

struct muster_cause port_cause_look(void)
{
    uint32_t doorbell = mailbox->doorbell;
    struct muster_cause cause = {.command = (uint8_t)doorbell};

    if (doorbell & MAILBOX_FULL)
        cause.causes = MUSTER_CAUSE_BYTE;
    return cause;
}

struct muster_cause port_cause_take(void)
{
    struct muster_cause cause = port_cause_look();

    if (cause.causes != 0)
        mailbox->doorbell = 0;
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
    mailbox->status = status;
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
