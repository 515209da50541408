/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ACPI tables: loading QEMU's (acpi_loader.c), then changing what is ours to change
 * (acpi_tables.c).
 */
#ifndef FIRMWARE_ACPI_H
#define FIRMWARE_ACPI_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware.h"
#include "fw_cfg.h"

#define ACPI_FILES 32

/* A file of QEMU's, as it lies in memory. */
struct acpi_file {
    char name[FW_CFG_NAME_SIZE];
    uint8_t *data;
    uint32_t size;
};

struct acpi_files {
    struct acpi_file files[ACPI_FILES];
    uint32_t count;
};

/* Runs QEMU's linker script. ERROR_NOT_FOUND: there is none, the machine has no ACPI. */
int acpi_files_load(struct firmware_machine *machine, struct acpi_files *files);

/* NULL if no file of that name was loaded. */
const struct acpi_file *acpi_file_find(const struct acpi_files *files, const char *name);

/* Whether address .. address + size - 1 lies within one of the files. */
bool acpi_files_contain(const struct acpi_files *files, uint64_t address, uint64_t size);

/*
 * Takes S3 out of the tables, adds ours, and sets the machine's root_pointer. Ends in
 * firmware_stop() if the tables are not what they must be.
 */
void acpi_tables_complete(struct firmware_machine *machine, const struct acpi_files *files);

#endif
