/* SPDX-License-Identifier: BSD-2-Clause */
/* This processor's local APIC in SMM, for what muster/lapic.h does not offer. */
#ifndef ARCH_X86_LAPIC_H
#define ARCH_X86_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define LAPIC_PRIORITY  0x080u /* of the task */
#define LAPIC_EOI       0x0b0u
#define LAPIC_SPURIOUS  0x0f0u /* bits 7:0: its vector */
#define LAPIC_SERVICE   0x100u /* eight registers, 10h apart: the vectors in service */
#define LAPIC_LINE      0x350u /* LINT0: the interrupt controller's */
#define LAPIC_LINE_MASK (1u << 16)

/* Before the lock, with memory mapped to itself: whether the local APIC goes where its base says. By
 * the manual it does. QEMU keeps the number, and the registers stay. For a moment it is at `elsewhere`,
 * a page that nobody uses. */
bool lapic_moves(uint32_t elsewhere);

uint32_t lapic_read(uint32_t offset);
void lapic_write(uint32_t offset, uint32_t value);

bool lapic_is_in_service(uint8_t vector);

/* Sends this processor an interrupt, or an NMI. */
void lapic_vector_send(uint8_t vector);
void lapic_nmi_send(void);

#endif
