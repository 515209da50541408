/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer on the loading of QEMU's ACPI tables: two bytes of length for each of its files, then
 * the files. The loader comes to an end, and touches nothing but the memory it allocated:
 * everything else is poisoned.
 */
#include <stdlib.h>
#include <string.h>

#include <firmware/acpi.h>

#include "firmware.h"
#include "pool.h"

#define FILES      4u
#define ROOT_SIZE  20u
#define SMI_NUMBER 0x13

static const char *const names[FILES] = {"etc/table-loader", "etc/acpi/rsdp", "etc/acpi/tables",
                                         "etc/address"};
static struct firmware_machine machine;
static struct acpi_files loaded;

static void tables_load(void)
{
    fw_cfg_start();
    if (acpi_files_load(&machine, &loaded) != 0)
        return;
    acpi_tables_complete(&machine, &loaded);
    if (!acpi_files_contain(&loaded, machine.root_pointer, ROOT_SIZE))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct input rest = {input, size};
    uint32_t lengths[FILES];

    pool_reset();
    memset(&loaded, 0, sizeof(loaded));
    machine = (struct firmware_machine){.communication_command = SMI_NUMBER,
                                        .communication_pointer = 0x1000};
    device_reset();
    for (unsigned file = 0; file < FILES; file++)
        lengths[file] = input_number(&rest, 2);
    for (unsigned file = 0; file < FILES; file++) {
        struct input bytes = input_take(&rest, lengths[file]);

        device_item((uint16_t)(FIRMWARE_FILE_KEY + file), bytes.bytes, bytes.size);
    }
    device_directory(names, FILES);
    firmware_run(tables_load);
    return 0;
}
