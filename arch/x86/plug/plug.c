/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processors that come and go (muster/plug.h): the monarch's side of the gate (gate.S). Only in images
 * whose port has such processors.
 *
 * The order that makes one save area enough for several: all that have the default SMBASE are in the
 * gate before the first gets its turn, and nobody sends them an SMI; the next gets its turn when the
 * one before has been seen at its own SMBASE. That it gets there is the work of an SMI that it has
 * been sent while it was in the gate: it is taken with the RSM, before anything else.
 */
#include <muster/plug.h>

#include <stddef.h>

#include <arch/clock.h>
#include <arch/x86/image.h>
#include <arch/x86/plug.h>
#include <core/presence.h>
#include <core/runtime.h>
#include <core/save_state.h>

#include "gate.h"
#include "marks.h"

/* All of an admission; the others' patience has more to spare (core/install.c). */
#define LIMIT_MILLISECONDS 500u
#define NOBODYS_TURN       UINT32_MAX

_Static_assert(offsetof(struct gate, calling) == GATE_CALLING, "gate.S");
_Static_assert(offsetof(struct gate, turn) == GATE_TURN, "gate.S");
_Static_assert(offsetof(struct gate, smbase) == GATE_SMBASE, "gate.S");
_Static_assert(offsetof(struct gate, field) == GATE_FIELD, "gate.S");
_Static_assert(offsetof(struct gate, waiting) == GATE_WAITING, "gate.S");
_Static_assert(GATE_CODE == IMAGE_DEFAULT_SMBASE + IMAGE_ENTRY_OFFSET, "where SMIs begin");
_Static_assert(GATE_CODE / 4096 == (GATE_DATA + sizeof(struct gate) - 1) / 4096, "one page");

static bool failed; /* somebody has left the gate and not arrived */

static volatile struct gate *gate(void)
{
    return (volatile struct gate *)(uintptr_t)GATE_DATA;
}

void plug_gate_write(uint32_t layout)
{
    uint8_t *place = (uint8_t *)(uintptr_t)GATE_CODE;

    for (const uint8_t *from = gate_begin; from != gate_end; from++)
        *place++ = *from;
    gate()->field = GATE_CODE + save_state_smbase_field(layout);
    gate()->calling = 0;
}

static bool set_has(const uint64_t set[MUSTER_SET_WORDS], uint32_t index)
{
    return set[index / 64] >> (index % 64) & 1;
}

/* Starts to call: from here on who comes to the gate waits. */
static void gate_call(const struct muster_facts *facts, const uint64_t set[MUSTER_SET_WORDS])
{
    for (unsigned id = 0; id < GATE_IDS; id++)
        gate()->waiting[id] = 0;
    gate()->turn = NOBODYS_TURN;
    gate()->calling = 1;
    for (uint32_t index = 0; index < facts->processor_count; index++)
        if (set_has(set, index))
            port_smi_send(processor_of(facts, index)->apic_id);
}

static bool gate_wait(const struct muster_processor *processor, uint64_t deadline)
{
    while (gate()->waiting[processor->apic_id % GATE_IDS] == 0) {
        if (clock_now() > deadline)
            return false;
        __builtin_ia32_pause();
    }
    return true;
}

static bool all_wait(const struct muster_facts *facts, const uint64_t set[MUSTER_SET_WORDS],
                     uint64_t deadline)
{
    for (uint32_t index = 0; index < facts->processor_count; index++)
        if (set_has(set, index) && !gate_wait(processor_of(facts, index), deadline))
            return false;
    return true;
}

/* Lets one of them through. True when it is held at its own SMBASE. */
static bool processor_pass(const struct muster_facts *facts, uint32_t index, uint64_t deadline)
{
    struct muster_processor *processor = processor_of(facts, index);

    plug_expect(facts, index);
    port_smi_send(processor->apic_id); /* it is in SMM: taken with its RSM */
    gate()->smbase = (uint32_t)(uintptr_t)processor->save_state - IMAGE_ENTRY_OFFSET;
    gate()->turn = processor->apic_id;
    /* Pairs with presence_enter. */
    return shared_wait_equal(&processor->mark, MARK_IN_SMM, MARK_IN_SMM, deadline);
}

bool muster_plug_admit(const struct muster_facts *facts, const uint64_t set[MUSTER_SET_WORDS])
{
    uint64_t deadline =
        clock_now() + runtime_of(facts)->ticks_per_second / 1000 * LIMIT_MILLISECONDS;

    if (failed)
        return false;
    gate_call(facts, set);
    if (!all_wait(facts, set, deadline)) {
        gate()->calling = 0;
        return false;
    }
    failed = true; /* until the last one has arrived */
    for (uint32_t index = 0; index < facts->processor_count; index++)
        if (set_has(set, index) && !processor_pass(facts, index, deadline))
            return false;
    failed = false;
    gate()->calling = 0;
    return true;
}

void muster_plug_abandon(void)
{
    if (!failed)
        gate()->calling = 0;
}
