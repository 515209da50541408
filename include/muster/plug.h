/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processors that come and go while an OS runs: what the port of a platform that has them calls.
 *
 * A processor that is plugged in wakes with the default SMBASE, 30000h, like all at power-on. On a
 * platform whose default SMRAM can be closed and locked it meets code of ours there, a gate. It
 * passes it when the port, in a handler that needs all, admits it: it is given the SMBASE that was
 * planned for it, and held in the round at once, before it has executed anything else. Until it is
 * admitted, an SMI takes it to the gate and back.
 *
 * The firmware plans for every processor that may come (muster/install.h, `absent`). Nobody waits
 * for one that is not here.
 *
 * Call these in SMM, in a handler that needs all (MUSTER_NEED_ALL): nobody else sends SMIs then.
 */
#ifndef MUSTER_PLUG_H
#define MUSTER_PLUG_H

#include <stdbool.h>
#include <stdint.h>

#include <muster/handler.h>

#define MUSTER_PLUG_NOBODY UINT32_MAX /* no processor's index */

/* The index of the processor with this local APIC id, or MUSTER_PLUG_NOBODY. */
uint32_t muster_plug_find(const struct muster_facts *facts, uint32_t apic_id);

/* Whether it has been let in, or was there from the beginning, and has not gone since. */
bool muster_plug_is_here(const struct muster_facts *facts, uint32_t index);

/* Whether it is held in the round of the handler that call is for. */
bool muster_plug_is_held(const struct muster_call *call, uint32_t index);

/*
 * Admits the processors of the set (bit i of word i / 64), one after the other. They must be all
 * that have the default SMBASE and can take an SMI. Waits, bounded, until each is held at its own
 * SMBASE. False if one did not come: then nobody has moved; or did not arrive: then nobody is ever
 * admitted again, and who is in the gate stays there.
 */
bool muster_plug_admit(const struct muster_facts *facts, const uint64_t set[MUSTER_SET_WORDS]);

/* The handler has faulted: nobody moves any more. For its `abandon`. */
void muster_plug_abandon(void);

/* Says that a processor is no more: unplugged, and not merely told to go. */
void muster_plug_gone(const struct muster_facts *facts, uint32_t index);

#endif
