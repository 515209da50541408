/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI configuration space through ports CF8h/CFCh: works from the first instruction on, before
 * the memory-mapped window is set up. Not to be used by two processors at a time.
 */
#ifndef FIRMWARE_PCI_H
#define FIRMWARE_PCI_H

#include <stdint.h>

/* bus and device:function of the two chips every q35 has */
#define HOST_BRIDGE 0, 0x00, 0
#define LPC_BRIDGE  0, 0x1f, 0

uint8_t pci_read8(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg);
uint16_t pci_read16(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg);
uint32_t pci_read32(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg);
void pci_write8(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg, uint8_t value);
void pci_write16(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg,
                 uint16_t value);
void pci_write32(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg,
                 uint32_t value);

#endif
