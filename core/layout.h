/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic that the planner shares with the reader of its layouts. */
#ifndef CORE_LAYOUT_H
#define CORE_LAYOUT_H

#include <muster/layout.h>

#define LAYOUT_PAGE ((uint64_t)MUSTER_LAYOUT_PAGE)

static inline uint64_t layout_round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* What the entry code takes where a stack follows it. */
static inline uint32_t layout_entry_room(const struct muster_layout_request *request)
{
    return (uint32_t)layout_round_up(request->entry_size, MUSTER_LAYOUT_STACK);
}

/* From a processor's entry code to its save state. */
static inline uint64_t layout_distance(const struct muster_layout_request *request)
{
    return request->save_state_offset - request->entry_offset;
}

#endif
