/* SPDX-License-Identifier: BSD-2-Clause */
/* The port to a board without a chipset: see board.h. Part of the SMM image. */
#include <muster/lapic.h>
#include <muster/port.h>
#include <muster/window.h>

#include "board.h"

static struct muster_cause cause_of(uint32_t command)
{
    return (struct muster_cause){
        .causes = command != 0 ? MUSTER_CAUSE_BYTE : 0,
        .command = (uint8_t)command,
    };
}

void port_install(uint32_t features)
{
    (void)features;
    board_doorbell()->command = 0;
}

uint16_t port_command_port(void)
{
    return MUSTER_PORT_NONE;
}

struct muster_cause port_cause_look(void)
{
    return cause_of(__atomic_load_n(&board_doorbell()->command, __ATOMIC_ACQUIRE));
}

/* One exchange, so that a command stored meanwhile is either taken or still there. */
struct muster_cause port_cause_take(void)
{
    return cause_of(__atomic_exchange_n(&board_doorbell()->command, 0, __ATOMIC_SEQ_CST));
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
    __atomic_store_n(&board_doorbell()->status, status, __ATOMIC_RELEASE);
}

/* An SMI reaches one processor; the runtime calls the others. */
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
