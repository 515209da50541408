/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The synchronization that the QEMU patch of the broadcast SMI is written for: the handler runs on the
 * boot processor, whoever triggered the SMI, and there are two modes. Where a trigger brings only its
 * own processor into SMM:
 *
 *   (1a) traditional, triggered by the boot processor: it sends every other one a directed SMI, waits
 *        for them, and runs the handler
 *   (1b) relaxed, the same: nobody is brought in, the handler runs at once
 *   (2)  triggered by another one: that brings in the boot processor by a directed SMI, and goes on
 *        as in (1a) or (1b)
 *
 * With the feature negotiated everybody is brought in by the trigger, and nobody sends anything.
 * Made from that description, for comparison with muster, where any processor leads and each handler
 * says whom it needs. Like the model of the costs (traditional.h) it has no deadlines.
 */
#ifndef SIM_MODES_H
#define SIM_MODES_H

#include <arch/shared.h>
#include <sim/machine.h>

#define MODES_BOOT_PROCESSOR 0u

struct modes_line {
    _Alignas(64) struct shared_word word;
};

/* What the processors share. In the arena. */
struct modes {
    unsigned processors;
    bool relaxed;
    bool broadcast;
    struct modes_line *round; /* counts up; odd while the boot processor is in */
    struct modes_line *until; /* of each processor: it is in SMM until the round is there */
};

extern struct modes modes;

/* One SMI, from entry to RSM. */
void modes_smi(unsigned self);

/* ---- modes_machine.c ---- */

/* What is asked of the machine: codes of OP_CALL. */
enum modes_call { MODES_CALL_SEND, MODES_CALL_LOOK, MODES_CALL_BEGIN, MODES_CALL_END };

/* Sets up the machine and the engine: a scenario's requests are bare command bytes. */
void modes_setup(const struct scenario *scenario);

/* Sends a directed SMI. */
void modes_send(unsigned processor);

/* There is a command byte that nobody has taken. */
bool modes_cause_look(void);

/* Takes the command byte and handles it. */
void modes_handle(void);

#endif
