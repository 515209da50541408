// SPDX-License-Identifier: BSD-2-Clause
/*
 * The door: an attack is written to the parameter `run`, by the processor that is to do it, and what it
 * found out is read from there.
 *
 *   nmi COUNT | smi COUNT | init APIC-ID COUNT | base ADDRESS | context COMMAND
 */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/sched.h>

#include <asm/msr.h>

#include "attack.h"

#define APIC_ADDRESS      0xfee00000
#define APIC_COMMAND_LOW  0x300
#define APIC_COMMAND_HIGH 0x310
#define COMMAND_PENDING   0x1000
#define MSR_SMI_TAKEN     0x34

void __iomem *apic_registers;
static char found[2048];
static size_t found_length;

void found_clear(void)
{
    found_length = 0;
    found[0] = 0;
}

void found_add(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    found_length +=
        vscnprintf(found + found_length, sizeof(found) - found_length, format, arguments);
    va_end(arguments);
}

u64 smi_count(void)
{
    u64 count;

    rdmsrl(MSR_SMI_TAKEN, count);
    return count;
}

void apic_send(u32 apic_id, u32 command)
{
    unsigned long flags;
    unsigned int poll;

    local_irq_save(flags);
    writel(apic_id << 24, apic_registers + APIC_COMMAND_HIGH);
    writel(command, apic_registers + APIC_COMMAND_LOW);
    for (poll = 0; poll < 100000; poll++)
        if (!(readl(apic_registers + APIC_COMMAND_LOW) & COMMAND_PENDING))
            break;
    local_irq_restore(flags);
}

static int run_set(const char *text, const struct kernel_param *parameter)
{
    unsigned long one = 0;
    unsigned long two = 0;
    char name[16];

    if (sscanf(text, "%15s %li %li", name, &one, &two) < 2)
        return -EINVAL;
    found_clear();
    if (strcmp(name, "nmi") == 0)
        return flood_nmi(one);
    if (strcmp(name, "smi") == 0)
        return flood_smi(one);
    if (strcmp(name, "init") == 0)
        return flood_init(one, two);
    if (strcmp(name, "base") == 0)
        return apic_base_move(one);
    if (strcmp(name, "context") == 0)
        return context_compare(one);
    return -EINVAL;
}

static int run_get(char *text, const struct kernel_param *parameter)
{
    return scnprintf(text, PAGE_SIZE, "%s\n", found);
}

static const struct kernel_param_ops run_operations = {.set = run_set, .get = run_get};

module_param_cb(run, &run_operations, NULL, 0600);

static int __init attack_begin(void)
{
    apic_registers = ioremap(APIC_ADDRESS, PAGE_SIZE);
    return apic_registers == NULL ? -ENOMEM : 0;
}

static void __exit attack_end(void)
{
    iounmap(apic_registers);
}

module_init(attack_begin);
module_exit(attack_end);
MODULE_DESCRIPTION("attacks on an SMM runtime");
MODULE_LICENSE("Dual BSD/GPL");
