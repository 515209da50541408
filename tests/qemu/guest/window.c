/* SPDX-License-Identifier: BSD-2-Clause */
/* See window.h. */
#define _GNU_SOURCE
#include "window.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct __attribute__((packed)) communication_table {
    uint8_t header[36];
    uint8_t guid[16];
    uint16_t data_offset;
    uint32_t command;
    uint64_t pointer;
};

static volatile uint8_t *window;
static struct muster_window header;
static uint8_t table_command;

void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *memory_map(int memory, uint64_t address, size_t size)
{
    void *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)address);

    if (place == MAP_FAILED)
        fail("the window");
    return place;
}

void window_open(void)
{
    struct communication_table table;
    int file = open("/sys/firmware/acpi/tables/UEFI", O_RDONLY);
    int memory = open("/dev/mem", O_RDWR | O_SYNC);
    uint64_t address;

    if (file < 0 || memory < 0 || read(file, &table, sizeof(table)) != sizeof(table))
        fail("the UEFI table");
    address = table.pointer & ~UINT64_C(4095);
    memcpy(&header, memory_map(memory, address, 4096), sizeof(header));
    window = memory_map(memory, address, header.window_size);
    table_command = (uint8_t)table.command;
}

const struct muster_window *window_header(void)
{
    return &header;
}

volatile uint8_t *window_memory(void)
{
    return window;
}

volatile struct muster_slot *window_slot(unsigned processor)
{
    return (volatile struct muster_slot *)(window + header.slots_offset) + processor;
}

volatile uint64_t *window_message(void)
{
    return (volatile uint64_t *)(window + header.communicate_offset);
}

uint8_t window_command(void)
{
    return table_command;
}

uint64_t window_visits(unsigned processor)
{
    const volatile struct muster_counters *counters =
        (const volatile struct muster_counters *)(window + header.counters_offset);

    return muster_visits(&counters[processor]);
}

void processor_take(unsigned processor)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0)
        fail("a processor");
}
