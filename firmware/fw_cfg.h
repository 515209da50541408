/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's firmware configuration device: numbered items, and files found by name.
 */
#ifndef FIRMWARE_FW_CFG_H
#define FIRMWARE_FW_CFG_H

#include <stdbool.h>
#include <stdint.h>

#define FW_CFG_NAME_SIZE 56 /* with the terminating NUL */

/* Items that have a number and no name. */
enum fw_cfg_key {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_INTERFACE = 0x01,
    FW_CFG_PROCESSORS = 0x05,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_PROCESSORS_MAX = 0x0f,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_COMMAND_LINE_SIZE = 0x14,
    FW_CFG_COMMAND_LINE_DATA = 0x15,
    FW_CFG_SETUP_SIZE = 0x17,
    FW_CFG_SETUP_DATA = 0x18,
    FW_CFG_DIRECTORY = 0x19,
};

struct fw_cfg_file {
    uint32_t size;
    uint16_t key;
};

/* Looks for the device, and reads its directory. False if there is none, or none with DMA: from
 * then on every number is 0, and there are no files. */
bool fw_cfg_start(void);

/* A little-endian 32-bit or 16-bit item. */
uint32_t fw_cfg_read32(uint16_t key);
uint16_t fw_cfg_read16(uint16_t key);

/* size bytes of an item from offset on; the caller knows the item's size. */
int fw_cfg_read(uint16_t key, uint32_t offset, void *buffer, uint32_t size);

int fw_cfg_file_find(const char *name, struct fw_cfg_file *file);

/* All of offset .. offset + size - 1 must lie inside the file: ERROR_RANGE else. */
int fw_cfg_file_read(const struct fw_cfg_file *file, uint32_t offset, void *buffer,
                     uint32_t size);
int fw_cfg_file_write(const struct fw_cfg_file *file, uint32_t offset, const void *data,
                      uint32_t size);

#endif
