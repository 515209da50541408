/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * i440FX with PIIX3 and the PIIX4's power management, as QEMU and Bochs have them. SMRAM is the
 * 128 KiB at A0000h that display memory hides. The OS window follows just above 1 MiB, where the page
 * table that maps SMRAM reaches it too: each further table would cost SMRAM for three processors.
 */
#include "platform.h"

#include <platform/pc/pc.h>

#include "chipset.h"
#include "log.h"
#include "memory.h"
#include "pci.h"
#include <arch/port_io.h>

_Static_assert(CHIPSET_PM_BASE == PC_PM_BASE, "the runtime finds the ports where they are");

#define ISA_BRIDGE       0, 1, 0
#define POWER_MANAGEMENT 0, 1, 3

#define HOST_IDENTITY  0x12378086
#define ISA_IDENTITY   0x70008086
#define POWER_IDENTITY 0x71138086

#define HOST_PAM_0 0x59 /* bits 5:4: F0000h-FFFFFh */
#define HOST_PAM_6 0x5f /* PAM 1 to 6: two fields each, 16 KiB a field from C0000h on */
#define PAM_RAM    0x3  /* reads and writes go to RAM */

#define ISA_LINES_A_TO_D 0x60
#define PORT_LEVEL_HIGH  0x4d1 /* which of IRQ 8 to 15 are level-triggered */

#define POWER_INTERRUPT  0x3c
#define POWER_PM_BASE    0x40
#define POWER_MISC       0x80 /* bit 0 enables the ports at PM_BASE */
#define POWER_SMBUS_BASE 0x90
#define POWER_SMBUS      0xd2 /* bit 0 enables the controller */
#define SCI_IRQ          9

/* Not at 1 MiB itself: in one range with what is reserved below, Linux takes it for a device's. */
#define WINDOW_BASE (MEBIBYTE + 64 * KIBIBYTE)
#define WINDOW_SIZE (MEBIBYTE - 64 * KIBIBYTE)
#define OS_MINIMUM  (64 * MEBIBYTE)

const struct platform_facts platform = {
    .name = "pc",
    .smi_to_first = true,
    .window_size = WINDOW_SIZE,
};

const struct platform_range platform_reserved[] = {{0, 0}};

void chipset_start(void)
{
    uint32_t host = pci_read32(HOST_BRIDGE, 0);
    uint32_t isa = pci_read32(ISA_BRIDGE, 0);
    uint32_t power = pci_read32(POWER_MANAGEMENT, 0);

    if (host != HOST_IDENTITY || isa != ISA_IDENTITY || power != POWER_IDENTITY) {
        firmware_stop("this machine is not an i440FX with PIIX4 power management (host bridge "
                      "%08x, ISA bridge %08x, power management %08x)",
                      host, isa, power);
    }
    pci_write32(POWER_MANAGEMENT, POWER_PM_BASE, CHIPSET_PM_BASE | 1);
    pci_write8(POWER_MANAGEMENT, POWER_MISC, 1);
}

void chipset_set_up(void)
{
    /* C0000h-FFFFFh: RAM, for the RSDP and the SMBIOS anchor; no option ROM is run. */
    pci_write8(HOST_BRIDGE, HOST_PAM_0, PAM_RAM << 4);
    for (uint32_t reg = HOST_PAM_0 + 1; reg <= HOST_PAM_6; reg++) {
        pci_write8(HOST_BRIDGE, reg, PAM_RAM << 4 | PAM_RAM);
    }
}

void platform_memory_place(struct firmware_machine *machine)
{
    if (machine->low_memory_top < OS_MINIMUM) {
        firmware_stop("%lu MiB of RAM are too few for an OS",
                      machine->low_memory_top / MEBIBYTE);
    }
    machine->smram_base = PC_SMRAM_ADDRESS;
    machine->smram_size = PC_SMRAM_SIZE;
    machine->window_base = WINDOW_BASE;
    machine->window_size = WINDOW_SIZE;
    machine->reserved_top = machine->low_memory_top;
}

void platform_smram_open(void)
{
    pci_write8(HOST_BRIDGE, PC_SMRAM, PC_SMRAM_BASE_SEG | PC_SMRAM_ENABLE | PC_SMRAM_OPEN);
}

/* None: what lies at 30000h belongs to the OS. */
uint32_t platform_absent_find(const struct firmware_machine *machine, uint32_t *apic_id,
                              uint32_t room)
{
    (void)apic_id;
    (void)room;
    if (machine->processors_max > machine->processors && machine->processors != 0) {
        log_line("warning: no processor can be plugged in: there is no SMRAM at 30000h");
    }
    return 0;
}

void platform_smi_enable(void)
{
    pci_write8(POWER_MANAGEMENT, PC_DEVACTB_3,
               pci_read8(POWER_MANAGEMENT, PC_DEVACTB_3) | PC_DEVACTB_3_SMI);
}

/* QEMU does not know D_LCK: there the attempt to open it again succeeds. */
bool platform_smram_lock(const struct firmware_machine *machine)
{
    const uint8_t closed = PC_SMRAM_BASE_SEG | PC_SMRAM_ENABLE;
    bool open;

    (void)machine;
    pci_write8(HOST_BRIDGE, PC_SMRAM, closed);
    pci_write8(HOST_BRIDGE, PC_SMRAM, closed | PC_SMRAM_LOCK);
    pci_write8(HOST_BRIDGE, PC_SMRAM, closed | PC_SMRAM_LOCK | PC_SMRAM_OPEN);
    open = (pci_read8(HOST_BRIDGE, PC_SMRAM) & PC_SMRAM_OPEN) != 0;
    pci_write8(HOST_BRIDGE, PC_SMRAM, closed | PC_SMRAM_LOCK);
    return !open;
}

static const uint8_t line_irqs[4] = {10, 10, 11, 11};

void platform_lines_route(void)
{
    for (uint32_t line = 0; line < 4; line++) {
        pci_write8(ISA_BRIDGE, ISA_LINES_A_TO_D + line, line_irqs[line]);
    }
    port_out8(PORT_LEVEL_HIGH, 1 << (SCI_IRQ - 8) | 1 << (10 - 8) | 1 << (11 - 8));
}

/* Slots turn the lines by their number, beginning with 1. */
uint8_t platform_irq(uint32_t device, uint32_t pin)
{
    return line_irqs[(pin + device + 3) % 4];
}

void platform_devices_set_up(void)
{
    pci_write8(POWER_MANAGEMENT, POWER_INTERRUPT, SCI_IRQ);
    pci_write32(POWER_MANAGEMENT, POWER_SMBUS_BASE, CHIPSET_SMBUS | 1);
    pci_write8(POWER_MANAGEMENT, POWER_SMBUS, pci_read8(POWER_MANAGEMENT, POWER_SMBUS) | 1);
}
