/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to memory outside SMRAM, for the simulator: reads are counted, so that a field
 * read twice is noticed, and an adversary may answer them.
 */
#ifndef ARCH_OUTSIDE_H
#define ARCH_OUTSIDE_H

#include <stdint.h>

uint32_t outside_read32(const uint32_t *address);
uint64_t outside_read64(const uint64_t *address);
void outside_write8(uint8_t *address, uint8_t value);
void outside_write16(uint16_t *address, uint16_t value);
void outside_write32(uint32_t *address, uint32_t value);
void outside_write64(uint64_t *address, uint64_t value);

#endif
