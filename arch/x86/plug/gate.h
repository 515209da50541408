/* SPDX-License-Identifier: BSD-2-Clause */
/* The gate at the default SMBASE, and what its code shares with plug.c: see gate.S. */
#ifndef ARCH_X86_PLUG_GATE_H
#define ARCH_X86_PLUG_GATE_H

#define GATE_CODE 0x38000 /* default SMBASE + 8000h */
#define GATE_DATA 0x38080 /* behind the code */

/* Offsets in struct gate, checked in plug.c. */
#define GATE_CALLING 0
#define GATE_TURN    4
#define GATE_SMBASE  8
#define GATE_FIELD   12
#define GATE_WAITING 16

#define GATE_IDS 256

#ifndef __ASSEMBLER__
#include <stdint.h>

struct gate {
    uint32_t calling;          /* 0: who comes leaves again; 1: who comes waits for its turn */
    uint32_t turn;             /* APIC id of the one that moves now */
    uint32_t smbase;           /* ... and where to */
    uint32_t field;            /* address of SMBASE in the save state. Constant */
    uint8_t waiting[GATE_IDS]; /* by APIC id: 1: it is in the gate and waits */
};

extern const uint8_t gate_begin[] __attribute__((visibility("hidden")));
extern const uint8_t gate_end[] __attribute__((visibility("hidden")));
#endif
#endif
