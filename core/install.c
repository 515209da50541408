/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills the runtime's structures and the OS window, once per boot. See install.h. */
#include <core/block.h>
#include <core/dispatch.h>
#include <core/install.h>
#include <core/presence.h>
#include <core/runtime.h>
#include <core/section.h>
#include <muster/muster.h>

#define WINDOW_PAGE      4096u
#define RECORD_COUNT_MAX 4096u
#define SAVE_STATE_BASE  0x8000u /* from SMBASE: see save_state.h */

/* SMRAM holds the runtime's structure and, from the next line, one structure per processor. */
size_t muster_smram_size(uint32_t processor_count)
{
    return sizeof(struct muster_runtime) + processor_count * sizeof(struct muster_processor);
}

struct muster_processor *muster_processor_at(void *smram, uint32_t index)
{
    return (struct muster_processor *)((struct muster_runtime *)smram + 1) + index;
}

static size_t round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* Places the tables in the window. The rings take the largest power of two that fits. */
INSTALL_ONLY static bool window_plan(struct muster_window *window, size_t size,
                                     uint32_t processors)
{
    size_t offset = round_up(sizeof(*window), CORE_LINE);
    uint32_t records = RECORD_COUNT_MAX;

    window->processors_offset = (uint32_t)offset;
    offset = round_up(offset + processors * sizeof(uint32_t), CORE_LINE);
    window->slots_offset = (uint32_t)offset;
    offset += processors * sizeof(struct muster_slot);
    window->counters_offset = (uint32_t)offset;
    offset += processors * sizeof(struct muster_counters);
    window->communicate_offset = (uint32_t)(offset = round_up(offset, WINDOW_PAGE));
    window->communicate_size = MUSTER_COMMUNICATE_SIZE;
    offset += MUSTER_COMMUNICATE_SIZE;
    window->rings_offset = (uint32_t)offset;
    while (records > 0 &&
           offset + (size_t)processors * records * sizeof(struct muster_record) > size)
        records /= 2;
    window->record_count = records;
    return records > 0;
}

INSTALL_ONLY static void window_fill(struct muster_window *window,
                                     const struct muster_configuration *from)
{
    static const uint8_t guid[16] = MUSTER_WINDOW_GUID;
    uint32_t *ids = (uint32_t *)(void *)((uint8_t *)window + window->processors_offset);

    window->communicate_address = from->window_address + window->communicate_offset;
    for (unsigned byte = 0; byte < sizeof(guid); byte++)
        window->header_guid[byte] = guid[byte];
    window->message_length = from->window_size - offsetof(struct muster_window, magic);
    window->magic = MUSTER_WINDOW_MAGIC;
    window->version = MUSTER_WINDOW_VERSION;
    window->window_size = (uint32_t)from->window_size;
    window->runtime_version = MUSTER_VERSION;
    window->processors = from->processor_count;
    window->features = from->features;
    window->ticks_per_second = from->ticks_per_second;
    window->deadline_directed = from->deadline_directed;
    window->deadline_lost = from->deadline_lost;
    window->request_token = from->request_token;
    for (uint32_t index = 0; index < from->processor_count; index++)
        ids[index] = from->apic_id[index];
}

INSTALL_ONLY static void runtime_fill(struct muster_runtime *runtime,
                                      const struct muster_window *window,
                                      const struct muster_configuration *from)
{
    *runtime = (struct muster_runtime){
        .processors =
            from->processors != NULL ? from->processors : muster_processor_at(runtime, 0),
        .processor_count = from->processor_count,
        .block_size = block_size_for(from->processor_count),
        .record_mask = window->record_count - 1,
        .deadline_directed = from->deadline_directed,
        .deadline_lost = from->deadline_lost,
        .ticks_per_second = from->ticks_per_second,
        .request_token = from->request_token,
        /* A monarch may lawfully spend both deadlines gathering and its handlers' budget; one
         * deadline more and it counts as lost. */
        .patience = from->deadline_directed + 2 * from->deadline_lost + from->handler_budget,
        .facts = {.window_address = from->window_address,
                  .window_size = from->window_size,
                  .communicate = (uint8_t *)from->window + window->communicate_offset,
                  .processor_count = from->processor_count},
    };
}

INSTALL_ONLY static void processor_fill(struct muster_runtime *runtime, uint32_t index,
                                        const struct muster_configuration *from)
{
    struct muster_window *window = from->window;
    uint8_t *base = from->window;
    struct muster_slot *slots = (void *)(base + window->slots_offset);
    struct muster_counters *counters = (void *)(base + window->counters_offset);
    struct muster_record *rings = (void *)(base + window->rings_offset);
    struct muster_record *ring = &rings[(size_t)index * window->record_count];

    bool here = index < from->processor_count - from->absent;

    runtime->processors[index] = (struct muster_processor){
        .mark = {here ? MARK_ACTIVE : MARK_INACTIVE},
        .ignored = {~UINT64_C(0)},
        .runtime = runtime,
        .save_state = (uint8_t *)(uintptr_t)(from->smbase[index] + SAVE_STATE_BASE),
        .slot = &slots[index],
        .counters = &counters[index],
        .place = ring,
        .index = index,
        .others = from->processor_count != 1,
        .heads = block_has_head(runtime, index),
        .apic_id = from->apic_id[index],
        .node = from->node == NULL ? 0 : from->node[index],
    };
    for (uint32_t record = 0; record < window->record_count; record++)
        ring[record].processor = (uint16_t)index;
}

INSTALL_ONLY int muster_install(const struct muster_configuration *from)
{
    struct muster_runtime *runtime = from->smram;
    struct muster_window *window = from->window;
    uint64_t *words = from->window;

    if (from->processor_count == 0 || from->processor_count > MUSTER_WINDOW_PROCESSORS_MAX ||
        from->absent >= from->processor_count)
        return MUSTER_INSTALL_PROCESSORS;
    if ((uintptr_t)from->smram % CORE_LINE != 0 ||
        from->smram_size <
            muster_smram_size(from->processors != NULL ? 0 : from->processor_count))
        return MUSTER_INSTALL_SMRAM;
    if ((uintptr_t)from->window % WINDOW_PAGE != 0 || from->window_size > UINT32_MAX)
        return MUSTER_INSTALL_WINDOW;
    for (size_t word = 0; word < from->window_size / sizeof(*words); word++)
        words[word] = 0;
    if (from->window_size < WINDOW_PAGE ||
        !window_plan(window, from->window_size, from->processor_count))
        return MUSTER_INSTALL_WINDOW;
    window_fill(window, from);
    runtime_fill(runtime, window, from);
    runtime->processors_end = runtime->processors + from->processor_count;
    for (uint32_t index = 0; index < from->processor_count; index++)
        processor_fill(runtime, index, from);
    return dispatch_prepare(runtime) ? 0 : MUSTER_INSTALL_HANDLERS;
}
