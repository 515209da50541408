/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole boot, from the first line of C to Linux. */
#include "chipset.h"
#include "firmware.h"
#include "fw_cfg.h"
#include "log.h"
#include "platform.h"
#include "timer.h"

_Noreturn void firmware_main(uint64_t reset_ticks);

static struct firmware_machine machine;

_Noreturn void firmware_main(uint64_t reset_ticks)
{
    serial_start();
    exceptions_catch();
    chipset_start();
    timer_measure_start(reset_ticks);

    memory_size_find(&machine);
    smram_wipe(&machine); /* before anything else may run, load or transfer */

    machine.reset_ticks = reset_ticks;
    machine.ticks_per_second = timer_measure();
    log_line("muster firmware; SMRAM wiped in %lu us", timer_microseconds(machine.wipe_ticks));

    chipset_set_up();
    if (!fw_cfg_start() && platform.has_fw_cfg) {
        firmware_stop("no QEMU configuration device with DMA");
    }
    machine.processors = fw_cfg_read16(FW_CFG_PROCESSORS);
    machine.processors_max = fw_cfg_read16(FW_CFG_PROCESSORS_MAX);
    memory_types_set_up(&machine);
    pci_set_up();
    log_line("chipset set up, %u of %u processors, SMRAM %lx-%lx, window %lx-%lx",
             machine.processors, machine.processors_max, machine.smram_base,
             machine.smram_base + machine.smram_size - 1, machine.window_base,
             machine.window_base + machine.window_size - 1);

    smm_install(&machine); /* QEMU makes the ACPI tables from what is negotiated here */
    log_line("SMM installed");

    acpi_install(&machine);
    smbios_install(&machine);
    log_line("ACPI and SMBIOS tables installed");

    if (fw_cfg_read32(FW_CFG_KERNEL_SIZE) == 0) {
        measure_run(&machine); /* returns if nobody has asked for it */
        exerciser_run(&machine);
    }
    linux_boot(&machine);
}
