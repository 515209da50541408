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

#endif
