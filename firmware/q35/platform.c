/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * q35: SMRAM is TSEG, at the end of the RAM below 4 GiB. Below it come the OS window and the
 * firmware's tables. Where QEMU offers it, the RAM around the default SMBASE becomes SMRAM too: it
 * is the only such memory below 1 MiB, where exceptions in 16-bit mode begin.
 */
#include "platform.h"

#include <platform/q35/q35.h>

#include "chipset.h"
#include "log.h"
#include "memory.h"
#include "pci.h"
#include <arch/port_io.h>

_Static_assert(CHIPSET_PM_BASE == Q35_PM_BASE, "the runtime finds the ports where they are");

#define TSEG_SIZE_ASK         0xffff
#define TSEG_SIZE_DEFAULT_MIB 8 /* the largest of the sizes that the chipset itself has */

#define LOW_SMRAM_BASE 0x30000
#define LOW_SMRAM_SIZE 0x20000

#define WINDOW_SIZE      (2 * MEBIBYTE)
#define WINDOW_ALIGNMENT MEBIBYTE

/* What must be left below TSEG for a boot to make sense. */
#define OS_MINIMUM (64 * MEBIBYTE)

#define LPC_LINES_A_TO_D 0x60
#define LPC_LINES_E_TO_H 0x68
#define PORT_LEVEL_HIGH  0x4d1 /* which of IRQ 8 to 15 are level-triggered */

#define APIC_ID_MAX 0xfeu

#define PCI_VENDOR       0x00
#define PCI_COMMAND      0x04
#define COMMAND_IO       0x01
#define SMBUS_CONTROLLER 0, 0x1f, 3
#define SMBUS_IDENTITY   0x29308086
#define SMBUS_BASE       0x20
#define SMBUS_CONTROL    0x40 /* bit 0 enables the controller */

const struct platform_facts platform = {
    .name = "q35",
    .has_fw_cfg = true,
    .must_lock = true,
    .tco_data = Q35_TCO_DAT_IN,
    .window_size = WINDOW_SIZE,
};

/* Linux uses PCI configuration space in memory only where it finds it reserved. */
const struct platform_range platform_reserved[] = {
    {CHIPSET_ECAM_BASE, CHIPSET_ECAM_SIZE},
    {CHIPSET_RCBA_BASE, CHIPSET_RCBA_SIZE},
    {0, 0},
};

static uint64_t tseg_size_ask(void)
{
    uint16_t answer;

    pci_write16(HOST_BRIDGE, Q35_EXT_TSEG, TSEG_SIZE_ASK);
    answer = pci_read16(HOST_BRIDGE, Q35_EXT_TSEG);
    return (answer == TSEG_SIZE_ASK ? TSEG_SIZE_DEFAULT_MIB : answer) * MEBIBYTE;
}

static bool low_smram_is_offered(void)
{
    pci_write8(HOST_BRIDGE, Q35_LOW_SMRAM, Q35_LOW_SMRAM_ASK);
    return pci_read8(HOST_BRIDGE, Q35_LOW_SMRAM) == Q35_LOW_SMRAM_OFFER;
}

void platform_memory_place(struct firmware_machine *machine)
{
    machine->smram_size = tseg_size_ask();
    if (machine->smram_size + WINDOW_SIZE + WINDOW_ALIGNMENT + OS_MINIMUM >
        machine->low_memory_top) {
        firmware_stop("%lu MiB of RAM are too few for a TSEG of %lu MiB and an OS",
                      machine->low_memory_top / MEBIBYTE, machine->smram_size / MEBIBYTE);
    }
    machine->smram_base = machine->low_memory_top - machine->smram_size;
    if (low_smram_is_offered()) {
        machine->low_smram_base = LOW_SMRAM_BASE;
        machine->low_smram_size = LOW_SMRAM_SIZE;
    }
    machine->window_size = WINDOW_SIZE;
    machine->window_base = align_down(machine->smram_base - WINDOW_SIZE, WINDOW_ALIGNMENT);
    machine->reserved_top = machine->window_base;
}

/* TSEG is open until it is enabled. */
void platform_smram_open(void)
{
}

void platform_smi_enable(void)
{
    uint32_t enable = port_in32(Q35_SMI_EN);

    port_out32(Q35_SMI_EN, enable | Q35_SMI_EN_GLOBAL | Q35_SMI_EN_APMC | Q35_SMI_EN_TCO);
    pci_write8(LPC_BRIDGE, Q35_GEN_PMCON_1,
               pci_read8(LPC_BRIDGE, Q35_GEN_PMCON_1) | Q35_SMI_LOCK);
}

