/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the q35 host bridge and the ICH9 LPC bridge that have to do with SMIs. Numbers
 * and names from Intel's data sheets (316966 for q35, 316972 for ICH9). */
#ifndef PLATFORM_Q35_H
#define PLATFORM_Q35_H

/* Host bridge, PCI 00:00.0 */
#define Q35_EXT_TSEG  0x50u /* QEMU's own: 16 bits, write FFFFh to ask for the size in MiB */
#define Q35_LOW_SMRAM 0x9cu /* QEMU's own: write FFh, read 01h if it is offered */
#define Q35_SMRAM     0x9du
#define Q35_ESMRAMC   0x9eu

#define Q35_LOW_SMRAM_ASK   0xffu
#define Q35_LOW_SMRAM_OFFER 0x01u
#define Q35_LOW_SMRAM_LOCK  0x02u /* 30000h-4FFFFh belongs to SMM until the next reset */

#define Q35_SMRAM_BASE_SEG 0x02u /* C_BASE_SEG, fixed */
#define Q35_SMRAM_ENABLE   0x08u /* G_SMRAME: without it TSEG is not hidden either */
#define Q35_SMRAM_LOCK     0x10u /* D_LCK */
#define Q35_SMRAM_OPEN     0x40u /* D_OPEN */

#define Q35_ESMRAMC_TSEG_ENABLE 0x01u
#define Q35_ESMRAMC_TSEG_8_MIB  0x04u
#define Q35_ESMRAMC_TSEG_EXT    0x06u
#define Q35_ESMRAMC_TSEG_MASK   0x06u

/* LPC bridge, PCI 00:1F.0 */
#define Q35_GEN_PMCON_1 0xa0u
#define Q35_SMI_LOCK    0x10u /* freezes GBL_SMI_EN */

/* I/O ports */
#define Q35_APM_CNT          0xb2u
#define Q35_APM_STS          0xb3u
#define Q35_APM_ACPI_ENABLE  2u
#define Q35_APM_ACPI_DISABLE 3u
#define Q35_APM_ACPI_PLUG    4u /* QEMU's ACPI code, when a processor has come or is to go */

#define Q35_PM_BASE       0x600u
#define Q35_PM1_CNT       (Q35_PM_BASE + 0x04u)
#define Q35_PM1_SCI_EN    0x0001u
#define Q35_SMI_EN        (Q35_PM_BASE + 0x30u) /* 32 bits */
#define Q35_SMI_EN_GLOBAL (1u << 0)
#define Q35_SMI_EN_APMC   (1u << 5)
#define Q35_SMI_EN_TCO    (1u << 13)
#define Q35_TCO_DAT_IN    (Q35_PM_BASE + 0x62u)
#define Q35_TCO1_STS      (Q35_PM_BASE + 0x64u)
#define Q35_TCO1_MESSAGE  0x0002u /* SW_TCO_SMI */
#define Q35_TCO1_TIMEOUT  0x0008u

/* QEMU's own: processors that come and go (its docs/specs/acpi_cpu_hotplug). A processor is chosen
 * by its number in the order of QEMU's list. */
#define Q35_PLUG_SELECTOR 0xcd8u /* write, 32 bits: chooses one */
#define Q35_PLUG_FLAGS    0xcdcu /* 8 bits, of the chosen one */
#define Q35_PLUG_COMMAND  0xcddu /* write, 8 bits: what DATA is */
#define Q35_PLUG_DATA     0xce0u /* read, 32 bits */

#define Q35_PLUG_IS_HERE  0x01u /* in FLAGS, read */
#define Q35_PLUG_HAS_COME 0x02u /* ... and the OS has not been told */
#define Q35_PLUG_IS_TO_GO 0x10u /* the OS has done with it: the firmware is to eject it */
#define Q35_PLUG_EJECT    0x08u /* in FLAGS, written */

#define Q35_PLUG_NEXT                                                                          \
    0u /* command: choose the next with something to tell. DATA: the chosen one */
#define Q35_PLUG_ID 3u /* command: DATA is the APIC id of the chosen one */

#define Q35_PLUG_MAX 256u /* more than this are not looked at */

#endif
