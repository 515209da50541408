/* SPDX-License-Identifier: BSD-2-Clause */
/* The runtime's window: is this one, and does everything it names lie inside it? */
#include "smistat.h"

#include <string.h>

#define WINDOW_SIZE_MAX (UINT32_C(256) << 20)
#define PAGE_SIZE       4096u

static bool part_fits(const struct muster_window *header, uint32_t offset, uint64_t size,
                      uint32_t alignment)
{
    if (offset < sizeof(*header) || offset % alignment != 0)
        return false;
    return offset + size <= header->window_size;
}

static bool parts_fit(const struct muster_window *header)
{
    uint64_t n = header->processors;
    uint64_t ring = (uint64_t)header->record_count * sizeof(struct muster_record);

    if (header->communicate_size < MUSTER_COMMUNICATE_HEADER ||
        !part_fits(header, header->communicate_offset, header->communicate_size, 8))
        return false;
    return part_fits(header, header->processors_offset, n * sizeof(uint32_t), 4) &&
           part_fits(header, header->slots_offset, n * sizeof(struct muster_slot), 64) &&
           part_fits(header, header->counters_offset, n * sizeof(struct muster_counters), 64) &&
           part_fits(header, header->rings_offset, n * ring, 8);
}

const char *window_check(const struct muster_window *header, uint64_t physical)
{
    static const uint8_t guid[16] = MUSTER_WINDOW_GUID;
    const size_t after_length = offsetof(struct muster_window, magic);

    if (physical % PAGE_SIZE != 0)
        return "the communication buffer is not muster's";
    if (memcmp(header->header_guid, guid, sizeof(guid)) != 0)
        return "the communication buffer is not muster's";
    if (header->magic != MUSTER_WINDOW_MAGIC)
        return "the window has no magic number";
    if (header->version != MUSTER_WINDOW_VERSION)
        return "the window has a version this smistat does not know";
    if (header->window_size < PAGE_SIZE || header->window_size > WINDOW_SIZE_MAX ||
        header->window_size % PAGE_SIZE != 0)
        return "the window's size makes no sense";
    if (header->message_length > header->window_size - after_length)
        return "the window's message is larger than the window";
    if (header->processors == 0 || header->processors > MUSTER_WINDOW_PROCESSORS_MAX)
        return "the window's number of processors makes no sense";
    if (header->record_count == 0 || (header->record_count & (header->record_count - 1)) != 0)
        return "the window's number of records is not a power of two";
    if (header->ticks_per_second == 0)
        return "the window does not say how long a tick is";
    if (!parts_fit(header))
        return "a part of the window lies outside it";
    if (header->communicate_address != physical + header->communicate_offset)
        return "the communication buffer is not muster's";
    return NULL;
}

void window_attach(struct window *window, const struct muster_window *header,
                   volatile void *base)
{
    volatile uint8_t *start = base;

    window->header = *header;
    window->apic_ids = (const volatile uint32_t *)(start + header->processors_offset);
    window->slots = (volatile struct muster_slot *)(start + header->slots_offset);
    window->counters =
        (const volatile struct muster_counters *)(start + header->counters_offset);
    window->rings = (const volatile struct muster_record *)(start + header->rings_offset);
}

int window_index_of(const struct window *window, uint32_t apic_id)
{
    for (unsigned i = 0; i < window->header.processors; i++)
        if (window->apic_ids[i] == apic_id)
            return (int)i;
    return -1;
}

void window_counters_read(const struct window *window, unsigned index,
                          struct muster_counters *out)
{
    *out = window->counters[index];
}
