/* SPDX-License-Identifier: BSD-2-Clause */
/* From an image's wishes to a layout of SMRAM: for firmware, and for the host's `muster layout`.
 * See muster/install.h. */
#include <muster/window.h>

#include "image.h"

#define MEBIBYTE       (UINT64_C(1) << 20)
#define FOUR_GIBIBYTES (UINT64_C(1) << 32)
#define TABLE_SPAN     (2 * MEBIBYTE) /* what one page table maps */
#define DIRECTORY_SPAN (UINT64_C(1) << 30)
#define SMRAM_USED_MAX (4 * MEBIBYTE) /* more is never needed */

/* Low memory, SMRAM, the window, and what the port asks for. */
#define RANGES (3 + MUSTER_IMAGE_RANGES_MAX)

#define LOW_ALIGNMENT 64u /* real-mode stacks begin at multiples of 16 */

/* SMBASE and with it entry code on a line of its own. */
#define SMBASE_ALIGNMENT 64u

struct range {
    uint64_t base;
    uint64_t size; /* 0: not used */
};

static uint64_t smram_used(const struct muster_image_memory *memory)
{
    return memory->smram_size < SMRAM_USED_MAX ? memory->smram_size : SMRAM_USED_MAX;
}

static uint64_t page_of(uint64_t address)
{
    return address / MUSTER_LAYOUT_PAGE;
}

/* Whether it lies below 4 GiB and shares no page with SMRAM or with the first MiB. */
static bool range_is_outside(const struct muster_image_memory *memory, uint64_t base,
                             uint64_t size)
{
    uint64_t smram_last = memory->smram_base + memory->smram_size - 1;

    if (base < MEBIBYTE || base >= FOUR_GIBIBYTES || size > FOUR_GIBIBYTES - base)
        return false;
    return page_of(base + size - 1) < page_of(memory->smram_base) ||
           page_of(smram_last) < page_of(base);
}

static bool memory_makes_sense(const struct muster_image_memory *memory)
{
    if (memory->smram_size == 0 || memory->smram_base >= FOUR_GIBIBYTES ||
        memory->smram_size > FOUR_GIBIBYTES - memory->smram_base)
        return false;
    if (memory->low_base % LOW_ALIGNMENT != 0 || memory->low_base > MEBIBYTE ||
        memory->low_size > MEBIBYTE - memory->low_base)
        return false;
    if (memory->window_size == 0 ||
        !range_is_outside(memory, memory->window_base, memory->window_size))
        return false;
    for (unsigned index = 0; index < MUSTER_IMAGE_RANGES_MAX; index++) {
        const struct muster_image_range *range = &memory->ranges[index];

        if (range->size != 0 && !range_is_outside(memory, range->base, range->size))
            return false;
    }
    return true;
}

/* Whether one of the first `count` ranges has a part of this slot. */
static bool slot_is_touched(const struct range *ranges, unsigned count, uint64_t slot,
                            uint64_t span)
{
    for (unsigned range = 0; range < count; range++)
        if (ranges[range].size != 0 && ranges[range].base / span <= slot &&
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

        if (ranges[range].size == 0)
            continue;
        for (uint64_t slot = ranges[range].base / span; slot <= last; slot++)
            slots += !slot_is_touched(ranges, range, slot, span);
    }
    return slots;
}

/* The root and whatever leads to the one pointer table below 512 GiB, that, and what lies in use
 * below it. The first slot has the default SMRAM and the local APIC. */
static uint32_t table_pages(const struct muster_image_memory *memory, uint32_t levels)
{
    struct range ranges[RANGES] = {
        {0, TABLE_SPAN},
        {memory->smram_base, smram_used(memory)},
        {memory->window_base, memory->window_size},
    };

    for (unsigned index = 0; index < MUSTER_IMAGE_RANGES_MAX; index++)
        ranges[RANGES - MUSTER_IMAGE_RANGES_MAX + index] =
            (struct range){memory->ranges[index].base, memory->ranges[index].size};
    return levels - 2 + slots_count(ranges, DIRECTORY_SPAN) + slots_count(ranges, TABLE_SPAN);
}

/* What is given up, one after the other, where SMRAM is too small for all: the page table of a fifth
 * level, which some processors have; the guard pages; both. */
static const struct style {
    bool guarded;
    uint32_t levels;
} styles[] = {{true, 5}, {true, 4}, {false, 5}, {false, 4}};

#define STYLES         (sizeof(styles) / sizeof(styles[0]))
#define STYLE_SMALLEST (&styles[STYLES - 1])

/* What the image needs in this memory for so many processors, in this style. */
static struct muster_layout_request image_request(const struct muster_image_header *header,
                                                  const struct muster_image_memory *memory,
                                                  uint32_t processors,
                                                  const struct style *style)
{
    return (struct muster_layout_request){
        .smram_base = memory->smram_base,
        .smram_size = smram_used(memory),
        .processors = processors,
        .entry_offset = IMAGE_ENTRY_OFFSET,
        .entry_size = header->sizes.entry,
        .save_state_offset = IMAGE_SPACE - header->sizes.save_state,
        .save_state_size = header->sizes.save_state,
        .smbase_alignment = SMBASE_ALIGNMENT,
        .code_size = header->constants,
        .constants_size = header->data - header->constants,
        .data_size = header->data_end - header->data,
        .shared_size = header->sizes.shared,
        .structure_size = header->sizes.structure,
        .table_pages = table_pages(memory, style->levels),
        .stack_size = header->sizes.stack,
        .context_size = header->sizes.context,
        .monarch_stacks = header->sizes.handler_stack_pages != 0,
        .monarch_stack_pages = header->sizes.handler_stack_pages,
        .guarded = style->guarded,
    };
}

int muster_image_plan(const struct muster_image_header *header,
                      const struct muster_image_memory *memory, uint32_t processors,
                      struct muster_layout *layout)
{
    int error = MUSTER_LAYOUT_FULL;

    if (!memory_makes_sense(memory))
        return MUSTER_INSTALL_MEMORY;
    for (unsigned style = 0; error == MUSTER_LAYOUT_FULL && style < STYLES; style++) {
        struct muster_layout_request request =
            image_request(header, memory, processors, &styles[style]);

        error = muster_layout_plan(&request, layout);
    }
    return error;
}

uint32_t muster_image_capacity(const struct muster_image_header *header,
                               const struct muster_image_memory *memory)
{
    struct muster_layout_request request;
    uint32_t capacity;

    if (!memory_makes_sense(memory))
        return 0;
    request = image_request(header, memory, 1, STYLE_SMALLEST);
    capacity = muster_layout_capacity(&request);
    return capacity < MUSTER_WINDOW_PROCESSORS_MAX ? capacity : MUSTER_WINDOW_PROCESSORS_MAX;
}
