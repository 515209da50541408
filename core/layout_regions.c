/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a layout: where each thing is. The only part of the planner that SMRAM holds. */
#include <core/layout.h>
#include <core/section.h>

INSTALL_ONLY static uint64_t entry_of(const struct muster_layout *layout, uint32_t processor)
{
    return layout->entries + processor / layout->group * layout->group_step +
           (uint64_t)(processor % layout->group) * layout->stride;
}

INSTALL_ONLY uint64_t muster_layout_smbase(const struct muster_layout *layout,
                                           uint32_t processor)
{
    return entry_of(layout, processor) - layout->request.entry_offset;
}

INSTALL_ONLY uint32_t muster_layout_count(const struct muster_layout *layout,
                                          enum muster_layout_kind kind)
{
    const struct muster_layout_request *request = &layout->request;

    if (kind < MUSTER_REGION_MONARCH_STACK)
        return 1;
    if (kind == MUSTER_REGION_MONARCH_STACK)
        return request->monarch_stacks;
    if (kind == MUSTER_REGION_MONARCH_GUARD)
        return request->monarch_stacks > 1 ? request->monarch_stacks - 1 : 0;
    if (kind == MUSTER_REGION_STACK_GUARD && !request->guarded)
        return 0;
    return request->processors;
}

INSTALL_ONLY static struct muster_region stack_region(const struct muster_layout *layout,
                                                      uint32_t index)
{
    const struct muster_layout_request *request = &layout->request;
    struct muster_region region = {.size = request->stack_size};

    if (layout->stack_step == 0) {
        region.base = entry_of(layout, index) + layout_entry_room(request);
    } else if (!request->guarded) {
        region.base = layout->stacks + index * layout->stack_step;
    } else {
        region.base = layout->stacks + index * layout->stack_step + LAYOUT_PAGE;
        region.size = layout->stack_step - LAYOUT_PAGE - request->context_size;
    }
    return region;
}

INSTALL_ONLY static struct muster_region context_region(const struct muster_layout *layout,
                                                        uint32_t index)
{
    const struct muster_layout_request *request = &layout->request;
    uint64_t base = layout->contexts + (uint64_t)index * request->context_size;

    if (request->guarded)
        base = layout->stacks + (index + 1) * layout->stack_step - request->context_size;
    return (struct muster_region){.base = base, .size = request->context_size};
}

INSTALL_ONLY struct muster_region muster_layout_region(const struct muster_layout *layout,
                                                       enum muster_layout_kind kind,
                                                       uint32_t index)
{
    const struct muster_layout_request *request = &layout->request;
    struct muster_region region = {0};

    switch (kind) {
    case MUSTER_REGION_CODE:
        region = (struct muster_region){request->smram_base, request->code_size, kind, index};
        break;
    case MUSTER_REGION_CONSTANTS:
        region =
            (struct muster_region){layout->constants, request->constants_size, kind, index};
        break;
    case MUSTER_REGION_DATA:
        region = (struct muster_region){layout->data, request->data_size, kind, index};
        break;
    case MUSTER_REGION_SHARED:
        region = (struct muster_region){layout->shared, request->shared_size, kind, index};
        break;
    case MUSTER_REGION_TABLES:
        region.base = layout->tables;
        region.size = request->table_pages * LAYOUT_PAGE;
        break;
    case MUSTER_REGION_MONARCH_STACK:
        region.base = layout->monarch_stacks + index * layout->monarch_step;
        region.size = request->monarch_stack_pages * LAYOUT_PAGE;
        break;
    case MUSTER_REGION_MONARCH_GUARD:
        region.base = layout->monarch_stacks + (index + 1) * layout->monarch_step - LAYOUT_PAGE;
        region.size = LAYOUT_PAGE;
        break;
    case MUSTER_REGION_STRUCTURE:
        region.base = layout->structures + (uint64_t)index * request->structure_size;
        region.size = request->structure_size;
        break;
    case MUSTER_REGION_ENTRY:
        region.base = entry_of(layout, index);
        region.size = request->entry_size;
        break;
    case MUSTER_REGION_STACK:
        region = stack_region(layout, index);
        break;
    case MUSTER_REGION_CONTEXT:
        region = context_region(layout, index);
        break;
    case MUSTER_REGION_SAVE_STATE:
        region.base = entry_of(layout, index) + layout_distance(request);
        region.size = request->save_state_size;
        break;
    case MUSTER_REGION_STACK_GUARD:
        region.base = layout->stacks + index * layout->stack_step;
        region.size = LAYOUT_PAGE;
        break;
    case MUSTER_REGION_KINDS:
        break;
    }
    region.kind = kind;
    region.index = index;
    return region;
}
