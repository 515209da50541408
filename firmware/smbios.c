/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMBIOS: QEMU's structures and the anchor by which an OS finds them, plus the one structure
 * that is the firmware's to give (type 0, "BIOS information"), unless the user gave it.
 */
#include <stdbool.h>
#include <stddef.h>

#include "firmware.h"
#include "fw_cfg.h"
#include "log.h"
#include "memory.h"

#define ANCHOR_FILE    "etc/smbios/smbios-anchor"
#define TABLES_FILE    "etc/smbios/smbios-tables"
#define TABLES_MAXIMUM (1 * MEBIBYTE)

/* 32-bit anchor, byte offsets */
enum {
    ANCHOR_CHECKSUM = 0x04,   /* over the whole anchor */
    ANCHOR_LARGEST = 0x08,    /* u16: size of the largest structure */
    ANCHOR_INNER = 0x10,      /* "_DMI_" */
    ANCHOR_INNER_SUM = 0x15,  /* over ANCHOR_INNER and what follows */
    ANCHOR_TABLE_SIZE = 0x16, /* u16 */
    ANCHOR_TABLE = 0x18,      /* u32 */
    ANCHOR_STRUCTURES = 0x1c, /* u16 */
    ANCHOR_SIZE = 0x1f,
};

/* 64-bit anchor */
enum {
    ANCHOR_64_CHECKSUM = 0x05,
    ANCHOR_64_TABLE_SIZE = 0x0c, /* u32 */
    ANCHOR_64_TABLE = 0x10,      /* u64 */
    ANCHOR_64_SIZE = 0x18,
};

#define TYPE_FIRMWARE   0
#define HANDLE_FIRMWARE 0

struct firmware_structure {
    uint8_t type;
    uint8_t length;
    uint16_t handle;
    uint8_t vendor; /* numbers of the strings that follow the structure */
    uint8_t version;
    uint16_t segment;
    uint8_t date;
    uint8_t rom_size; /* in 64 KiB, less one */
    uint64_t characteristics;
    uint8_t characteristics_2[2];
    uint8_t release[2];
    uint8_t controller_release[2];
    char strings[28];
} __attribute__((packed));

static const struct firmware_structure firmware_structure = {
    .type = TYPE_FIRMWARE,
    .length = offsetof(struct firmware_structure, strings),
    .handle = HANDLE_FIRMWARE,
    .vendor = 1,
    .version = 2,
    .segment = 0xf000,
    .date = 3,
    .rom_size = 256 / 64 - 1,
    .characteristics = 0x08,           /* characteristics are not given */
    .characteristics_2 = {0x00, 0x10}, /* runs in a virtual machine */
    .release = {0xff, 0xff},           /* not given */
    .controller_release = {0xff, 0xff},
    /* The literal's own end is the second NUL, which ends the list. */
    .strings = "muster\0"
               "firmware\0"
               "01/01/2026\0",
};

struct tables {
    uint8_t *data;
    uint32_t size;
};

static bool firmware_structure_present(const struct tables *tables)
{
    uint32_t offset = 0;

    while (offset + 4 <= tables->size) {
        const uint8_t *structure = tables->data + offset;

        if (structure[0] == TYPE_FIRMWARE) {
            return true;
        }
        /* The strings end with two NULs. */
        offset += structure[1] >= 4 ? structure[1] : 4u;
        while (offset + 2 <= tables->size &&
               (tables->data[offset] != 0 || tables->data[offset + 1] != 0)) {
            offset++;
        }
        offset += 2;
    }
    return false;
}

static void anchor_complete(uint8_t *anchor, const struct tables *tables, unsigned int added)
{
    uint64_t largest = field_read(anchor + ANCHOR_LARGEST, 2);

    if (added > 0 && largest < sizeof(firmware_structure)) {
        field_write(anchor + ANCHOR_LARGEST, 2, sizeof(firmware_structure));
    }
    field_write(anchor + ANCHOR_TABLE_SIZE, 2, tables->size);
    field_write(anchor + ANCHOR_TABLE, 4, pointer_address(tables->data));
    field_write(anchor + ANCHOR_STRUCTURES, 2,
                field_read(anchor + ANCHOR_STRUCTURES, 2) + added);
    anchor[ANCHOR_INNER_SUM] = 0;
    anchor[ANCHOR_INNER_SUM] =
        memory_checksum(anchor + ANCHOR_INNER, ANCHOR_SIZE - ANCHOR_INNER);
    anchor[ANCHOR_CHECKSUM] = 0;
    anchor[ANCHOR_CHECKSUM] = memory_checksum(anchor, ANCHOR_SIZE);
}

static void anchor_64_complete(uint8_t *anchor, const struct tables *tables)
{
    field_write(anchor + ANCHOR_64_TABLE_SIZE, 4, tables->size);
    field_write(anchor + ANCHOR_64_TABLE, 8, pointer_address(tables->data));
    anchor[ANCHOR_64_CHECKSUM] = 0;
    anchor[ANCHOR_64_CHECKSUM] = memory_checksum(anchor, ANCHOR_64_SIZE);
}

/* Reads the structures, with room for ours in front. */
static int tables_load(struct firmware_machine *machine, struct tables *tables)
{
    struct fw_cfg_file file;
    uint8_t *memory;
    int error = fw_cfg_file_find(TABLES_FILE, &file);

    if (error != 0) {
        return error;
    }
    if (file.size > TABLES_MAXIMUM) {
        return ERROR_MEMORY;
    }
    memory = reserved_allocate(machine, sizeof(firmware_structure) + file.size, 16);
    if (memory == NULL) {
        return ERROR_MEMORY;
    }
    tables->data = memory + sizeof(firmware_structure);
    tables->size = file.size;
    return fw_cfg_file_read(&file, 0, tables->data, file.size);
}

static int smbios_load(struct firmware_machine *machine)
{
    struct fw_cfg_file file;
    struct tables tables;
    unsigned int added = 0;
    uint8_t *anchor;
    int error = fw_cfg_file_find(ANCHOR_FILE, &file);

    if (error == 0) {
        error = tables_load(machine, &tables);
    }
    if (error != 0) {
        return error;
    }
    if (!firmware_structure_present(&tables)) {
        tables.data -= sizeof(firmware_structure);
        tables.size += (uint32_t)sizeof(firmware_structure);
        memory_copy(tables.data, &firmware_structure, sizeof(firmware_structure));
        added = 1;
    }
    anchor = segment_allocate(file.size, 16);
    if (anchor == NULL) {
        return ERROR_MEMORY;
    }
    error = fw_cfg_file_read(&file, 0, anchor, file.size);
    if (error != 0) {
        return error;
    }
    if (file.size == ANCHOR_SIZE && memory_equal(anchor, "_SM_", 4) &&
        tables.size <= UINT16_MAX) {
        anchor_complete(anchor, &tables, added);
    } else if (file.size == ANCHOR_64_SIZE && memory_equal(anchor, "_SM3_", 5)) {
        anchor_64_complete(anchor, &tables);
    } else {
        return ERROR_FORMAT;
    }
    return 0;
}

/* An OS runs without SMBIOS, so nothing here ends the boot. */
void smbios_install(struct firmware_machine *machine)
{
    int error = smbios_load(machine);

    if (error == ERROR_NOT_FOUND) {
        log_line("this machine has no SMBIOS tables");
    } else if (error != 0) {
        log_line("the SMBIOS tables cannot be used");
    }
}
