/* SPDX-License-Identifier: BSD-2-Clause */
/* The I/O ports of a machine that has nothing but QEMU's configuration device, for the parts of
 * the firmware that read what it gives: tests/fuzz/firmware.c answers. */
#ifndef ARCH_PORT_IO_H
#define ARCH_PORT_IO_H

#include <stdint.h>

uint8_t port_in8(uint16_t port);
uint16_t port_in16(uint16_t port);
uint32_t port_in32(uint16_t port);
void port_out8(uint16_t port, uint8_t value);
void port_out16(uint16_t port, uint16_t value);
void port_out32(uint16_t port, uint32_t value);

#endif
