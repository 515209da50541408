/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns which memory.
 *
 * The platform says where SMRAM and the OS window are: reserved (E820 type 2). The firmware's
 * tables lie high in low RAM; what is below belongs to the OS. They are type 4 and not 3,
 * which an OS may reuse after reading them: among them are the FACS and buffers that devices
 * write at run time, whose addresses the devices were told.
 */
#include "memory_map.h"

#include <stddef.h>

#include "chipset.h"
#include "fw_cfg.h"
#include "log.h"
#include "memory.h"
#include "platform.h"
#include <arch/port_io.h>

#define CMOS_INDEX            0x70
#define CMOS_DATA             0x71
#define CMOS_ABOVE_16_MIB_LOW 0x34 /* 64 KiB units of RAM from 16 MiB to below 4 GiB */

/* The firmware's tables never reach further down than this. */
#define RESERVED_LIMIT (32 * MEBIBYTE)

#define CONVENTIONAL_END 0x9f000
#define SEGMENT_BEGIN    0xf0000
#define SEGMENT_END      0x100000

#define E820_FILE_ENTRIES 32

static uint64_t segment_next = SEGMENT_BEGIN;

static uint8_t cmos_read(uint8_t index)
{
    port_out8(CMOS_INDEX, index);
    return port_in8(CMOS_DATA);
}

void memory_size_find(struct firmware_machine *machine)
{
    uint64_t units =
        cmos_read(CMOS_ABOVE_16_MIB_LOW) | (uint64_t)cmos_read(CMOS_ABOVE_16_MIB_LOW + 1) << 8;

    machine->low_memory_top = 16 * MEBIBYTE + units * 64 * KIBIBYTE;
    platform_memory_place(machine);
    machine->reserved_base = machine->reserved_top;
}

void *reserved_allocate(struct firmware_machine *machine, uint64_t size, uint64_t alignment)
{
    uint64_t room = machine->reserved_base - (machine->reserved_top - RESERVED_LIMIT);
    uint64_t base;

    if (size > room || alignment > room || room - size < alignment) {
        return NULL;
    }
    base = align_down(machine->reserved_base - size, alignment);
    machine->reserved_base = base;
    memory_set(address_pointer(base), 0, size);
    return address_pointer(base);
}

void *segment_allocate(uint64_t size, uint64_t alignment)
{
    uint64_t base;

    if (size > SEGMENT_END - SEGMENT_BEGIN || alignment > SEGMENT_END - SEGMENT_BEGIN) {
        return NULL;
    }
    base = align_up(segment_next, alignment);
    if (base + size > SEGMENT_END) {
        return NULL;
    }
    segment_next = base + size;
    memory_set(address_pointer(base), 0, size);
    return address_pointer(base);
}

static void range_append(struct memory_map *map, uint64_t base, uint64_t end, uint32_t kind)
{
    if (base >= end) {
        return;
    }
    if (map->count == MEMORY_RANGES) {
        firmware_stop("more than %u memory ranges", MEMORY_RANGES);
    }
    map->ranges[map->count++] = (struct memory_range){base, end - base, kind};
}

/*
 * Gives base .. end to kind, whatever it was before. Ranges cut in two find their upper part at
 * the end of the list: it is sorted once, when it is complete.
 */
static void range_set(struct memory_map *map, uint64_t base, uint64_t end, uint32_t kind)
{
    struct memory_map old = *map;

    map->count = 0;
    for (uint32_t i = 0; i < old.count; i++) {
        uint64_t old_base = old.ranges[i].base;
        uint64_t old_end = old_base + old.ranges[i].size;

        range_append(map, old_base, old_end < base ? old_end : base, old.ranges[i].kind);
        range_append(map, old_base > end ? old_base : end, old_end, old.ranges[i].kind);
    }
    range_append(map, base, end, kind);
}

static void map_sort(struct memory_map *map)
{
    for (uint32_t i = 1; i < map->count; i++) {
        struct memory_range range = map->ranges[i];
        uint32_t place = i;

        while (place > 0 && map->ranges[place - 1].base > range.base) {
            map->ranges[place] = map->ranges[place - 1];
            place--;
        }
        map->ranges[place] = range;
    }
}

/*
 * RAM as QEMU has it: above 4 GiB this file alone tells; below, the CMOS has been believed
 * already, since SMRAM's place may hang on it, so here only what agrees with it counts.
 */
static void map_add_ram(const struct firmware_machine *machine, struct memory_map *map)
{
    struct memory_range entries[E820_FILE_ENTRIES];
    struct fw_cfg_file file;

    range_set(map, 0, machine->low_memory_top, MEMORY_RAM);
    if (fw_cfg_file_find("etc/e820", &file) != 0) {
        return;
    }
    if (file.size > sizeof(entries) || file.size % sizeof(entries[0]) != 0 ||
        fw_cfg_file_read(&file, 0, entries, file.size) != 0) {
        firmware_stop("etc/e820 has a wrong size of %u bytes", file.size);
    }
    for (size_t i = 0; i < file.size / sizeof(entries[0]); i++) {
        uint64_t base = entries[i].base;
        uint64_t end = base + entries[i].size;

        if (end < base) {
            firmware_stop("etc/e820 has a range that wraps around at %lx", base);
        }
        if (entries[i].kind != MEMORY_RAM) {
            range_set(map, base, end, MEMORY_RESERVED);
        } else if (base >= 4 * GIBIBYTE) {
            range_set(map, base, end, MEMORY_RAM);
        } else if (end > machine->low_memory_top) {
            firmware_stop("etc/e820 has RAM up to %lx, the CMOS up to %lx", end,
                          machine->low_memory_top);
        }
    }
}

void memory_map_build(const struct firmware_machine *machine, struct memory_map *map)
{
    uint64_t window_end = machine->window_base + machine->window_size;

    map->count = 0;
    map_add_ram(machine, map);

    /* Video memory and option ROMs are no RAM; the anchors in the last segment are not the
       OS's to use. */
    range_set(map, CONVENTIONAL_END, SEGMENT_END, MEMORY_RESERVED);

    range_set(map, machine->low_smram_base, machine->low_smram_base + machine->low_smram_size,
              MEMORY_RESERVED);

    range_set(map, align_down(machine->reserved_base, 4096), machine->reserved_top,
              MEMORY_ACPI_STORAGE);
    range_set(map, machine->window_base, window_end, MEMORY_RESERVED);
    /* What is left between the two is too little to be of use. */
    range_set(map, machine->smram_base > window_end ? window_end : machine->smram_base,
              machine->smram_base + machine->smram_size, MEMORY_RESERVED);

    for (const struct platform_range *range = platform_reserved; range->size != 0; range++) {
        range_set(map, range->base, range->base + range->size, MEMORY_RESERVED);
    }
    range_set(map, CHIPSET_IO_APIC, CHIPSET_IO_APIC + 0x1000, MEMORY_RESERVED);
    range_set(map, CHIPSET_HPET, CHIPSET_HPET + 0x1000, MEMORY_RESERVED);
    range_set(map, CHIPSET_APIC, CHIPSET_APIC + 0x1000, MEMORY_RESERVED);
    range_set(map, CHIPSET_ROM_BASE, 4 * GIBIBYTE, MEMORY_RESERVED);
    map_sort(map);
}

bool memory_map_is_ram(const struct memory_map *map, uint64_t base, uint64_t size)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct memory_range *range = &map->ranges[i];

        if (range->kind == MEMORY_RAM && base >= range->base && size <= range->size &&
            base - range->base <= range->size - size) {
            return true;
        }
    }
    return false;
}
