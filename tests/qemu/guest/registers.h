/* SPDX-License-Identifier: BSD-2-Clause */
/* A process's registers over an SMI. See registers.S. */
#ifndef GUEST_REGISTERS_H
#define GUEST_REGISTERS_H

#include <stdint.h>

/* RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8 to R15: where each is in an array. */
#define REGISTERS     15u
#define REGISTERS_RAX 0u
#define REGISTERS_RBX 1u

extern uint32_t registers_spins; /* turns of the loop; 0 afterwards */

void registers_hold(const uint64_t before[REGISTERS], uint64_t after[REGISTERS]);

#endif
