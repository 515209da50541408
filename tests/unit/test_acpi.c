/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ACPI tables: QEMU's linker script, run against files made here. First a script as QEMU
 * writes it, then scripts that are wrong in one way each, then thousands with random bytes
 * changed. Whatever the input, the loader must come to an end, and touch nothing but the memory
 * it allocated: that is under the address sanitizer here, everything else being poisoned.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/acpi.h"
#include "firmware/log.h"
#include "firmware/memory.h"
#include "tests/fuzz/pool.h"

#define COMMAND_SIZE 128

enum { ALLOCATE = 1, ADD_POINTER = 2, ADD_CHECKSUM = 3, WRITE_POINTER = 4 };
enum { HIGH = 1, SEGMENT = 2 };

/* Offsets of the tables within etc/acpi/tables as made here. */
enum { DSDT = 64, FADT = 128, SSDT = 400, RSDT = 464, TABLES_SIZE = 512 };

struct test_file {
    char name[FW_CFG_NAME_SIZE];
    uint8_t data[16384];
    uint32_t size;
};

static struct test_file test_files[4];
static struct acpi_files loaded;
static struct firmware_machine machine;
static char stop_message[256];
static jmp_buf stop_jump;

/* --- what the firmware offers to the loader, on the host -----------------------------------
 */

void firmware_stop(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(stop_message, sizeof(stop_message), format, arguments);
    va_end(arguments);
    longjmp(stop_jump, 1);
}

void log_line(const char *format, ...)
{
    (void)format;
}

static struct test_file *file_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(test_files) / sizeof(test_files[0]); i++) {
        if (strcmp(test_files[i].name, name) == 0) {
            return &test_files[i];
        }
    }
    return NULL;
}

int fw_cfg_file_find(const char *name, struct fw_cfg_file *file)
{
    struct test_file *found = file_by_name(name);

    if (found == NULL) {
        return ERROR_NOT_FOUND;
    }
    file->key = (uint16_t)(found - test_files);
    file->size = found->size;
    return 0;
}

int fw_cfg_file_read(const struct fw_cfg_file *file, uint32_t offset, void *buffer,
                     uint32_t size)
{
    if (offset > file->size || size > file->size - offset) {
        return ERROR_RANGE;
    }
    memcpy(buffer, test_files[file->key].data + offset, size);
    return 0;
}

int fw_cfg_file_write(const struct fw_cfg_file *file, uint32_t offset, const void *data,
                      uint32_t size)
{
    if (offset > file->size || size > file->size - offset) {
        return ERROR_RANGE;
    }
    memcpy(test_files[file->key].data + offset, data, size);
    return 0;
}

/* --- a script and tables as QEMU makes them ------------------------------------------------
 */

static void put32(uint8_t *where, uint32_t value)
{
    field_write(where, 4, value);
}

static void table_put(struct test_file *file, uint32_t offset, const char *signature,
                      uint32_t size)
{
    memcpy(file->data + offset, signature, 4);
    put32(file->data + offset + 4, size);
}

static uint8_t *command_put(uint32_t type)
{
    struct test_file *script = file_by_name("etc/table-loader");
    uint8_t *command = script->data + script->size;

    memset(command, 0, COMMAND_SIZE);
    put32(command, type);
    script->size += COMMAND_SIZE;
    return command;
}

static uint8_t *allocate_put(const char *name, uint32_t alignment, uint8_t zone)
{
    uint8_t *command = command_put(ALLOCATE);

    strcpy((char *)command + 4, name);
    put32(command + 60, alignment);
    command[64] = zone;
    return command;
}

static uint8_t *pointer_put(const char *target, const char *source, uint32_t offset,
                            uint8_t width)
{
    uint8_t *command = command_put(ADD_POINTER);

    strcpy((char *)command + 4, target);
    strcpy((char *)command + 60, source);
    put32(command + 116, offset);
    command[120] = width;
    return command;
}

static uint8_t *checksum_put(const char *name, uint32_t offset, uint32_t start, uint32_t size)
{
    uint8_t *command = command_put(ADD_CHECKSUM);

    strcpy((char *)command + 4, name);
    put32(command + 60, offset);
    put32(command + 64, start);
    put32(command + 68, size);
    return command;
}

static void file_make(unsigned int index, const char *name, uint32_t size)
{
    memset(&test_files[index], 0, sizeof(test_files[index]));
    strcpy(test_files[index].name, name);
    test_files[index].size = size;
}

