/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI devices. The OS gives them their addresses, as it does to devices plugged in later; all
 * that ACPI describes, it finds there. The firmware does what is left:
 *  - Interrupts for an OS without IOAPIC: the interrupt lines of PCI go to IRQ 10 and 11, and
 *    each device is told its IRQ.
 *  - The controllers whose address drivers expect from the firmware.
 */
#include "firmware.h"
#include "pci.h"
#include "platform.h"

#define DEVICES   32
#define FUNCTIONS 8

#define PCI_VENDOR         0x00
#define PCI_HEADER         0x0e
#define PCI_INTERRUPT_LINE 0x3c
#define PCI_INTERRUPT_PIN  0x3d
#define NO_DEVICE          0xffff
#define HEADER_MULTIPLE    0x80

static void function_irq_set(uint32_t device, uint32_t function)
{
    uint32_t pin = pci_read8(0, device, function, PCI_INTERRUPT_PIN);

    if (pin >= 1 && pin <= 4) {
        pci_write8(0, device, function, PCI_INTERRUPT_LINE, platform_irq(device, pin - 1));
    }
}

static void irqs_set(void)
{
    for (uint32_t device = 0; device < DEVICES; device++) {
        uint32_t functions = 1;

        for (uint32_t function = 0; function < functions; function++) {
            if (pci_read16(0, device, function, PCI_VENDOR) == NO_DEVICE) {
                continue;
            }
            if (function == 0 && (pci_read8(0, device, 0, PCI_HEADER) & HEADER_MULTIPLE)) {
                functions = FUNCTIONS;
            }
            function_irq_set(device, function);
        }
    }
}

void pci_set_up(void)
{
    platform_lines_route();
    irqs_set();
    platform_devices_set_up();
}
