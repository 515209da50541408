/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What differs between the machines the firmware boots on. Each has a directory with one
 * implementation of this header; a ROM is linked with one of them.
 */
#ifndef FIRMWARE_PLATFORM_H
#define FIRMWARE_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware.h"

/* The same on all of them. */
#define PLATFORM_APM_CNT   0xb2 /* a write raises an SMI */
#define PLATFORM_APM_STS   0xb3
#define PLATFORM_POWER_OFF 0x2000u /* to PM1_CNT: SLP_EN with the sleep type of S5 */

struct platform_facts {
    const char *name;
    bool has_fw_cfg;   /* always; else the firmware can do without */
    bool must_lock;    /* else a machine that does not keep the lock is warned of, and boots */
    bool smi_to_first; /* an SMI from the port goes to processor 0, whoever wrote */
    uint16_t tco_data; /* port that raises an SMI to processor 0 when written, 0: none */
    uint64_t window_size;
};
extern const struct platform_facts platform;

/* Ranges without RAM that the OS must find reserved; the last has size 0. */
struct platform_range {
    uint64_t base;
    uint64_t size;
};
extern const struct platform_range platform_reserved[];

/* Given low_memory_top: where SMRAM, the OS window and the firmware's tables go. */
void platform_memory_place(struct firmware_machine *machine);

/* Lets the firmware read and write SMRAM from outside SMM, until smram_lock(). */
void platform_smram_open(void);

/*
 * Processors that are not there but may come while an OS runs, if what comes with them can be held: a
 * default SMRAM that will be closed and locked. Writes their APIC ids, `room` at most, and returns how
 * many there are. 0 with a line in the log if they would have to run without: then they must not come.
 */
uint32_t platform_absent_find(const struct firmware_machine *machine, uint32_t *apic_id,
                              uint32_t room);

/* SMI sources on, as far as they can be locked, locked. */
void platform_smi_enable(void);

/* Closes SMRAM and locks it. The caller checks that it is hidden. False if it can be opened
 * again. */
bool platform_smram_lock(const struct firmware_machine *machine);

/* Routes the interrupt lines of PCI slots, and says which IRQ a pin (0 to 3) of a device has. */
void platform_lines_route(void);
uint8_t platform_irq(uint32_t device, uint32_t pin);

/* Devices that the OS expects the firmware to have set up. */
void platform_devices_set_up(void);

#endif