static void tables_make(void)
{
    static const uint8_t sleep_state[] = {0x08, '_', 'S', '3', '_', 0x12, 0x06, 0x04};
    struct test_file *tables = &test_files[2];

    table_put(tables, DSDT, "DSDT", 64);
    memcpy(tables->data + DSDT + 40, sleep_state, sizeof(sleep_state));
    table_put(tables, FADT, "FACP", 244);
    put32(tables->data + FADT + 40, DSDT);
    table_put(tables, SSDT, "SSDT", 64);
    memcpy(tables->data + SSDT + 56, sleep_state, sizeof(sleep_state));
    table_put(tables, RSDT, "RSDT", 44);
    put32(tables->data + RSDT + 36, FADT);
    put32(tables->data + RSDT + 40, SSDT);
}

static int setup(void **state)
{
    (void)state;
    file_make(0, "etc/table-loader", 0);
    file_make(1, "etc/acpi/rsdp", 20);
    file_make(2, "etc/acpi/tables", TABLES_SIZE);
    file_make(3, "etc/address", 8);
    memcpy(test_files[1].data, "RSD PTR ", 8);
    put32(test_files[1].data + 16, RSDT);
    tables_make();

    allocate_put("etc/acpi/rsdp", 16, SEGMENT);
    allocate_put("etc/acpi/tables", 64, HIGH);
    pointer_put("etc/acpi/tables", "etc/acpi/tables", FADT + 40, 4);
    checksum_put("etc/acpi/tables", DSDT + 9, DSDT, 64);
    checksum_put("etc/acpi/tables", FADT + 9, FADT, 244);
    checksum_put("etc/acpi/tables", SSDT + 9, SSDT, 64);
    pointer_put("etc/acpi/tables", "etc/acpi/tables", RSDT + 36, 4);
    pointer_put("etc/acpi/tables", "etc/acpi/tables", RSDT + 40, 4);
    checksum_put("etc/acpi/tables", RSDT + 9, RSDT, 44);
    pointer_put("etc/acpi/rsdp", "etc/acpi/tables", 16, 4);
    checksum_put("etc/acpi/rsdp", 8, 0, 20);

    pool_reset();
    machine = (struct firmware_machine){.communication_command = 0x10,
                                        .communication_pointer = 0x12345678};
    stop_message[0] = '\0';
    return 0;
}

/* true: the tables are installed; false: firmware_stop() was called. */
static bool install(void)
{
    if (setjmp(stop_jump) != 0) {
        return false;
    }
    if (acpi_files_load(&machine, &loaded) == 0) {
        acpi_tables_complete(&machine, &loaded);
    }
    return true;
}

static uint8_t *table_find(const char *signature)
{
    const uint8_t *root = address_pointer(machine.root_pointer);
    const uint8_t *rsdt = address_pointer(field_read(root + 16, 4));
    uint32_t size = (uint32_t)field_read(rsdt + 4, 4);

    assert_int_equal(memory_checksum(root, 20), 0);
    assert_int_equal(memory_checksum(rsdt, size), 0);
    for (uint32_t i = 36; i < size; i += 4) {
        uint8_t *table = address_pointer(field_read(rsdt + i, 4));

        assert_int_equal(memory_checksum(table, field_read(table + 4, 4)), 0);
        if (memcmp(table, signature, 4) == 0) {
            return table;
        }
    }
    return NULL;
}

/* --- tests ---------------------------------------------------------------------------------
 */

static void test_good_script(void **state)
{
    uint8_t *table;
    uint8_t *dsdt;

    (void)state;
    assert_true(install());
    table = table_find("FACP");
    assert_non_null(table);
    dsdt = address_pointer(field_read(table + 40, 4));
    assert_memory_equal(dsdt, "DSDT", 4);
    assert_memory_equal(dsdt + 40, "\x08XS3_\x12", 6);
    assert_int_equal(memory_checksum(dsdt, 64), 0);
    table = table_find("SSDT");
    assert_non_null(table);
    assert_memory_equal(table + 56, "\x08XS3_\x12", 6);
}

static void test_communication_tables(void **state)
{
    uint8_t *table;

    (void)state;
    assert_true(install());
    table = table_find("UEFI");
    assert_non_null(table);
    assert_int_equal(field_read(table + 4, 4), 66);
    assert_int_equal(field_read(table + 52, 2), 54);
    assert_int_equal(field_read(table + 54, 4), 0x10);
    assert_int_equal(field_read(table + 58, 8), 0x12345678);
    table = table_find("WSMT");
    assert_non_null(table);
    assert_int_equal(field_read(table + 4, 4), 40);
}

static void test_no_runtime_no_tables(void **state)
{
    (void)state;
    machine.communication_command = 0;
    assert_true(install());
    assert_null(table_find("UEFI"));
    assert_null(table_find("WSMT"));
}

static void test_write_pointer(void **state)
{
    uint8_t *command = command_put(WRITE_POINTER);

    (void)state;
    strcpy((char *)command + 4, "etc/address");
    strcpy((char *)command + 60, "etc/acpi/tables");
    put32(command + 120, 40);
    command[124] = 8;
    assert_true(install());
    assert_int_equal(field_read(test_files[3].data, 8),
                     pointer_address(acpi_file_find(&loaded, "etc/acpi/tables")->data) + 40);
}

