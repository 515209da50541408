/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relocation at start-up under the explorer: the text of core/relocate.c in the default SMRAM that all
 * share, and around it the hand-on (US 7,493,435) step by step as firmware/processors.c and trampoline.S
 * do it. The boot processor moves itself, then sets the first of the others going; each that is out
 * wakes the next. Who does not come out in time gets a second try, and is then skipped and reported.
 *
 * (relocation.h counts what such a chain costs, without any of that.)
 */
#ifndef SIM_CHAIN_H
#define SIM_CHAIN_H

#include <arch/shared.h>
#include <muster/relocate.h>
#include <sim/machine.h>

#define CHAIN_CONTINUATION                                                                     \
    0x4321u /* where a processor goes on after its move: trampoline_hand_on */

/* What the firmware's code and the default handler share. In the arena. The words overlay
 * what core/relocate.c sees of them. */
struct chain {
    unsigned processors;
    union {
        struct muster_relocation relocation;
        struct {
            uint8_t *save_state;
            struct shared_word where; /* SMBASE, in the upper half the continuation */
            struct shared_word moved; /* in the upper half the error */
        };
    } * work;
    struct shared_word *position; /* of the processor at work */
    struct shared_word *sipi;     /* 1: SMIs are latched in wait-for-SIPI, so a SIPI follows */
};

extern struct chain chain;

/* The boot processor, when it has moved itself: has all others moved, or reports them. */
void chain_run(void);

/* The others, after the RSM of their move. */
void chain_hand_on(void);

/* Where this processor is to go. */
static inline uint32_t chain_smbase(unsigned processor)
{
    return 0x100000u + 0x1000u * processor;
}

/* ---- chain_machine.c ---- */

void chain_setup(const struct scenario *scenario);

void chain_send_smi(unsigned processor);
void chain_send_sipi(unsigned processor);
void chain_send_init(unsigned processor);

/* This processor is skipped. */
void chain_report(unsigned processor);

#endif
