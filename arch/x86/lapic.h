/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending SMIs through this processor's local APIC (Intel SDM volume 3, "Issuing
 * interprocessor interrupts"), without disturbing the interrupted code's own use of it. */
#ifndef ARCH_X86_LAPIC_H
#define ARCH_X86_LAPIC_H

#include <stdint.h>

#define LAPIC_DEFAULT_BASE 0xfee00000u

/* Where SMM sees it: at an address that needs no page table of its own, as the first 2 MiB have
 * one anyway; nothing there but the default SMRAM is ever mapped. */
#define LAPIC_SMM_BASE 0xf0000u

void lapic_smi_send(uint32_t apic_id);
void lapic_smi_send_others(void);

#endif