static void expect_stop(const char *part)
{
    assert_false(install());
    assert_non_null(strstr(stop_message, part));
}

static void test_hostile_names(void **state)
{
    memset(allocate_put("x", 16, HIGH) + 4, 'a', FW_CFG_NAME_SIZE);
    expect_stop("command 11 of type 1: it is malformed");
    setup(state);
    allocate_put("", 16, HIGH);
    expect_stop("malformed");
    setup(state);
    allocate_put("etc/nowhere", 16, HIGH);
    expect_stop("a file that is not there");
    setup(state);
    allocate_put("etc/acpi/tables", 16, HIGH);
    expect_stop("malformed");
    setup(state);
    pointer_put("etc/address", "etc/acpi/tables", 0, 8); /* never allocated */
    expect_stop("a file that is not there");
}

static void test_hostile_allocations(void **state)
{
    allocate_put("etc/address", 24, HIGH);
    expect_stop("malformed");
    setup(state);
    allocate_put("etc/address", 0, HIGH);
    expect_stop("malformed");
    setup(state);
    allocate_put("etc/address", 16, 3);
    expect_stop("malformed");
    setup(state);
    test_files[3].size = 0xffffffff;
    allocate_put("etc/address", 16, HIGH);
    expect_stop("no room");
    setup(state);
    test_files[3].size = 8 << 20;
    allocate_put("etc/address", 16, HIGH);
    expect_stop("no room");
}

static void test_hostile_offsets(void **state)
{
    static const uint32_t offsets[] = {TABLES_SIZE - 3, TABLES_SIZE, 0x7fffffff, 0xfffffffe,
                                       0xffffffff};

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        setup(state);
        pointer_put("etc/acpi/tables", "etc/acpi/tables", offsets[i], 4);
        expect_stop("outside of a file");
        setup(state);
        checksum_put("etc/acpi/tables", 0, offsets[i], 4);
        expect_stop("outside of a file");
        setup(state);
        checksum_put("etc/acpi/tables", 0, 4, offsets[i]);
        expect_stop("outside of a file");
    }
    setup(state);
    checksum_put("etc/acpi/tables", TABLES_SIZE, 0, 4);
    expect_stop("outside of a file");
    setup(state);
    pointer_put("etc/acpi/tables", "etc/acpi/tables", 0, 3);
    expect_stop("outside of a file");
    setup(state);
    put32(test_files[2].data, TABLES_SIZE + 1); /* points to behind the file */
    pointer_put("etc/acpi/tables", "etc/acpi/tables", 0, 4);
    expect_stop("outside of a file");
    setup(state);
    pointer_put("etc/acpi/tables", "etc/acpi/tables", 0, 1); /* too narrow for an address */
    expect_stop("outside of a file");
}

static void test_hostile_script_size(void **state)
{
    (void)state;
    test_files[0].size--;
    expect_stop("wrong size");
}

static void test_hostile_tables(void **state)
{
    put32(test_files[2].data + FADT + 4, 0xffffffff);
    expect_stop("damaged");
    setup(state);
    put32(test_files[2].data + RSDT + 4, 8);
    expect_stop("damaged");
    setup(state);
    put32(test_files[2].data + RSDT + 4, TABLES_SIZE);
    expect_stop("damaged");
    setup(state);
    memcpy(test_files[1].data, "garbage", 8);
    expect_stop("no root");
}

/* Random bytes changed in the script and in the tables; the sanitizer is the judge. */
static void test_random_changes(void **state)
{
    unsigned int installed = 0;
    unsigned int stopped = 0;

    srand(1);
    for (unsigned int round = 0; round < 20000; round++) {
        setup(state);
        for (unsigned int change = 0; change <= round % 4; change++) {
            struct test_file *file = &test_files[rand() % 3];

            file->data[(uint32_t)rand() % file->size] = (uint8_t)rand();
        }
        if (install()) {
            installed++;
        } else {
            assert_true(stop_message[0] != '\0');
            stopped++;
        }
    }
    assert_true(installed > 1000);
    assert_true(stopped > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_script, setup),
        cmocka_unit_test_setup(test_communication_tables, setup),
        cmocka_unit_test_setup(test_no_runtime_no_tables, setup),
        cmocka_unit_test_setup(test_write_pointer, setup),
        cmocka_unit_test_setup(test_hostile_names, setup),
        cmocka_unit_test_setup(test_hostile_allocations, setup),
        cmocka_unit_test_setup(test_hostile_offsets, setup),
        cmocka_unit_test_setup(test_hostile_script_size, setup),
        cmocka_unit_test_setup(test_hostile_tables, setup),
        cmocka_unit_test_setup(test_random_changes, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
