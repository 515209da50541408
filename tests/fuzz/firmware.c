/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's configuration device as far as the firmware uses it, and what a fuzzer needs besides.
 * See firmware.h. The linker sends memory_copy and memory_set here
 * (--wrap). */
#include "firmware.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* In here, so that its variables can be set back. */
#include "../../firmware/fw_cfg.c"

#define ITEMS_MAX    64
#define READ_AT_ONCE 0x10000000u /* nothing that the firmware reads is so large */

struct item {
    uint16_t key;
    const uint8_t *bytes;
    size_t size;
};

void __wrap_memory_copy(void *target, const void *source, size_t size);
void __wrap_memory_set(void *target, uint8_t value, size_t size);

bool (*device_transfer_hook)(uint16_t key, uint64_t address, uint32_t size);

static struct item items[ITEMS_MAX];
static unsigned items_count;
static uint8_t directory_bytes[4 + ITEMS_MAX * sizeof(struct directory_entry)];
static uint16_t selected;
static size_t position;
static uint64_t block_address;
static jmp_buf step_end;

enum step_result { STEP_BEGINS, STEP_STOPPED, STEP_LEFT };

void device_reset(void)
{
    static const uint8_t signature[] = "QEMU";
    static const uint8_t features[] = {INTERFACE_DMA};

    memset(directory, 0, sizeof(directory));
    directory_files = 0;
    present = false;
    items_count = 0;
    device_transfer_hook = NULL;
    device_item(FW_CFG_SIGNATURE, signature, 4);
    device_item(FW_CFG_INTERFACE, features, sizeof(features));
}

/* A later item takes the place of an earlier one. */
void device_item(uint16_t key, const uint8_t *bytes, size_t size)
{
    unsigned place = 0;

    while (place < items_count && items[place].key != key)
        place++;
    items[place] = (struct item){key, bytes, size};
    items_count += place == items_count;
}

static const struct item *item_find(uint16_t key)
{
    for (unsigned index = 0; index < items_count; index++)
        if (items[index].key == key)
            return &items[index];
    return NULL;
}

void device_directory(const char *const *names, unsigned count)
{
    uint8_t *at = directory_bytes;

    memset(directory_bytes, 0, sizeof(directory_bytes));
    *(uint32_t *)(void *)at = big_endian32(count);
    at += sizeof(uint32_t);
    for (unsigned index = 0; index < count; index++) {
        struct directory_entry entry = {.key = big_endian16(FIRMWARE_FILE_KEY + index)};
        const struct item *item = item_find((uint16_t)(FIRMWARE_FILE_KEY + index));

        entry.size = big_endian32(item != NULL ? (uint32_t)item->size : 0);
        strncpy(entry.name, names[index], sizeof(entry.name) - 1);
        memcpy(at, &entry, sizeof(entry));
        at += sizeof(entry);
    }
    device_item(FW_CFG_DIRECTORY, directory_bytes, (size_t)(at - directory_bytes));
}

/* Behind its end an item reads as zeros. */
static void item_read(const struct item *item, uint8_t *to, uint32_t size)
{
    for (uint32_t index = 0; index < size; index++, position++)
        to[index] = item != NULL && position < item->size ? item->bytes[position] : 0;
}

static void dma_transfer(volatile struct dma_block *block)
{
    uint32_t control = big_endian32(block->control);
    uint32_t size = big_endian32(block->length);
    uint64_t address = __builtin_bswap64(block->address);

    if (control & DMA_SELECT) {
        selected = (uint16_t)(control >> 16);
        position = 0;
    }
    block->control = 0;
    if (control & DMA_SKIP)
        position += size;
    if (!(control & (DMA_READ | DMA_WRITE)) ||
        (device_transfer_hook != NULL && device_transfer_hook(selected, address, size)))
        return;
    if (size > READ_AT_ONCE)
        abort();
    if (control & DMA_READ)
        item_read(item_find(selected), (uint8_t *)(uintptr_t)address, size);
}

uint8_t port_in8(uint16_t port)
{
    const struct item *item = item_find(selected);
    uint8_t byte = 0;

    if (port == PORT_DATA)
        item_read(item, &byte, 1);
    return byte;
}

uint16_t port_in16(uint16_t port)
{
    (void)port;
    return UINT16_MAX;
}

uint32_t port_in32(uint16_t port)
{
    (void)port;
    return UINT32_MAX;
}

void port_out8(uint16_t port, uint8_t value)
{
    (void)port;
    (void)value;
}

void port_out16(uint16_t port, uint16_t value)
{
    if (port != PORT_SELECT)
        return;
    selected = value;
    position = 0;
}

void port_out32(uint16_t port, uint32_t value)
{
    if (port == PORT_DMA_HIGH)
        block_address = (uint64_t)big_endian32(value) << 32;
    if (port != PORT_DMA_LOW)
        return;
    block_address |= big_endian32(value);
    dma_transfer((volatile struct dma_block *)(uintptr_t)block_address);
}

void firmware_stop(const char *format, ...)
{
    (void)format;
    longjmp(step_end, STEP_STOPPED);
}

void firmware_leave(void)
{
    longjmp(step_end, STEP_LEFT);
}

void log_line(const char *format, ...)
{
    (void)format;
}

/* The firmware's own are string instructions, which the address sanitizer does not see. */
void __wrap_memory_copy(void *target, const void *source, size_t size)
{
    memcpy(target, source, size);
}

void __wrap_memory_set(void *target, uint8_t value, size_t size)
{
    memset(target, value, size);
}

bool firmware_run(void (*step)(void))
{
    switch (setjmp(step_end)) {
    case STEP_BEGINS:
        step();
        return true;
    case STEP_LEFT:
        return true;
    default:
        return false;
    }
}

struct input input_take(struct input *from, size_t size)
{
    struct input taken = {from->bytes, size < from->size ? size : from->size};

    from->bytes += taken.size;
    from->size -= taken.size;
    return taken;
}

uint32_t input_number(struct input *from, unsigned width)
{
    struct input bytes = input_take(from, width);
    uint32_t number = 0;

    for (size_t index = 0; index < bytes.size; index++)
        number |= (uint32_t)bytes.bytes[index] << 8 * index;
    return number;
}
