/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a platform must provide: how it tells why an SMI fired, and how it sends one. The core
 * is linked with exactly one implementation; there is no table of function pointers.
 *
 * All but port_install are called in SMM, on the processor that the comment names, with every
 * other processor possibly in the same function at the same time. They return after a bounded
 * number of steps: a wait for a device has a limit on its polls. They touch no memory but their own
 * and what the firmware has asked to have mapped (struct muster_image_memory), no FPU or SSE
 * register, and no register of the interrupted code that they do not restore, an index register
 * of the chipset included. docs/porting.md makes a port step by step.
 */
#ifndef MUSTER_PORT_H
#define MUSTER_PORT_H

#include <stdbool.h>
#include <stdint.h>

/* Why an SMI fired, as far as the platform tells. */
struct muster_cause {
    uint32_t
        causes; /* MUSTER_CAUSE_BYTE and level causes; requests are the core's own business */
    uint8_t command; /* the byte, when MUSTER_CAUSE_BYTE is set */
};

/* Before the lock, once, on the boot processor, outside SMM: tells the port what the firmware has
 * negotiated (MUSTER_FEATURE_*). What the power-on state looks like must not be taken for a cause
 * afterwards. */
void port_install(uint32_t features);

#define MUSTER_PORT_NONE 0u /* see port_command_port */

/* The I/O port whose OUT brings a command byte and its SMI; MUSTER_PORT_NONE where SMIs are made in
 * another way. Constant. Where save states tell of the I/O instruction before the SMI, a request in
 * registers counts only after an OUT to this port. */
uint16_t port_command_port(void);

/* What the platform shows at this instant, without changing anything: called by whoever leads a
 * round, at its beginning and at its end, by several processors at once. Must be ordered after the
 * caller's earlier writes: a caller publishes "the door is closed" and then looks for causes
 * (the round's compare-exchange before the call is a full barrier, which is enough for port
 * I/O). */
struct muster_cause port_cause_look(void);

/* The same, and takes the command byte: marks it as consumed. Level causes stay as they are; if there
 * are any, each is then accepted, and port_level_end is called after that. Called by a round's
 * monarch only, when no processor that is not lost can write the byte. */
struct muster_cause port_cause_take(void);

/* Clears the latch of one level cause, before its handlers run: an event that comes afterwards raises
 * it anew. Returns what the handlers are told: what its status register showed of sources that may
 * raise an SMI, as named there, or 1 where there is no such register; 0 if it is not raised any more,
 * and then no handler runs. What only the device itself can put down stays raised, and is the
 * handlers' business. */
uint64_t port_level_accept(uint32_t cause);

/* After all have run: switches the level causes in `off` off at their source, as far as they have
 * an enable there, and lets the platform raise the next SMI. */
void port_level_end(uint32_t off);

/* Answers a command byte that came without a request: by the monarch, after the handler and before
 * the release. */
void port_status_write(uint8_t status);

/* True if a command byte's SMI reaches every processor by itself. Constant after the lock. */
bool port_smi_is_broadcast(void);

/* Sends one SMI to every processor but this one, also to those that have never been in SMM: by the
 * monarch, when nothing else brings them. Those that are in SMM already must not lose it. */
void port_smi_send_others(void);

/* Sends one SMI to the processor with this local APIC id: by the monarch, after the first
 * deadline, once to each absentee. */
void port_smi_send(uint32_t apic_id);

#endif