/* The id of a processor in QEMU's list, which is chosen from here on; 0 behind the last one. */
static uint32_t plug_id(uint32_t number)
{
    port_out32(Q35_PLUG_SELECTOR, number);
    port_out8(Q35_PLUG_COMMAND, Q35_PLUG_ID);
    return port_in32(Q35_PLUG_DATA);
}

uint32_t platform_absent_find(const struct firmware_machine *machine, uint32_t *apic_id,
                              uint32_t room)
{
    uint32_t count = 0;
    uint32_t id;

    if (machine->processors_max <= machine->processors) {
        return 0;
    }
    if (machine->low_smram_size == 0) {
        log_line(
            "warning: no processor can be plugged in: QEMU does not offer SMRAM at 30000h");
        return 0;
    }
    port_out32(Q35_PLUG_SELECTOR, 0); /* the first write leaves an older register layout */
    for (uint32_t number = 1; (id = plug_id(number)) != 0; number++) {
        if (port_in8(Q35_PLUG_FLAGS) & Q35_PLUG_IS_HERE) {
            continue;
        }
        if (count == room || id > APIC_ID_MAX) {
            log_line(
                "warning: no processor can be plugged in: more than %u in all, or an APIC id "
                "above %x",
                machine->processors + room, APIC_ID_MAX);
            return 0;
        }
        apic_id[count++] = id;
    }
    return count;
}

static bool low_smram_is_locked(const struct firmware_machine *machine)
{
    const volatile uint32_t *first = address_pointer(machine->low_smram_base);

    return machine->low_smram_size == 0 || *first == 0xffffffff;
}

bool platform_smram_lock(const struct firmware_machine *machine)
{
    uint8_t tseg = pci_read8(HOST_BRIDGE, Q35_ESMRAMC) & (uint8_t)~Q35_ESMRAMC_TSEG_MASK;
    uint8_t size =
        machine->smram_size == 8 * MEBIBYTE && pci_read16(HOST_BRIDGE, Q35_EXT_TSEG) == 0xffff
            ? Q35_ESMRAMC_TSEG_8_MIB
            : Q35_ESMRAMC_TSEG_EXT;
    const volatile uint32_t *first = address_pointer(machine->smram_base);

    if (machine->low_smram_size != 0) {
        pci_write8(HOST_BRIDGE, Q35_LOW_SMRAM, Q35_LOW_SMRAM_LOCK);
    }
    pci_write8(HOST_BRIDGE, Q35_ESMRAMC, tseg | size | Q35_ESMRAMC_TSEG_ENABLE);
    pci_write8(HOST_BRIDGE, Q35_SMRAM, Q35_SMRAM_BASE_SEG | Q35_SMRAM_ENABLE);
    pci_write8(HOST_BRIDGE, Q35_SMRAM, Q35_SMRAM_BASE_SEG | Q35_SMRAM_ENABLE | Q35_SMRAM_LOCK);
    return (pci_read8(HOST_BRIDGE, Q35_SMRAM) & Q35_SMRAM_LOCK) != 0 && *first == 0xffffffff &&
           low_smram_is_locked(machine);
}

/* The IRQ of lines A to D, and again of E to H. */
static const uint8_t line_irqs[4] = {10, 10, 11, 11};

void platform_lines_route(void)
{
    for (uint32_t line = 0; line < 4; line++) {
        pci_write8(LPC_BRIDGE, LPC_LINES_A_TO_D + line, line_irqs[line]);
        pci_write8(LPC_BRIDGE, LPC_LINES_E_TO_H + line, line_irqs[line]);
    }
    /* What is shared is level-triggered: the two above, and ACPI's IRQ 9. */
    port_out8(PORT_LEVEL_HIGH, 1 << (9 - 8) | 1 << (10 - 8) | 1 << (11 - 8));
}

/* The bridge's own devices (25 to 31) have their pins A to D on lines A to D, all others on E
   to H, turned by their device number. */
uint8_t platform_irq(uint32_t device, uint32_t pin)
{
    return line_irqs[(pin + (device >= 25 ? 0 : device)) % 4];
}

void platform_devices_set_up(void)
{
    if (pci_read32(SMBUS_CONTROLLER, PCI_VENDOR) != SMBUS_IDENTITY) {
        return;
    }
    pci_write32(SMBUS_CONTROLLER, SMBUS_BASE, CHIPSET_SMBUS);
    pci_write8(SMBUS_CONTROLLER, SMBUS_CONTROL, 1);
    pci_write16(SMBUS_CONTROLLER, PCI_COMMAND, COMMAND_IO);
}
