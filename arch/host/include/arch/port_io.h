/* SPDX-License-Identifier: BSD-2-Clause */
/* The I/O ports where there are none: functions, by which a unit test, a fuzzer or the simulator
 * plays the devices. */
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
