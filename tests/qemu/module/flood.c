// SPDX-License-Identifier: BSD-2-Clause
/*
 * More of a message between local APICs than anybody expects: NMIs to all processors, this one among
 * them, with SMIs between them, so that some come while their processor is in SMM; SMIs by themselves;
 * INITs to a processor that Linux has taken offline.
 */
#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/smp.h>

#include <asm/nmi.h>

#include "attack.h"

#define NOOP                0x10
#define APIC_ID             0x20
#define SETTLE_MILLISECONDS 50

static DEFINE_PER_CPU(unsigned long, nmis);

static u32 own_id(void)
{
    return readl(apic_registers + APIC_ID) >> 24;
}

static int nmi_take(unsigned int reason, struct pt_regs *registers)
{
    this_cpu_inc(nmis);
    return NMI_HANDLED;
}

/* Finds out "processor NMIs" of each: as many as were sent, but for those that merged. */
int flood_nmi(unsigned long count)
{
    unsigned long sent;
    int processor;
    int error;

    for_each_possible_cpu(processor) per_cpu(nmis, processor) = 0;
    error = register_nmi_handler(NMI_LOCAL, nmi_take, 0, "attack");
    if (error != 0)
        return error;
    for (sent = 0; sent < count; sent++) {
        if (sent % 4 == 0)
            smi_fire(NOOP);
        apic_send(0, COMMAND_OTHERS | COMMAND_NMI);
        apic_send(own_id(), COMMAND_NMI);
    }
    msleep(SETTLE_MILLISECONDS);
    unregister_nmi_handler(NMI_LOCAL, "attack");
    for_each_online_cpu(processor) found_add("%d %lu\n", processor, per_cpu(nmis, processor));
    return 0;
}

int flood_smi(unsigned long count)
{
    unsigned long sent;

    for (sent = 0; sent < count; sent++) {
        apic_send(own_id(), COMMAND_SMI);
        apic_send(0, COMMAND_OTHERS | COMMAND_SMI);
        apic_send(0, COMMAND_EVERYBODY | COMMAND_SMI);
    }
    return 0;
}

int flood_init(unsigned long apic_id, unsigned long count)
{
    unsigned long sent;

    if (apic_id == own_id())
        return -EINVAL;
    for (sent = 0; sent < count; sent++)
        apic_send(apic_id, COMMAND_INIT);
    return 0;
}
