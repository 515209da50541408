/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's firmware configuration device, by its DMA interface: the device copies, so that a
 * kernel of many megabytes costs next to nothing.
 *
 * The device takes the physical address of a control block, all of it big-endian, and is done
 * when the write to its address register is. The directory is read once; sizes that come from
 * it bound every later access.
 */
#include "fw_cfg.h"

#include <stdbool.h>
#include <stddef.h>

#include "firmware.h"
#include "log.h"
#include "memory.h"
#include <arch/port_io.h>

#define PORT_SELECT   0x510
#define PORT_DATA     0x511
#define PORT_DMA_HIGH 0x514
#define PORT_DMA_LOW  0x518 /* writing it starts the transfer */

#define DMA_ERROR  0x01u
#define DMA_READ   0x02u
#define DMA_SKIP   0x04u
#define DMA_SELECT 0x08u
#define DMA_WRITE  0x10u

#define INTERFACE_DMA 0x02u /* bit of FW_CFG_INTERFACE */

#define DIRECTORY_FILES 256

struct dma_block {
    uint32_t control;
    uint32_t length;
    uint64_t address;
};

/* As the device gives it: numbers are big-endian. */
struct directory_entry {
    uint32_t size;
    uint16_t key;
    uint16_t reserved;
    char name[FW_CFG_NAME_SIZE];
};
_Static_assert(sizeof(struct directory_entry) == 64, "entry of the device's directory");

static struct directory_entry directory[DIRECTORY_FILES];
static uint32_t directory_files;
static bool present;

static uint16_t big_endian16(uint16_t value)
{
    return __builtin_bswap16(value);
}

static uint32_t big_endian32(uint32_t value)
{
    return __builtin_bswap32(value);
}

static int dma_run(uint32_t control, uint64_t address, uint32_t length)
{
    static volatile struct dma_block block; /* written by the device, behind the compiler */
    uint64_t block_address = pointer_address((const void *)(uintptr_t)&block);

    block.length = big_endian32(length);
    block.address = __builtin_bswap64(address);
    block.control = big_endian32(control);
    port_out32(PORT_DMA_HIGH, big_endian32((uint32_t)(block_address >> 32)));
    port_out32(PORT_DMA_LOW, big_endian32((uint32_t)block_address));
    return block.control == 0 ? 0 : ERROR_DEVICE;
}

static int item_transfer(uint16_t key, uint32_t offset, uint32_t direction, uint64_t address,
                         uint32_t size)
{
    uint32_t select = DMA_SELECT | (uint32_t)key << 16;

    if (offset > 0) {
        int error = dma_run(select | DMA_SKIP, 0, offset);

        if (error != 0) {
            return error;
        }
        select = 0;
    }
    return dma_run(select | direction, address, size);
}

int fw_cfg_read(uint16_t key, uint32_t offset, void *buffer, uint32_t size)
{
    return item_transfer(key, offset, DMA_READ, pointer_address(buffer), size);
}

uint32_t fw_cfg_read32(uint16_t key)
{
    uint8_t bytes[4] = {0};

    if (!present) {
        return 0;
    }
    if (fw_cfg_read(key, 0, bytes, sizeof(bytes)) != 0) {
        firmware_stop("configuration item %02x cannot be read", key);
    }
    return (uint32_t)field_read(bytes, 4);
}

uint16_t fw_cfg_read16(uint16_t key)
{
    uint8_t bytes[2] = {0};

    if (!present) {
        return 0;
    }
    if (fw_cfg_read(key, 0, bytes, sizeof(bytes)) != 0) {
        firmware_stop("configuration item %02x cannot be read", key);
    }
    return (uint16_t)field_read(bytes, 2);
}

/* Compares with a name that need not be terminated. */
static bool name_equal(const char *name, const char entry_name[FW_CFG_NAME_SIZE])
{
    for (size_t i = 0; i < FW_CFG_NAME_SIZE; i++) {
        if (name[i] != entry_name[i]) {
            return false;
        }
        if (name[i] == '\0') {
            return true;
        }
    }
    return false;
}

int fw_cfg_file_find(const char *name, struct fw_cfg_file *file)
{
    for (uint32_t i = 0; i < directory_files; i++) {
        if (name_equal(name, directory[i].name)) {
            file->size = big_endian32(directory[i].size);
            file->key = big_endian16(directory[i].key);
            return 0;
        }
    }
    return ERROR_NOT_FOUND;
}

static bool file_contains(const struct fw_cfg_file *file, uint32_t offset, uint32_t size)
{
    return offset <= file->size && size <= file->size - offset;
}

int fw_cfg_file_read(const struct fw_cfg_file *file, uint32_t offset, void *buffer,
                     uint32_t size)
{
    if (!file_contains(file, offset, size)) {
        return ERROR_RANGE;
    }
    return item_transfer(file->key, offset, DMA_READ, pointer_address(buffer), size);
}

int fw_cfg_file_write(const struct fw_cfg_file *file, uint32_t offset, const void *data,
                      uint32_t size)
{
    if (!file_contains(file, offset, size)) {
        return ERROR_RANGE;
    }
    return item_transfer(file->key, offset, DMA_WRITE, pointer_address(data), size);
}

bool fw_cfg_start(void)
{
    char signature[4];
    uint32_t count = 0;

    /* Byte by byte at first: whether there is DMA is what is being asked. */
    port_out16(PORT_SELECT, FW_CFG_SIGNATURE);
    for (size_t i = 0; i < sizeof(signature); i++) {
        signature[i] = (char)port_in8(PORT_DATA);
    }
    port_out16(PORT_SELECT, FW_CFG_INTERFACE);
    if (!memory_equal(signature, "QEMU", sizeof(signature)) ||
        (port_in8(PORT_DATA) & INTERFACE_DMA) == 0) {
        return false;
    }
    present = true;

    if (fw_cfg_read(FW_CFG_DIRECTORY, 0, &count, sizeof(count)) != 0) {
        firmware_stop("the configuration directory cannot be read");
    }
    directory_files = big_endian32(count);
    if (directory_files > DIRECTORY_FILES) {
        firmware_stop("%u configuration files, more than %u", directory_files, DIRECTORY_FILES);
    }
    if (fw_cfg_read(FW_CFG_DIRECTORY, sizeof(count), directory,
                    directory_files * (uint32_t)sizeof(directory[0])) != 0) {
        firmware_stop("the configuration directory cannot be read");
    }
    return true;
}
