/* SPDX-License-Identifier: BSD-2-Clause */
/* From an image's wishes to a layout of SMRAM. See image_plan.h. */
#include "image_plan.h"

#include <muster/window.h>

#define TABLE_SPAN     (UINT64_C(2) << 20) /* what one page table maps */
#define DIRECTORY_SPAN (UINT64_C(1) << 30)
#define SMRAM_USED_MAX (UINT64_C(4) << 20) /* more is never needed */
#define RANGES         3

/* SMBASE and with it entry code on a line of its own. */
#define SMBASE_ALIGNMENT 64u

struct range {
    uint64_t base;
    uint64_t size;
};

/* Whether one of the first `count` ranges has a part of this slot. */
static bool slot_is_touched(const struct range *ranges, unsigned count, uint64_t slot,
                            uint64_t span)
{
    for (unsigned range = 0; range < count; range++)
        if (ranges[range].base / span <= slot &&
            slot <= (ranges[range].base + ranges[range].size - 1) / span)
            return true;
    return false;
}

/* Naturally aligned slots of `span` bytes that the ranges touch. */
static uint32_t slots_count(const struct range *ranges, uint64_t span)
{
    uint32_t slots = 0;

    for (unsigned range = 0; range < RANGES; range++) {
        uint64_t last = (ranges[range].base + ranges[range].size - 1) / span;

        for (uint64_t slot = ranges[range].base / span; slot <= last; slot++)
            slots += !slot_is_touched(ranges, range, slot, span);
    }
    return slots;
}

static uint64_t smram_used(const struct image_memory *memory)
{
    return memory->smram_size < SMRAM_USED_MAX ? memory->smram_size : SMRAM_USED_MAX;
}

/* The root, one pointer table below 512 GiB, and what lies in use below that. The first slot
 * has the default SMRAM and the local APIC. */
static uint32_t table_pages(const struct image_memory *memory)
{
    const struct range ranges[RANGES] = {
        {0, TABLE_SPAN},
        {memory->smram_base, smram_used(memory)},
        {memory->window_base, memory->window_size},
    };

    return 2 + slots_count(ranges, DIRECTORY_SPAN) + slots_count(ranges, TABLE_SPAN);
}

struct muster_layout_request image_request(const struct image_header *header,
                                           const struct image_memory *memory,
                                           uint32_t processors, bool guarded)
{
    return (struct muster_layout_request){
        .smram_base = memory->smram_base,
        .smram_size = smram_used(memory),
        .processors = processors,
        .entry_offset = IMAGE_ENTRY_OFFSET,
        .entry_size = header->sizes.entry,
        .save_state_offset = IMAGE_SAVE_STATE_OFFSET,
        .save_state_size = IMAGE_SAVE_STATE_SIZE,
        .smbase_alignment = SMBASE_ALIGNMENT,
        .code_size = header->constants,
        .constants_size = header->data - header->constants,
        .data_size = header->data_end - header->data,
        .shared_size = header->sizes.shared,
        .structure_size = header->sizes.structure,
        .table_pages = table_pages(memory),
        .stack_size = header->sizes.stack,
        .guarded = guarded,
    };
}

int image_plan(const struct image_header *header, const struct image_memory *memory,
               uint32_t processors, struct muster_layout *layout)
{
    struct muster_layout_request request = image_request(header, memory, processors, true);
    int error = muster_layout_plan(&request, layout);

    if (error != MUSTER_LAYOUT_FULL)
        return error;
    request.guarded = false;
    return muster_layout_plan(&request, layout);
}

uint32_t image_capacity(const struct image_header *header, const struct image_memory *memory)
{
    struct muster_layout_request request = image_request(header, memory, 1, false);
    uint32_t capacity = muster_layout_capacity(&request);

    return capacity < MUSTER_WINDOW_PROCESSORS_MAX ? capacity : MUSTER_WINDOW_PROCESSORS_MAX;
}
