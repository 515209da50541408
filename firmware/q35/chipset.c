/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two bridges of q35 (82Q35 host bridge and ICH9 LPC bridge): address decoding only. QEMU
 * makes its ACPI tables from these registers, so they are set before the tables are read.
 */
#include "chipset.h"

#include "firmware.h"
#include "log.h"
#include "pci.h"

#define HOST_IDENTITY 0x29c08086
#define HOST_PCIEXBAR 0x60 /* 64 bits; bit 0 enables, bits 2:1 = 0: 256 MiB */
#define HOST_PAM_0    0x90 /* bits 5:4: F0000h-FFFFFh */
#define HOST_PAM_6    0x96 /* PAM 1 to 6: two fields each, 16 KiB a field from C0000h on */
#define PAM_RAM       0x3  /* reads and writes go to RAM */

#define LPC_IDENTITY     0x29188086
#define LPC_PM_BASE      0x40
#define LPC_ACPI_CONTROL 0x44 /* bit 7 enables PMBASE, bits 2:0 = 0: SCI is IRQ 9 */
#define LPC_RCBA         0xf0

void chipset_start(void)
{
    uint32_t host = pci_read32(HOST_BRIDGE, 0);
    uint32_t lpc = pci_read32(LPC_BRIDGE, 0);

    if (host != HOST_IDENTITY || lpc != LPC_IDENTITY) {
        firmware_stop("this machine is not a q35 (host bridge %08x, LPC bridge %08x)", host,
                      lpc);
    }
    pci_write32(LPC_BRIDGE, LPC_PM_BASE, CHIPSET_PM_BASE | 1);
    pci_write8(LPC_BRIDGE, LPC_ACPI_CONTROL, 0x80);
}

void chipset_set_up(void)
{
    /* Off while the address changes in two halves. */
    pci_write32(HOST_BRIDGE, HOST_PCIEXBAR, 0);
    pci_write32(HOST_BRIDGE, HOST_PCIEXBAR + 4, 0);
    pci_write32(HOST_BRIDGE, HOST_PCIEXBAR, CHIPSET_ECAM_BASE | 1);

    /* C0000h-FFFFFh: RAM, for the RSDP and the SMBIOS anchor; no option ROM is run. */
    pci_write8(HOST_BRIDGE, HOST_PAM_0, PAM_RAM << 4);
    for (uint32_t reg = HOST_PAM_0 + 1; reg <= HOST_PAM_6; reg++) {
        pci_write8(HOST_BRIDGE, reg, PAM_RAM << 4 | PAM_RAM);
    }

    pci_write32(LPC_BRIDGE, LPC_RCBA, CHIPSET_RCBA_BASE | 1);
}
