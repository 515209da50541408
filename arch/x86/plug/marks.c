/* SPDX-License-Identifier: BSD-2-Clause */
/* Processors that come and go (muster/plug.h): the marks of those who are not here. Apart from the gate, so
 * that the simulator can run it. */
#include <muster/plug.h>

#include <arch/shared.h>
#include <core/presence.h>

#include "marks.h"

uint32_t muster_plug_find(const struct muster_facts *facts, uint32_t apic_id)
{
    for (uint32_t index = 0; index < facts->processor_count; index++)
        if (processor_of(facts, index)->apic_id == apic_id)
            return index;
    return MUSTER_PLUG_NOBODY;
}

static uint64_t mark_of(const struct muster_facts *facts, uint32_t index)
{
    /* Pairs with presence_enter, presence_leave. */
    return shared_load_acquire(&processor_of(facts, index)->mark);
}

bool muster_plug_is_here(const struct muster_facts *facts, uint32_t index)
{
    return mark_of(facts, index) != MARK_INACTIVE;
}

/* The monarch's own mark shows its round. */
bool muster_plug_is_held(const struct muster_call *call, uint32_t index)
{
    return (mark_of(call->facts, index) & MARK_PLACE_MASK) ==
           (mark_of(call->facts, call->issuer) & MARK_PLACE_MASK);
}

void plug_expect(const struct muster_facts *facts, uint32_t index)
{
    /* Pairs with gather.c; its own stores come later, when it has its turn. */
    shared_store_release(&processor_of(facts, index)->mark, MARK_ACTIVE);
}

void muster_plug_gone(const struct muster_facts *facts, uint32_t index)
{
    struct muster_processor *processor = processor_of(facts, index);

    processor->owes = false;
    /* Nobody's but ours now. Read by later monarchs: ordered by the round word. */
    shared_store_relaxed(&processor->ignored, ~UINT64_C(0));
    shared_store_release(&processor->mark, MARK_INACTIVE);
}
