/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge of a layout. It asks for the regions and for each processor's SMBASE, and trusts no
 * arithmetic of the planner's: used by the tests on every layout, and at boot on the one that
 * is about to be used.
 */
#include <stddef.h>

#include <muster/layout.h>

#define PAGE ((uint64_t)MUSTER_LAYOUT_PAGE)

/* How memory is accessed once paging is on. Entry code runs before that, so for the page tables
 * it is data: constant where the style keeps it apart. */
enum access { ACCESS_NONE, ACCESS_CODE, ACCESS_CONSTANT, ACCESS_DATA };

static enum access access_of(const struct muster_layout *layout, enum muster_layout_kind kind)
{
    switch (kind) {
    case MUSTER_REGION_CODE:
        return ACCESS_CODE;
    case MUSTER_REGION_CONSTANTS:
        return ACCESS_CONSTANT;
    case MUSTER_REGION_ENTRY:
        return layout->request.guarded ? ACCESS_CONSTANT : ACCESS_DATA;
    case MUSTER_REGION_TABLES:
    case MUSTER_REGION_MONARCH_GUARD:
    case MUSTER_REGION_STACK_GUARD:
        return ACCESS_NONE;
    default:
        return ACCESS_DATA;
    }
}

static uint64_t alignment_of(enum muster_layout_kind kind)
{
    switch (kind) {
    case MUSTER_REGION_ENTRY:
    case MUSTER_REGION_SAVE_STATE:
        return 1; /* follows from SMBASE */
    case MUSTER_REGION_SHARED:
    case MUSTER_REGION_STRUCTURE:
        return MUSTER_LAYOUT_LINE;
    case MUSTER_REGION_STACK:
    case MUSTER_REGION_CONTEXT:
        return MUSTER_LAYOUT_STACK;
    default:
        return PAGE;
    }
}

/* What size the region must have at least. */
static uint64_t size_asked(const struct muster_layout_request *request,
                           enum muster_layout_kind kind)
{
    switch (kind) {
    case MUSTER_REGION_CODE:
        return request->code_size;
    case MUSTER_REGION_CONSTANTS:
        return request->constants_size;
    case MUSTER_REGION_DATA:
        return request->data_size;
    case MUSTER_REGION_SHARED:
        return request->shared_size;
    case MUSTER_REGION_TABLES:
        return request->table_pages * PAGE;
    case MUSTER_REGION_MONARCH_STACK:
        return request->monarch_stack_pages * PAGE;
    case MUSTER_REGION_STRUCTURE:
        return request->structure_size;
    case MUSTER_REGION_ENTRY:
        return request->entry_size;
    case MUSTER_REGION_STACK:
        return request->stack_size;
    case MUSTER_REGION_CONTEXT:
        return request->context_size;
    case MUSTER_REGION_SAVE_STATE:
        return request->save_state_size;
    default:
        return PAGE;
    }
}

static bool is_where_the_processor_looks(const struct muster_layout *layout,
                                         const struct muster_region *region)
{
    const struct muster_layout_request *request = &layout->request;
    uint64_t smbase = muster_layout_smbase(layout, region->index);

    if (region->kind == MUSTER_REGION_ENTRY)
        return region->base == smbase + request->entry_offset &&
               smbase % request->smbase_alignment == 0;
    if (region->kind == MUSTER_REGION_SAVE_STATE)
        return region->base == smbase + request->save_state_offset;
    return true;
}

/* One region by itself. */
static int region_check(const struct muster_layout *layout, const struct muster_region *region)
{
    const struct muster_layout_request *request = &layout->request;

    if (region->base < request->smram_base || region->size > request->smram_size ||
        region->base - request->smram_base > request->smram_size - region->size)
        return MUSTER_LAYOUT_OUTSIDE;
    if (region->base % alignment_of(region->kind) != 0 ||
        region->size < size_asked(request, region->kind) ||
        !is_where_the_processor_looks(layout, region))
        return MUSTER_LAYOUT_MISPLACED;
    return MUSTER_LAYOUT_OK;
}

static int pair_check(const struct muster_layout *layout, const struct muster_region *one,
                      const struct muster_region *other)
{
    uint64_t one_end = one->base + one->size;
    uint64_t other_end = other->base + other->size;

    if (one->size == 0 || other->size == 0)
        return MUSTER_LAYOUT_OK;
    if (one->base < other_end && other->base < one_end)
        return MUSTER_LAYOUT_OVERLAP;
    if (one->base / PAGE <= (other_end - 1) / PAGE &&
        other->base / PAGE <= (one_end - 1) / PAGE &&
        access_of(layout, one->kind) != access_of(layout, other->kind))
        return MUSTER_LAYOUT_PAGE_SHARED;
    return MUSTER_LAYOUT_OK;
}

/* The region at a position in the sequence of all regions; false behind the last. */
static bool region_at(const struct muster_layout *layout, uint32_t position,
                      struct muster_region *region)
{
    for (unsigned kind = 0; kind < MUSTER_REGION_KINDS; kind++) {
        uint32_t count = muster_layout_count(layout, kind);

        if (position < count) {
            *region = muster_layout_region(layout, kind, position);
            return true;
        }
        position -= count;
    }
    return false;
}

int muster_layout_check(const struct muster_layout *layout, struct muster_region where[2])
{
    struct muster_region local[2];
    struct muster_region *region = where != NULL ? where : local;

    for (uint32_t one = 0; region_at(layout, one, &region[0]); one++) {
        int error = region_check(layout, &region[0]);

        for (uint32_t other = 0; error == MUSTER_LAYOUT_OK && other < one; other++) {
            region_at(layout, other, &region[1]);
            error = pair_check(layout, &region[0], &region[1]);
        }
        if (error != MUSTER_LAYOUT_OK)
            return error;
    }
    return MUSTER_LAYOUT_OK;
}
