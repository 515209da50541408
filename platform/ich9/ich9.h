/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the ICH9 that have to do with SMIs, by Intel's data sheet (316972). PMBASE is where
 * our firmware puts it. Bits of SMI_STS and SMI_EN that have a MUSTER_CAUSE_* at the same place
 * are not named again. */
#ifndef PLATFORM_ICH9_H
#define PLATFORM_ICH9_H

#define ICH9_APM_CNT 0xb2u
#define ICH9_APM_STS 0xb3u

#define ICH9_PM_BASE 0x600u

#define ICH9_PM1_STS        (ICH9_PM_BASE + 0x00u) /* 16 bits, write one to clear */
#define ICH9_PM1_STS_PWRBTN 0x0100u
#define ICH9_PM1_EN         (ICH9_PM_BASE + 0x02u) /* 16 bits */
#define ICH9_PM1_CNT        (ICH9_PM_BASE + 0x04u)
#define ICH9_PM1_CNT_SCI_EN 0x0001u /* PM1 and GPE0 are the OS's business, and raise no SMI */

#define ICH9_GPE0_STS (ICH9_PM_BASE + 0x20u) /* 64 bits, write one to clear */
#define ICH9_GPE0_EN  (ICH9_PM_BASE + 0x28u) /* 64 bits */

#define ICH9_SMI_EN     (ICH9_PM_BASE + 0x30u) /* 32 bits */
#define ICH9_GBL_SMI_EN (1u << 0)
/* End of SMI: the hub clears it as it raises an SMI, and raises none while it is clear. */
#define ICH9_EOS     (1u << 1)
#define ICH9_APM     (1u << 5)
#define ICH9_SMI_STS (ICH9_PM_BASE + 0x34u) /* 32 bits */
#define ICH9_BIOS    (1u << 2)
#define ICH9_TCO     (1u << 13)

#define ICH9_ALT_GP_SMI_EN  (ICH9_PM_BASE + 0x38u) /* 16 bits */
#define ICH9_ALT_GP_SMI_STS (ICH9_PM_BASE + 0x3au) /* 16 bits, write one to clear */
#define ICH9_DEVACT_STS     (ICH9_PM_BASE + 0x44u) /* 16 bits, write one to clear */

/* 16 bits each, write one to clear. Of the bits those that raise an SMI. */
#define ICH9_TCO1_STS (ICH9_PM_BASE + 0x64u)
#define ICH9_TCO1_STS_SMIS                                                                     \
    0x058fu /* DMISMI, BIOSWR, NEWCENTURY, TIMEOUT, TCO_INT, SW_TCO, NMI2SMI */
#define ICH9_TCO2_STS      (ICH9_PM_BASE + 0x66u)
#define ICH9_TCO2_STS_SMIS 0x0011u /* SMLINK_SLV_SMI, INTRD_DET */

#endif
