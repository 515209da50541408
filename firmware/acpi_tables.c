/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our changes to QEMU's ACPI tables: S3 is taken out, and two tables about the SMM runtime are
 * added.
 *
 * S3 (suspend to RAM) must not be offered. Waking from it resets the processors, and with that
 * their SMBASE; the firmware would have to relocate them again from a state kept in SMRAM,
 * before it returns to an OS whose memory it must not touch. There is no such resume path, so
 * an OS that slept would wake to processors whose SMIs enter at the default address, in memory
 * that it owns. Hibernation and power-off (S4, S5) end in an ordinary boot and stay.
 */
#include "acpi.h"

#include <stddef.h>

#include "log.h"
#include "memory.h"

#define ROOT_FILE "etc/acpi/rsdp"

/* RSDP, byte offsets */
enum {
    ROOT_CHECKSUM = 8, /* over the first 20 bytes */
    ROOT_REVISION = 15,
    ROOT_RSDT = 16,
    ROOT_SIZE_1 = 20,
    ROOT_XSDT = 24,
    ROOT_CHECKSUM_2 = 32, /* over all of it */
    ROOT_SIZE_2 = 36,
};

/* Every table begins with this. */
struct table_header {
    char signature[4];
    uint32_t length;
    uint8_t revision;
    uint8_t checksum;
    char vendor[6];
    char vendor_table[8];
    uint32_t vendor_revision;
    char creator[4];
    uint32_t creator_revision;
} __attribute__((packed));
_Static_assert(sizeof(struct table_header) == 36, "header of an ACPI table");

/* FADT, byte offsets */
enum {
    FADT_DSDT = 40,    /* u32 */
    FADT_X_DSDT = 140, /* u64 */
};

/* "SMM Communication ACPI Table" (UEFI specification, appendix O) */
struct communication_table {
    struct table_header header;
    uint8_t identifier[16];
    uint16_t data_offset;
    uint32_t command;
    uint64_t buffer_pointer; /* address of the 64-bit address of the buffer */
} __attribute__((packed));
_Static_assert(sizeof(struct communication_table) == 66, "UEFI table");
_Static_assert(offsetof(struct communication_table, command) == 54, "UEFI table");

/* Windows SMM Security Mitigations Table */
struct mitigation_table {
    struct table_header header;
    uint32_t flags;
} __attribute__((packed));
_Static_assert(sizeof(struct mitigation_table) == 40, "WSMT");

/* c68ed8e2-9dc6-4cbd-9d94-db65acc5c332, as it is stored */
static const uint8_t communication_identifier[16] = {
    0xe2, 0xd8, 0x8e, 0xc6, 0xc6, 0x9d, 0xbd, 0x4c,
    0x9d, 0x94, 0xdb, 0x65, 0xac, 0xc5, 0xc3, 0x32,
};

static void table_checksum(struct table_header *table)
{
    table->checksum = 0;
    table->checksum = memory_checksum(table, table->length);
}

static void header_fill(struct table_header *header, const char signature[4], size_t length)
{
    memory_copy(header->signature, signature, sizeof(header->signature));
    header->length = (uint32_t)length;
    header->revision = 1;
    memory_copy(header->vendor, "MUSTER", sizeof(header->vendor));
    memory_copy(header->vendor_table, "MUSTER  ", sizeof(header->vendor_table));
    header->vendor_revision = 1;
    memory_copy(header->creator, "MUST", sizeof(header->creator));
    header->creator_revision = 1;
}

/* The table at address, or NULL if not all of it was loaded. */
static struct table_header *table_at(const struct acpi_files *files, uint64_t address)
{
    struct table_header *table = address_pointer(address);

    if (!acpi_files_contain(files, address, sizeof(*table)) || table->length < sizeof(*table) ||
        !acpi_files_contain(files, address, table->length)) {
        return NULL;
    }
    return table;
}

static void *table_allocate(struct firmware_machine *machine, size_t size)
{
    void *table = reserved_allocate(machine, size, 16);

    if (table == NULL) {
        firmware_stop("no room for ACPI tables");
    }
    return table;
}

/*
 * Gives the object _S3_ another name: an OS looks for that name to see whether there is S3.
 * In AML: NameOp (08h), the name, PackageOp (12h). The length stays, so that no offset moves.
 */
static void sleep_state_hide(struct table_header *table)
{
    static const uint8_t pattern[] = {0x08, '_', 'S', '3', '_', 0x12};
    uint8_t *bytes = (uint8_t *)table;

    for (size_t i = sizeof(*table); i + sizeof(pattern) <= table->length; i++) {
        if (memory_equal(bytes + i, pattern, sizeof(pattern))) {
            memory_copy(bytes + i + 1, "XS3_", 4);
            table_checksum(table);
        }
    }
}

