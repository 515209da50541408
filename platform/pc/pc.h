/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the i440FX host bridge and the PIIX4 power management function that have to do with
 * SMIs. Numbers and names from Intel's data sheets (290549 for i440FX, 290562 for PIIX4). */
#ifndef PLATFORM_PC_H
#define PLATFORM_PC_H

/* Host bridge, PCI 00:00.0 */
#define PC_SMRAM          0x72u
#define PC_SMRAM_BASE_SEG 0x02u /* C_BASE_SEG, fixed: A0000h */
#define PC_SMRAM_ENABLE   0x08u /* G_SMRAME */
#define PC_SMRAM_LOCK     0x10u /* D_LCK */
#define PC_SMRAM_OPEN     0x40u /* D_OPEN */

#define PC_SMRAM_ADDRESS 0xa0000u
#define PC_SMRAM_SIZE    0x20000u

/* Power management, PCI 00:01.3 */
#define PC_PM_ADDRESS    0x80000b58u /* for port CF8h: the dword of DEVACTB */
#define PC_DEVACTB_3     0x5bu       /* its last byte, at port CFFh */
#define PC_DEVACTB_3_SMI 0x02u       /* APMC_EN: a write to APM_CNT raises an SMI */

/* I/O ports */
#define PC_PCI_ADDRESS 0xcf8u
#define PC_PCI_DATA_3  0xcffu
#define PC_APM_CNT     0xb2u
#define PC_APM_STS     0xb3u

#define PC_PM_BASE 0x600u

#endif
