/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's ACPI tables. QEMU gives them as files, with a script of 128-byte commands that says
 * where they go and what to patch once their addresses are known.
 *
 * Nothing in the script is believed: every name is terminated within its field, every offset
 * lies within its file, and what is wrong ends the boot with the number of the command.
 */
#include "acpi.h"

#include <stddef.h>

#include "log.h"
#include "memory.h"

#define SCRIPT_FILE       "etc/table-loader"
#define COMMAND_SIZE      128
#define COMMANDS          1024
#define FILE_SIZE_MAXIMUM (16 * MEBIBYTE)
#define ALIGNMENT_MAXIMUM (64 * KIBIBYTE)
#define SEGMENT_ALIGNMENT 16 /* anchors are looked for at multiples of it */

enum command_type {
    COMMAND_SKIP = 0,
    COMMAND_ALLOCATE = 1,
    COMMAND_ADD_POINTER = 2,
    COMMAND_ADD_CHECKSUM = 3,
    COMMAND_WRITE_POINTER = 4,
};

enum allocate_zone {
    ZONE_HIGH = 1,    /* anywhere below 4 GiB */
    ZONE_SEGMENT = 2, /* F0000h-FFFFFh */
};

struct command {
    uint32_t type;
    union {
        struct {
            char file[FW_CFG_NAME_SIZE];
            uint32_t alignment;
            uint8_t zone;
        } allocate;
        /* At target + offset stands an offset into source: add source's address to it. */
        struct {
            char target[FW_CFG_NAME_SIZE];
            char source[FW_CFG_NAME_SIZE];
            uint32_t offset;
            uint8_t width;
        } add_pointer;
        struct {
            char file[FW_CFG_NAME_SIZE];
            uint32_t offset;
            uint32_t start;
            uint32_t length;
        } add_checksum;
        /* Tell QEMU, in its file target at offset, the address of source_offset in source. */
        struct {
            char target[FW_CFG_NAME_SIZE];
            char source[FW_CFG_NAME_SIZE];
            uint32_t offset;
            uint32_t source_offset;
            uint8_t width;
        } write_pointer;
        uint8_t pad[COMMAND_SIZE - 4];
    };
};
_Static_assert(sizeof(struct command) == COMMAND_SIZE, "command of the script");
_Static_assert(offsetof(struct command, add_pointer.offset) == 116, "add pointer");
_Static_assert(offsetof(struct command, add_checksum.length) == 68, "add checksum");
_Static_assert(offsetof(struct command, write_pointer.width) == 124, "write pointer");

static bool name_valid(const char name[FW_CFG_NAME_SIZE])
{
    for (size_t i = 0; i < FW_CFG_NAME_SIZE; i++) {
        if (name[i] == '\0') {
            return i > 0;
        }
    }
    return false;
}

