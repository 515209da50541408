/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UEFI "SMM Communication ACPI Table" (UEFI specification, appendix O): an ACPI data table
 * with the signature "UEFI" that names a software SMI and the address of a buffer pointer.
 * Firmware wrote it, so nothing in it is believed before it is checked.
 */
#include "smistat.h"

#include <string.h>

enum {
    TABLE_LENGTH = 4,
    TABLE_IDENTIFIER = 36,
    TABLE_DATA_OFFSET = 52,
    TABLE_HEADER_SIZE = 54,
    DATA_SMI = 0,
    DATA_POINTER = 4,
    DATA_SIZE = 12,
};

/* c68ed8e2-9dc6-4cbd-9d94-db65acc5c332 */
static const uint8_t communication_guid[16] = {0xe2, 0xd8, 0x8e, 0xc6, 0xc6, 0x9d, 0xbd, 0x4c,
                                               0x9d, 0x94, 0xdb, 0x65, 0xac, 0xc5, 0xc3, 0x32};

static uint64_t little_endian(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;

    while (count-- > 0)
        value = value << 8 | bytes[count];
    return value;
}

static bool checksum_good(const uint8_t *bytes, size_t length)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

const char *table_parse(const uint8_t *bytes, size_t length, struct table_facts *facts)
{
    uint64_t stated;
    size_t data;

    if (length < TABLE_HEADER_SIZE)
        return "the ACPI table is truncated";
    if (memcmp(bytes, "UEFI", 4) != 0)
        return "the ACPI table has another signature";
    stated = little_endian(bytes + TABLE_LENGTH, 4);
    if (stated < TABLE_HEADER_SIZE || stated > length)
        return "the ACPI table is truncated";
    if (!checksum_good(bytes, stated))
        return "the ACPI table's checksum is wrong";
    if (memcmp(bytes + TABLE_IDENTIFIER, communication_guid, 16) != 0)
        return "the ACPI table is not the SMM communication table";
    data = little_endian(bytes + TABLE_DATA_OFFSET, 2);
    if (data < TABLE_HEADER_SIZE || data + DATA_SIZE > stated)
        return "the ACPI table is too short for its data";
    facts->software_smi = (uint32_t)little_endian(bytes + data + DATA_SMI, 4);
    facts->buffer_pointer = little_endian(bytes + data + DATA_POINTER, 8);
    return NULL;
}
