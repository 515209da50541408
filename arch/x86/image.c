/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Installation on real processors: fills SMRAM by the layout that the firmware has planned
 * (muster/layout.h), builds the page tables, writes the entry code of each processor. Runs
 * once, from open SMRAM, before any processor is relocated.
 */
#include <stddef.h>

#include <arch/handler_stack.h>
#include <arch/layouts.h>
#include <core/install.h>
#include <core/runtime.h>
#include <core/save_state.h>
#include <core/section.h>
#include <muster/port.h>

#include "context.h"
#include "early.h"
#include "entry.h"
#include "image.h"
#include "lapic.h"
#include "paging.h"
#include "plug.h"

/* Handlers of one round together may take so long. */
#define HANDLER_BUDGET_MILLISECONDS 100u

/* Where all processors save their first state. */
#define DEFAULT_SAVE_STATE (IMAGE_DEFAULT_SMBASE + IMAGE_SPACE - ARCH_SAVE_STATE_SIZE)

static const struct muster_image_sizes sizes __attribute__((section(".image_sizes"), used)) = {
    .entry = ENTRY_STUB_SIZE,
    .shared = sizeof(struct muster_runtime),
    .structure = sizeof(struct muster_processor),
    .stack = STACK_SIZE,
    .context = CONTEXT_SIZE,
    .handler_stack_pages = HANDLER_STACK_PAGES,
    .save_state = ARCH_SAVE_STATE_SIZE,
};

/* Called by address: only the linker script names them. */
__attribute__((used)) int image_install(struct muster_image_parameters *parameters);
__attribute__((used)) void image_seal(void);

extern const uint8_t default_gate_begin[] __attribute__((visibility("hidden")));
extern const uint8_t default_gate_end[] __attribute__((visibility("hidden")));

/* Also named by entry.S. */
extern struct muster_relocation image_relocation __attribute__((visibility("hidden")));
struct muster_relocation image_relocation __attribute__((used));
static struct muster_runtime *runtime;
static uint64_t *root; /* of four levels */
static bool gate_stays;
static bool apic_moves;

