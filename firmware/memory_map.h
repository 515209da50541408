/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map that the OS gets, in the form of the E820 BIOS call. */
#ifndef FIRMWARE_MEMORY_MAP_H
#define FIRMWARE_MEMORY_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware.h"

enum memory_kind {
    MEMORY_RAM = 1,
    MEMORY_RESERVED = 2,
    MEMORY_ACPI_STORAGE =
        4, /* "NVS": the OS leaves it alone, and keeps it over a hibernation */
};

struct memory_range {
    uint64_t base;
    uint64_t size;
    uint32_t kind; /* enum memory_kind */
} __attribute__((packed));
_Static_assert(sizeof(struct memory_range) == 20, "entry of E820 and of Linux's boot_params");

#define MEMORY_RANGES 64

struct memory_map {
    struct memory_range ranges[MEMORY_RANGES]; /* sorted by base, none overlapping */
    uint32_t count;
};

/* To be called last: what reserved_allocate() has taken is in it. */
void memory_map_build(const struct firmware_machine *machine, struct memory_map *map);

/* Whether all of base .. base + size - 1 is one range of RAM. */
bool memory_map_is_ram(const struct memory_map *map, uint64_t base, uint64_t size);

#endif
