/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other flavour: Itanium's platform management interrupt (PMI), with the rendezvous and wake-up
 * of IPCOM000028737D, which needs nothing from an operating system.
 *
 * A PMI has a vector: the platform's pin, or one of the three that firmware may send to call a
 * processor. It is masked while the handler runs; what arrives then collapses to one pending PMI,
 * which shows the lowest of its vectors: a call may be hidden behind an event, never the reverse.
 *
 * The disclosure's marks:
 *   PMI Lock                 held for the book-keeping, never while anybody handles or spins
 *   PMI in Progress          of all the processors of a node: the node's scratch register. It counts
 *                            up, odd while a PMI is in progress: its round
 *   Rendezvous in Progress   of each processor: the round in which it spins. A flag would not do: one
 *                            that is left over from the round before looks like an arrival
 *   Rendezvous Requested     not kept. It tells that a call is hidden behind another vector; here
 *                            who finds a PMI in progress spins, whatever brought it, and retries
 *                            if an event of its own did.
 *
 * Memory is the engine's (x86-TSO or SC), not Itanium's weaker one. The disclosure has no
 * deadlines, so nobody stops or is late for ever here: what was published is what is explored.
 */
#ifndef SIM_PMI_H
#define SIM_PMI_H

#include <arch/shared.h>
#include <sim/machine.h>

#define PMI_VECTOR_PIN        0u
#define PMI_VECTOR_RENDEZVOUS 1u /* the first of the three that firmware may send */

struct pmi_line {
    _Alignas(64) struct shared_word word;
};

/* What the handlers share. In the arena. */
struct pmi {
    unsigned processors;
    unsigned nodes;
    struct pmi_line *lock;
    struct pmi_line *scratch;    /* of each node, in its chipset */
    struct pmi_line *rendezvous; /* of each processor */
};

extern struct pmi pmi;

/* The handler, from entry with a vector to the return. */
void pmi_handle(unsigned self, unsigned vector);

/* ---- pmi_machine.c ---- */

/* Sets up the machine and the engine: a scenario's requests are events on the platform's pin. */
void pmi_setup(const struct scenario *scenario);

unsigned pmi_node(unsigned processor);

/* Sends a PMI. */
void pmi_send(unsigned processor, unsigned vector);

/* Handles what the platform has for this processor. */
void pmi_event_handle(unsigned self);

#endif
