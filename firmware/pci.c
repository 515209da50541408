/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI configuration access, mechanism 1: address to CF8h, data at CFCh. */
#include "pci.h"

#include <arch/port_io.h>

#define PORT_ADDRESS 0xcf8
#define PORT_DATA    0xcfc

/* Names the register's dword, and returns the data port for its bytes in there. */
static uint16_t register_select(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg)
{
    port_out32(PORT_ADDRESS,
               0x80000000u | bus << 16 | device << 11 | function << 8 | (reg & 0xfcu));
    return (uint16_t)(PORT_DATA + (reg & 3u));
}

uint8_t pci_read8(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg)
{
    return port_in8(register_select(bus, device, function, reg));
}

uint16_t pci_read16(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg)
{
    return port_in16(register_select(bus, device, function, reg));
}

uint32_t pci_read32(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg)
{
    return port_in32(register_select(bus, device, function, reg));
}

void pci_write8(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg, uint8_t value)
{
    port_out8(register_select(bus, device, function, reg), value);
}

void pci_write16(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg, uint16_t value)
{
    port_out16(register_select(bus, device, function, reg), value);
}

void pci_write32(uint32_t bus, uint32_t device, uint32_t function, uint32_t reg, uint32_t value)
{
    port_out32(register_select(bus, device, function, reg), value);
}
