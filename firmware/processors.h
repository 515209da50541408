/* SPDX-License-Identifier: BSD-2-Clause */
/* The processors: starting the application processors, and moving each to its own SMBASE. */
#ifndef FIRMWARE_PROCESSORS_H
#define FIRMWARE_PROCESSORS_H

#include <stdint.h>

#include <muster/relocate.h>

#include "firmware.h"

/* INIT and SIPI to every other processor: they begin at TRAMPOLINE_ADDRESS. */
void processors_wake(const struct firmware_machine *machine);

/* Either of them to one. */
void processor_init(uint32_t apic_id);
void processor_start(uint32_t apic_id);

/*
 * Starts every application processor and waits, bounded, until all have arrived and parked.
 * Returns how many processors there are, the boot processor included; their APIC ids are in
 * processors_apic_id(), the boot processor's first and the others' in ascending order.
 */
uint32_t processors_start(const struct firmware_machine *machine);
uint32_t *processors_apic_id(void);
#define PROCESSORS_ROOM 256u /* there is room for */

/*
 * Moves processor i to smbase[i], each handing on to the next. Ends in firmware_stop() when one
 * does not move within a bounded time: no OS may run while an SMBASE lies in its memory.
 */
void processors_relocate(const struct firmware_machine *machine,
                         struct muster_relocation *relocation, uint32_t count,
                         const uint64_t *smbase);

#endif
