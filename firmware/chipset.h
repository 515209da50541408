/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that the firmware gives to the chipset, and what the chipset has at fixed ones.
 */
#ifndef FIRMWARE_CHIPSET_H
#define FIRMWARE_CHIPSET_H

#define CHIPSET_PM_BASE  0x600 /* I/O, 128 ports: ACPI and SMI registers */
#define CHIPSET_PM1_CNT  0x04
#define CHIPSET_PM_TIMER 0x08
#define CHIPSET_SMBUS    0x700 /* I/O, 64 ports */

#define CHIPSET_ECAM_BASE 0xb0000000u /* PCI configuration space in memory */
#define CHIPSET_ECAM_SIZE 0x10000000u
#define CHIPSET_RCBA_BASE 0xfed1c000u /* LPC bridge's register block */
#define CHIPSET_RCBA_SIZE 0x4000u
#define CHIPSET_IO_APIC   0xfec00000u
#define CHIPSET_HPET      0xfed00000u
#define CHIPSET_APIC      0xfee00000u
#define CHIPSET_ROM_BASE  0xfffc0000u

/*
 * Stops if this is not the machine that the ROM is for; then switches on the ACPI registers, for the timer among them.
 * The rest of the set-up comes later, in chipset_set_up().
 */
void chipset_start(void);

#endif
