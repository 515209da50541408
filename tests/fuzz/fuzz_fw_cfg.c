/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer on the directory of the configuration device: a byte that says what the device
 * offers, then the directory as the device gives it. Every file it names is looked for and read,
 * at its edges too: what lies outside of it is refused.
 */
#include <stdlib.h>
#include <string.h>

#include <firmware/firmware.h>

#include "firmware.h"

#define ENTRY_SIZE 64
#define READ_MAX   4096u

static void directory_read(void)
{
    fw_cfg_start();
}

static void file_try(const char *name)
{
    struct fw_cfg_file file;
    uint32_t part;
    uint8_t *buffer;

    if (fw_cfg_file_find(name, &file) != 0)
        return;
    part = file.size < READ_MAX ? file.size : READ_MAX;
    buffer = malloc(part + 1);
    if (fw_cfg_file_read(&file, file.size - part, buffer, part) != 0)
        abort();
    if (fw_cfg_file_read(&file, file.size - part, buffer, part + 1) != ERROR_RANGE ||
        fw_cfg_file_read(&file, UINT32_MAX, buffer, part + 1) != ERROR_RANGE ||
        fw_cfg_file_write(&file, file.size, buffer, 1) != ERROR_RANGE)
        abort();
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct input rest = {input, size};
    struct input names;
    uint8_t features = (uint8_t)input_number(&rest, 1);

    device_reset();
    device_item(FW_CFG_INTERFACE, &features, 1);
    device_item(FW_CFG_DIRECTORY, rest.bytes, rest.size);
    if (!firmware_run(directory_read))
        return 0;
    file_try("etc/table-loader");
    file_try("");
    input_take(&rest, 4);
    for (names = rest; names.size >= ENTRY_SIZE;) {
        char name[FW_CFG_NAME_SIZE + 1] = {0};
        struct input entry = input_take(&names, ENTRY_SIZE);

        memcpy(name, entry.bytes + 8, FW_CFG_NAME_SIZE);
        file_try(name);
    }
    return 0;
}
