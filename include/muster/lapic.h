/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending SMIs through this processor's local APIC (Intel SDM volume 3, "Issuing
 * interprocessor interrupts"), without disturbing the interrupted code's own use of it: what
 * most ports call from port_smi_send and port_smi_send_others. In SMM only, where the local
 * APIC is at its usual address while an SMI is sent, whatever the OS has made of its base; or its
 * registers are MSRs, if the OS has chosen x2APIC mode.
 */
#ifndef MUSTER_LAPIC_H
#define MUSTER_LAPIC_H

#include <stdint.h>

/* One SMI to the processor with this local APIC id; 0 .. 254 in xAPIC mode. There it waits, bounded, until
 * the local APIC has taken it. */
void muster_lapic_smi_send(uint32_t apic_id);

/* One SMI to every processor but this one. */
void muster_lapic_smi_send_others(void);

#endif