static bool name_equal(const char *one, const char *other)
{
    while (*one != '\0' && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

static bool range_valid(uint64_t offset, uint64_t size, uint64_t limit)
{
    return offset <= limit && size <= limit - offset;
}

static bool width_valid(unsigned int width)
{
    return width == 1 || width == 2 || width == 4 || width == 8;
}

static bool value_fits(uint64_t value, unsigned int width)
{
    return width == 8 || value >> (8 * width) == 0;
}

const struct acpi_file *acpi_file_find(const struct acpi_files *files, const char *name)
{
    for (uint32_t i = 0; i < files->count; i++) {
        if (name_equal(files->files[i].name, name)) {
            return &files->files[i];
        }
    }
    return NULL;
}

bool acpi_files_contain(const struct acpi_files *files, uint64_t address, uint64_t size)
{
    for (uint32_t i = 0; i < files->count; i++) {
        uint64_t base = pointer_address(files->files[i].data);

        if (address >= base && range_valid(address - base, size, files->files[i].size)) {
            return true;
        }
    }
    return false;
}

static int file_allocate(struct firmware_machine *machine, struct acpi_files *files,
                         const struct command *command)
{
    uint64_t alignment = command->allocate.alignment;
    struct acpi_file *loaded = &files->files[files->count];
    struct fw_cfg_file file;
    int error;

    if (!name_valid(command->allocate.file) || alignment == 0 ||
        (alignment & (alignment - 1)) != 0 || alignment > ALIGNMENT_MAXIMUM) {
        return ERROR_FORMAT;
    }
    if (acpi_file_find(files, command->allocate.file) != NULL) {
        return ERROR_FORMAT;
    }
    error = fw_cfg_file_find(command->allocate.file, &file);
    if (error != 0) {
        return error;
    }
    if (files->count == ACPI_FILES || file.size > FILE_SIZE_MAXIMUM) {
        return ERROR_MEMORY;
    }
    if (command->allocate.zone == ZONE_HIGH) {
        loaded->data = reserved_allocate(machine, file.size, alignment);
    } else if (command->allocate.zone == ZONE_SEGMENT) {
        loaded->data = segment_allocate(
            file.size, alignment > SEGMENT_ALIGNMENT ? alignment : SEGMENT_ALIGNMENT);
    } else {
        return ERROR_FORMAT;
    }
    if (loaded->data == NULL) {
        return ERROR_MEMORY;
    }
    memory_copy(loaded->name, command->allocate.file, sizeof(loaded->name));
    loaded->size = file.size;
    files->count++;
    return fw_cfg_file_read(&file, 0, loaded->data, file.size);
}

static int pointer_add(const struct acpi_files *files, const struct command *command)
{
    unsigned int width = command->add_pointer.width;
    const struct acpi_file *target;
    const struct acpi_file *source;
    uint64_t value;

    if (!name_valid(command->add_pointer.target) || !name_valid(command->add_pointer.source)) {
        return ERROR_FORMAT;
    }
    target = acpi_file_find(files, command->add_pointer.target);
    source = acpi_file_find(files, command->add_pointer.source);
    if (target == NULL || source == NULL) {
        return ERROR_NOT_FOUND;
    }
    if (!width_valid(width) || !range_valid(command->add_pointer.offset, width, target->size)) {
        return ERROR_RANGE;
    }
    value = field_read(target->data + command->add_pointer.offset, width);
    if (value > source->size) {
        return ERROR_RANGE;
    }
    value += pointer_address(source->data);
    if (!value_fits(value, width)) {
        return ERROR_RANGE;
    }
    field_write(target->data + command->add_pointer.offset, width, value);
    return 0;
}

static int checksum_add(const struct acpi_files *files, const struct command *command)
{
    const struct acpi_file *file;
    uint8_t *field;

    if (!name_valid(command->add_checksum.file)) {
        return ERROR_FORMAT;
    }
    file = acpi_file_find(files, command->add_checksum.file);
    if (file == NULL) {
        return ERROR_NOT_FOUND;
    }
    if (!range_valid(command->add_checksum.offset, 1, file->size) ||
        !range_valid(command->add_checksum.start, command->add_checksum.length, file->size)) {
        return ERROR_RANGE;
    }
    field = file->data + command->add_checksum.offset;
    *field = (uint8_t)(*field + memory_checksum(file->data + command->add_checksum.start,
                                                command->add_checksum.length));
    return 0;
}

static int pointer_write(const struct acpi_files *files, const struct command *command)
{
    unsigned int width = command->write_pointer.width;
    const struct acpi_file *source;
    struct fw_cfg_file target;
    uint8_t bytes[8];
    uint64_t value;
    int error;

    if (!name_valid(command->write_pointer.target) ||
        !name_valid(command->write_pointer.source)) {
        return ERROR_FORMAT;
    }
    source = acpi_file_find(files, command->write_pointer.source);
    error = fw_cfg_file_find(command->write_pointer.target, &target);
    if (source == NULL || error != 0) {
        return ERROR_NOT_FOUND;
    }
    value = pointer_address(source->data) + command->write_pointer.source_offset;
    if (!width_valid(width) || command->write_pointer.source_offset > source->size ||
        !value_fits(value, width)) {
        return ERROR_RANGE;
    }
    field_write(bytes, width, value);
    return fw_cfg_file_write(&target, command->write_pointer.offset, bytes, width);
}

static int command_run(struct firmware_machine *machine, struct acpi_files *files,
                       const struct command *command)
{
    switch (command->type) {
    case COMMAND_ALLOCATE:
        return file_allocate(machine, files, command);
    case COMMAND_ADD_POINTER:
        return pointer_add(files, command);
    case COMMAND_ADD_CHECKSUM:
        return checksum_add(files, command);
    case COMMAND_WRITE_POINTER:
        return pointer_write(files, command);
    default: /* COMMAND_SKIP, and what later versions add for those who know it */
        return 0;
    }
}

static const char *error_describe(int error)
{
    switch (error) {
    case ERROR_NOT_FOUND:
        return "it names a file that is not there";
    case ERROR_RANGE:
        return "it reaches outside of a file";
    case ERROR_MEMORY:
        return "there is no room for the file";
    case ERROR_DEVICE:
        return "the transfer failed";
    default:
        return "it is malformed";
    }
}

int acpi_files_load(struct firmware_machine *machine, struct acpi_files *files)
{
    struct fw_cfg_file script;
    uint32_t commands;

    files->count = 0;
    if (fw_cfg_file_find(SCRIPT_FILE, &script) != 0) {
        return ERROR_NOT_FOUND;
    }
    commands = script.size / COMMAND_SIZE;
    if (script.size % COMMAND_SIZE != 0 || commands > COMMANDS) {
        firmware_stop("%s has a wrong size of %u bytes", SCRIPT_FILE, script.size);
    }
    for (uint32_t i = 0; i < commands; i++) {
        struct command command;
        int error = fw_cfg_file_read(&script, i * COMMAND_SIZE, &command, COMMAND_SIZE);

        if (error == 0) {
            error = command_run(machine, files, &command);
        }
        if (error != 0) {
            firmware_stop("%s, command %u of type %u: %s", SCRIPT_FILE, i, command.type,
                          error_describe(error));
        }
    }
    return 0;
}
