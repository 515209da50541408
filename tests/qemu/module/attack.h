/* SPDX-License-Identifier: BSD-2-Clause */
/* What user space on Linux cannot do to the runtime, and a kernel can. Each function is one idea, in the
 * file of its name; what it found out it leaves in the text that main.c shows. 0, or an error. */
#ifndef MODULE_ATTACK_H
#define MODULE_ATTACK_H

#include <linux/types.h>

int flood_nmi(unsigned long count);
int flood_smi(unsigned long count);
int flood_init(unsigned long apic_id, unsigned long count);
int apic_base_move(unsigned long address);
int context_compare(unsigned long command);

/* Forgets what was found out, and adds to it. */
void found_clear(void);
__printf(1, 2) void found_add(const char *format, ...);

/* The local APIC's registers. */
extern void __iomem *apic_registers;

#define APIC_VERSION 0x30

#define COMMAND_SMI       0x04200
#define COMMAND_NMI       0x04400
#define COMMAND_INIT      0x04500
#define COMMAND_OTHERS    0xc0000
#define COMMAND_EVERYBODY 0x80000

/* Writes the interrupt command register, to an APIC id or with a shorthand. */
void apic_send(u32 apic_id, u32 command);

/* SMIs that this processor has taken: MSR 34h. */
u64 smi_count(void);

/* A command byte from this processor; its SMI has been taken on return. */
static inline void smi_fire(u8 command)
{
    asm volatile("outb %0, $0xb2\n\tjmp 1f\n1:" : : "a"(command) : "memory");
}

#endif