static uint32_t address32(const void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

INSTALL_ONLY static void *place_of(const struct muster_layout *layout,
                                   enum muster_layout_kind kind, uint32_t index)
{
    return (void *)(uintptr_t)muster_layout_region(layout, kind, index).base;
}

INSTALL_ONLY static uint64_t page_kind(const struct muster_layout *layout,
                                       enum muster_layout_kind kind)
{
    switch (kind) {
    case MUSTER_REGION_CODE:
        return PAGE_CODE;
    case MUSTER_REGION_CONSTANTS:
        return PAGE_CONST;
    case MUSTER_REGION_ENTRY:
        return layout->request.guarded ? PAGE_CONST : PAGE_DATA;
    default:
        return PAGE_DATA;
    }
}

/* Everything in SMRAM but page tables and guard pages. */
INSTALL_ONLY static bool smram_map(struct page_pool *pool, const struct muster_layout *layout)
{
    for (unsigned kind = 0; kind < MUSTER_REGION_KINDS; kind++) {
        if (kind == MUSTER_REGION_TABLES || kind == MUSTER_REGION_MONARCH_GUARD ||
            kind == MUSTER_REGION_STACK_GUARD)
            continue;
        for (uint32_t index = 0; index < muster_layout_count(layout, kind); index++) {
            struct muster_region region = muster_layout_region(layout, kind, index);

            if (region.size != 0 &&
                !paging_map(pool, root, region.base, region.size, page_kind(layout, kind)))
                return false;
        }
    }
    return true;
}

/* What the port asks for. */
INSTALL_ONLY static bool ranges_map(struct page_pool *pool,
                                    const struct muster_image_memory *memory)
{
    for (unsigned index = 0; index < MUSTER_IMAGE_RANGES_MAX; index++) {
        const struct muster_image_range *range = &memory->ranges[index];

        if (range->size != 0 && !paging_map(pool, root, range->base, range->size,
                                            range->device ? PAGE_DEVICE : PAGE_DATA))
            return false;
    }
    return true;
}

INSTALL_ONLY static bool memory_map(struct page_pool *pool,
                                    const struct muster_image_parameters *parameters)
{
    const struct muster_image_memory *memory = parameters->memory;

    root = paging_root(pool);
    return root != NULL && smram_map(pool, parameters->layout) &&
           paging_map(pool, root, memory->window_base, memory->window_size, PAGE_DATA) &&
           ranges_map(pool, memory) &&
           paging_alias(pool, root, IMAGE_LAPIC, IMAGE_LAPIC_BASE, PAGE_DEVICE) &&
           paging_map(pool, root, DEFAULT_SAVE_STATE, ARCH_SAVE_STATE_SIZE, PAGE_DATA) &&
           (!gate_stays ||
            paging_map(pool, root, IMAGE_DEFAULT_SMBASE + IMAGE_ENTRY_OFFSET, 1, PAGE_DATA));
}

/* Builds the page tables, and tells entry code of them: with the level that some processors have more,
 * where a page is left for it (image_plan.c). */
INSTALL_ONLY static bool paging_install(const struct muster_image_parameters *parameters)
{
    struct muster_region tables =
        muster_layout_region(parameters->layout, MUSTER_REGION_TABLES, 0);
    struct page_pool pool = {
        .next = (uint64_t *)(uintptr_t)tables.base,
        .end = (uint64_t *)(uintptr_t)(tables.base + tables.size),
    };
    const struct muster_image_memory *memory = parameters->memory;
    uint32_t cr4 = context_cr4();
    const uint64_t *five;

    if (!memory_map(&pool, parameters))
        return false;
    five = cr4 & CR4_LA57 ? paging_root_five(&pool, root) : NULL;
    entry_places_fill(address32(five != NULL ? five : root),
                      five != NULL ? cr4 : cr4 & ~CR4_LA57,
                      (uint32_t)((memory->smram_base + memory->smram_size) / PAGE_SIZE));
    return true;
}

INSTALL_ONLY static struct x86_context *context_of(const struct muster_layout *layout,
                                                   uint32_t index)
{
    return place_of(layout, MUSTER_REGION_CONTEXT, index);
}

/* At the upper end of the processor's stack. */
INSTALL_ONLY static struct context_link *link_of(const struct muster_layout *layout,
                                                 uint32_t index)
{
    struct muster_region stack = muster_layout_region(layout, MUSTER_REGION_STACK, index);

    return (struct context_link *)(uintptr_t)(stack.base + stack.size) - 1;
}

INSTALL_ONLY static struct entry_constants
constants_of(const struct muster_image_parameters *parameters, uint32_t index)
{
    const struct muster_layout *layout = parameters->layout;

    return (struct entry_constants){
        .context = address32(context_of(layout, index)),
        .target = address32(apic_moves ? entry_apic_16 : entry_smi_16),
    };
}

/* The gate, and the stub right behind it. */
INSTALL_ONLY static void default_entry_write(const struct entry_constants *constants)
{
    uint8_t *place = (uint8_t *)(uintptr_t)(IMAGE_DEFAULT_SMBASE + IMAGE_ENTRY_OFFSET);

    for (const uint8_t *from = default_gate_begin; from != default_gate_end; from++)
        *place++ = *from;
    entry_stub_write(place, constants);
}

/* What a handler may take up (trap.c) is noted where its stack ends, if it has a page of its own. */
INSTALL_ONLY static void trap_state_place(const struct muster_layout *layout, uint32_t index)
{
    struct muster_region stack = muster_layout_region(layout, MUSTER_REGION_STACK, index);

    if (layout->request.guarded && HANDLER_STACK_PAGES == 0)
        context_of(layout, index)->trap_state = (uint32_t)stack.base;
}

INSTALL_ONLY static void early_stack_place(const struct muster_image_parameters *parameters,
                                           uint32_t index)
{
    const struct muster_layout *layout = parameters->layout;
    uint32_t stack = early_stack((uint32_t)parameters->memory->low_base, index,
                                 address32(link_of(layout, index)));

    context_of(layout, index)->tss.early_stack = EARLY_STACK_SIZE;
    context_of(layout, index)->tss.early_segment = (uint16_t)(stack >> 4);
}

INSTALL_ONLY static void stubs_write(const struct muster_image_parameters *parameters)
{
    const struct muster_layout *layout = parameters->layout;
    struct entry_constants constants;

    for (uint32_t index = 0; index < layout->request.processors; index++) {
        struct muster_processor *processor = place_of(layout, MUSTER_REGION_STRUCTURE, index);

        processor->context = context_of(layout, index);
        context_fill(processor->context, processor, link_of(layout, index), STACK_EXCEPTIONS);
        early_stack_place(parameters, index);
        trap_state_place(layout, index);
        constants = constants_of(parameters, index);
        entry_stub_write(place_of(layout, MUSTER_REGION_ENTRY, index), &constants);
    }
    /* In the default SMRAM one processor at a time runs, on processor 0's stack. */
    constants = constants_of(parameters, 0);
    constants.target = address32(entry_relocation_16);
    default_entry_write(&constants);
}

/* Stacks that no guard page ends get their canaries, and the way out looks at them. */
INSTALL_ONLY static void canaries_write(const struct muster_layout *layout)
{
    if (layout->request.guarded)
        return;
    for (uint32_t index = 0; index < layout->request.processors; index++)
        *(uint64_t *)place_of(layout, MUSTER_REGION_STACK, index) = ENTRY_CANARY;
    leave_rsm[0] = LEAVE_CHECKED & 0xff;
    leave_rsm[1] = LEAVE_CHECKED >> 8;
}

INSTALL_ONLY static int runtime_install(const struct muster_image_parameters *parameters)
{
    const struct muster_layout_request *request = &parameters->layout->request;
    uint64_t millisecond = parameters->ticks_per_second / 1000;
    struct muster_configuration configuration = {
        .smram = place_of(parameters->layout, MUSTER_REGION_SHARED, 0),
        .smram_size = request->shared_size,
        .processors = place_of(parameters->layout, MUSTER_REGION_STRUCTURE, 0),
        .smbase = parameters->smbase,
        .window = (void *)(uintptr_t)parameters->memory->window_base,
        .window_size = parameters->memory->window_size,
        .window_address = parameters->memory->window_base,
        .apic_id = parameters->apic_id,
        .node = parameters->node,
        .processor_count = request->processors,
        .absent = parameters->absent,
        .features = parameters->features,
        .ticks_per_second = parameters->ticks_per_second,
        .deadline_directed = parameters->deadline_milliseconds * millisecond,
        .deadline_lost = parameters->deadline_milliseconds * millisecond,
        .request_token = parameters->request_token,
        .handler_budget = HANDLER_BUDGET_MILLISECONDS * millisecond,
    };

    return muster_install(&configuration);
}

INSTALL_ONLY int image_install(struct muster_image_parameters *parameters)
{
    const struct muster_layout *layout = parameters->layout;
    int error;

    if (parameters->memory->low_base != 0 &&
        parameters->memory->low_size < early_low_size(layout->request.processors))
        return MUSTER_INSTALL_SMRAM;
    gate_stays = (parameters->features & MUSTER_FEATURE_PLUG) != 0;
    if ((gate_stays && plug_gate_write == NULL) || (!gate_stays && parameters->absent != 0))
        return MUSTER_INSTALL_PROCESSORS;
    for (uint32_t index = 0; index < layout->request.processors; index++)
        parameters->smbase[index] = muster_layout_smbase(layout, index);
    runtime = place_of(layout, MUSTER_REGION_SHARED, 0);
    error = runtime_install(parameters);
    if (error != 0)
        return error;
    if (!paging_install(parameters))
        return MUSTER_INSTALL_PAGES;
    context_install();
    apic_moves = lapic_moves((uint32_t)parameters->memory->window_base);
    early_install((uint32_t)parameters->memory->low_base);
    stubs_write(parameters);
    canaries_write(layout);
    handler_stack_place(place_of(layout, MUSTER_REGION_MONARCH_STACK, 0));
    port_install(parameters->features);
    image_relocation.save_state =
        (uint8_t *)(uintptr_t)(IMAGE_DEFAULT_SMBASE + IMAGE_ENTRY_OFFSET);
    parameters->relocation = &image_relocation;
    return 0;
}

/* Called when every processor has moved: the default SMRAM belongs to the OS from now on, or to
 * the gate. */
INSTALL_ONLY void image_seal(void)
{
    if (ARCH_INTEL64_SERVED)
        save_state_layout_set(runtime, image_relocation.layout);
    if (gate_stays)
        plug_gate_write(image_relocation.layout);
    paging_unmap(root, DEFAULT_SAVE_STATE);
}