static void fadt_sleep_state_hide(const struct acpi_files *files,
                                  const struct table_header *fadt)
{
    const uint8_t *bytes = (const uint8_t *)fadt;
    uint64_t address = 0;
    struct table_header *dsdt;

    if (fadt->length >= FADT_X_DSDT + 8) {
        address = field_read(bytes + FADT_X_DSDT, 8);
    }
    if (address == 0 && fadt->length >= FADT_DSDT + 4) {
        address = field_read(bytes + FADT_DSDT, 4);
    }
    dsdt = table_at(files, address);
    if (dsdt == NULL) {
        firmware_stop("the ACPI tables are damaged: DSDT at %lx", address);
    }
    sleep_state_hide(dsdt);
}

/* Walks the tables that a root table (RSDT or XSDT) with entries of width bytes lists. */
static void listed_tables_change(const struct acpi_files *files,
                                 const struct table_header *root, unsigned int width)
{
    const uint8_t *entry = (const uint8_t *)(root + 1);
    const uint8_t *end = (const uint8_t *)root + root->length;

    for (; entry + width <= end; entry += width) {
        uint64_t address = field_read(entry, width);
        struct table_header *table = table_at(files, address);

        if (table == NULL) {
            firmware_stop("the ACPI tables are damaged: table at %lx", address);
        }
        if (memory_equal(table->signature, "FACP", 4)) {
            fadt_sleep_state_hide(files, table);
        } else if (memory_equal(table->signature, "SSDT", 4)) {
            sleep_state_hide(table);
        }
    }
}

/* A copy of a root table with more entries at its end. */
static uint64_t root_table_extend(struct firmware_machine *machine,
                                  const struct table_header *root, unsigned int width,
                                  void *const added[], unsigned int count)
{
    struct table_header *extended =
        table_allocate(machine, root->length + (size_t)count * width);

    memory_copy(extended, root, root->length);
    for (unsigned int i = 0; i < count; i++) {
        field_write((uint8_t *)extended + extended->length, width, pointer_address(added[i]));
        extended->length += width;
    }
    table_checksum(extended);
    return pointer_address(extended);
}

static struct table_header *communication_table_make(struct firmware_machine *machine)
{
    struct communication_table *table = table_allocate(machine, sizeof(*table));

    memory_copy(table->identifier, communication_identifier, sizeof(table->identifier));
    table->data_offset = offsetof(struct communication_table, command);
    table->command = machine->communication_command;
    table->buffer_pointer = machine->communication_pointer;
    header_fill(&table->header, "UEFI", sizeof(*table));
    table_checksum(&table->header);
    return &table->header;
}

static struct table_header *mitigation_table_make(struct firmware_machine *machine)
{
    struct mitigation_table *table = table_allocate(machine, sizeof(*table));

    table->flags = machine->mitigation_flags;
    header_fill(&table->header, "WSMT", sizeof(*table));
    table_checksum(&table->header);
    return &table->header;
}

/* Changes the tables listed under one root table, and makes field point to its extension. */
static void root_table_complete(struct firmware_machine *machine,
                                const struct acpi_files *files, uint8_t *field,
                                unsigned int width, void *const added[], unsigned int count)
{
    uint64_t address = field_read(field, width);
    struct table_header *root = table_at(files, address);

    if (root == NULL) {
        firmware_stop("the ACPI tables are damaged: root table at %lx", address);
    }
    listed_tables_change(files, root, width);
    field_write(field, width, root_table_extend(machine, root, width, added, count));
}

void acpi_tables_complete(struct firmware_machine *machine, const struct acpi_files *files)
{
    const struct acpi_file *file = acpi_file_find(files, ROOT_FILE);
    void *added[2];
    unsigned int count = 0;
    uint8_t *root;
    bool extended;

    if (file == NULL || file->size < ROOT_SIZE_1 || !memory_equal(file->data, "RSD PTR ", 8)) {
        firmware_stop("the ACPI tables have no root");
    }
    root = file->data;
    extended = root[ROOT_REVISION] >= 2 && file->size >= ROOT_SIZE_2;

    if (machine->communication_command != 0) {
        added[count++] = communication_table_make(machine);
        added[count++] = mitigation_table_make(machine);
    }
    if (field_read(root + ROOT_RSDT, 4) != 0) {
        root_table_complete(machine, files, root + ROOT_RSDT, 4, added, count);
    }
    if (extended && field_read(root + ROOT_XSDT, 8) != 0) {
        root_table_complete(machine, files, root + ROOT_XSDT, 8, added, count);
    }
    root[ROOT_CHECKSUM] = 0;
    root[ROOT_CHECKSUM] = memory_checksum(root, ROOT_SIZE_1);
    if (extended) {
        root[ROOT_CHECKSUM_2] = 0;
        root[ROOT_CHECKSUM_2] = memory_checksum(root, ROOT_SIZE_2);
    }
    machine->root_pointer = pointer_address(root);
}

void acpi_install(struct firmware_machine *machine)
{
    static struct acpi_files files;

    if (acpi_files_load(machine, &files) != 0) {
        log_line("this machine has no ACPI");
        return;
    }
    acpi_tables_complete(machine, &files);
}
