/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The application processors' start-up code, at 9F000h, and what it shares with processors.c.
 */
#ifndef FIRMWARE_TRAMPOLINE_H
#define FIRMWARE_TRAMPOLINE_H

#define TRAMPOLINE_ADDRESS 0x9f000

#ifndef __ASSEMBLER__
#include <stdint.h>

#define TRAMPOLINE_PROCESSORS_MAX 256u
#define TRAMPOLINE_MSRS_MAX       48u

/* One model-specific register that every processor must hold the same value in. */
struct trampoline_msr {
    uint32_t number;
    uint32_t low;
    uint32_t high;
};

/* The code as linked; copied to TRAMPOLINE_ADDRESS. */
extern const uint8_t trampoline_begin[];
extern const uint8_t trampoline_end[];
/* Where a relocated processor resumes: in reset.S, by its offset in FFFF0000h's 64 KiB. */
extern const uint8_t processor_relocated[];

/* What the code shares with processors.c. Written by one processor at a time, except `arrived`
 * and `apic_id`, which the starting processors fill in by an exchange-and-add on `arrived`. */
struct trampoline_data {
    volatile uint32_t arrived;    /* processors in apic_id, the boot processor's among them */
    volatile uint32_t registered; /* processors parked and ready, the boot processor included */
    uint32_t msr_count;
    struct trampoline_msr msr[TRAMPOLINE_MSRS_MAX];
    uint32_t apic_id[TRAMPOLINE_PROCESSORS_MAX];

    /* The chain of relocations. */
    volatile uint32_t position; /* processors that have moved and are out of SMM again */
    uint32_t count;             /* where the chain ends */
    uint32_t smbase;            /* address of the SMBASE the next processor goes to */
    uint32_t moved;             /* address of the flag it sets */
    uint32_t sipi; /* APIC command that wakes a processor that has latched its SMI, or 0 */
    volatile uint32_t ticks[TRAMPOLINE_PROCESSORS_MAX]; /* TSC, low half, when it was out */
    uint32_t smbases[TRAMPOLINE_PROCESSORS_MAX];        /* where each goes */
};

extern struct trampoline_data trampoline_data;
#endif
#endif
