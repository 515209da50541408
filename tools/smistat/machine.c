/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What smistat needs from Linux: which processors there are, their SMI counters, permission to
 * write to the chipset's port, and the runtime's window in physical memory.
 */
#define _GNU_SOURCE
#include "smistat.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TABLE_FILE    "/sys/firmware/acpi/tables/UEFI"
#define MSR_SMI_COUNT 0x34
#define APM_CNT       0xb2
#define SETTLE_PAUSES 5000u /* of a millisecond */

static bool file_read(const char *name, void *bytes, size_t size, size_t *length)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return false;
    *length = 0;
    while (*length < size && (got = read(fd, (uint8_t *)bytes + *length, size - *length)) > 0)
        *length += (size_t)got;
    close(fd);
    return true;
}

static bool online_read(struct cpulist *online)
{
    char text[1024];
    size_t length;

    if (!file_read("/sys/devices/system/cpu/online", text, sizeof(text) - 1, &length))
        return false;
    text[length] = '\0';
    return cpulist_parse(text, online);
}

/* /proc/cpuinfo is the only place where Linux tells the local APIC id. */
static bool apic_ids_read(struct machine *machine)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    unsigned cpu = 0, id, found = 0;
    char line[4096];

    if (!file)
        return false;
    while (fgets(line, sizeof(line), file)) {
        sscanf(line, "processor : %u", &cpu);
        if (sscanf(line, "apicid : %u", &id) != 1)
            continue;
        for (unsigned i = 0; i < machine->online.count; i++)
            if (machine->online.cpus[i] == cpu) {
                machine->apic_of[i] = id;
                found++;
            }
    }
    fclose(file);
    return found == machine->online.count;
}

static void *physical_map(int memory, uint64_t physical, size_t size)
{
    const uint64_t page = physical & ~UINT64_C(4095);
    uint8_t *base = mmap(NULL, size + (physical - page), PROT_READ | PROT_WRITE, MAP_SHARED,
                         memory, (off_t)page);

    return base == MAP_FAILED ? NULL : base + (physical - page);
}

/* The header is copied before it is checked, so that what was checked cannot change. */
static const char *window_open(struct machine *machine, int memory)
{
    const uint64_t physical = machine->table.buffer_pointer;
    struct muster_window header;
    const char *complaint;
    void *base;

    if (physical == 0 || physical % 4096 != 0)
        return "the communication buffer is not muster's";
    base = physical_map(memory, physical, sizeof(header));
    if (!base)
        return "the communication buffer cannot be mapped through /dev/mem";
    memcpy(&header, base, sizeof(header));
    munmap(base, sizeof(header));
    complaint = window_check(&header, physical);
    if (complaint)
        return complaint;
    base = physical_map(memory, physical, header.window_size);
    if (!base)
        return "the window cannot be mapped through /dev/mem";
    window_attach(&machine->window, &header, base);
    return NULL;
}

static int window_find(struct machine *machine)
{
    uint8_t table[4096];
    size_t length;
    int memory;

    if (!file_read(TABLE_FILE, table, sizeof(table), &length)) {
        machine->why_not = "there is no ACPI table UEFI";
        return TOOL_OK;
    }
    machine->why_not = table_parse(table, length, &machine->table);
    if (machine->why_not)
        return TOOL_OK;
    memory = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
    if (memory < 0)
        return cannot(NAME,
                      "/dev/mem cannot be opened; run smistat as root, kernel lockdown off");
    machine->why_not = window_open(machine, memory);
    machine->muster = machine->why_not == NULL;
    close(memory);
    return TOOL_OK;
}

int machine_open(struct machine *machine)
{
    memset(machine, 0, sizeof(*machine));
    if (geteuid() != 0)
        return cannot(NAME, "this needs root; run it with sudo");
    if (!online_read(&machine->online))
        return cannot(NAME, "the processors cannot be listed; mount sysfs on /sys");
    if (!apic_ids_read(machine))
        return cannot(NAME, "/proc/cpuinfo does not tell the APIC ids; mount procfs on /proc");
    return window_find(machine);
}

int machine_choose(const struct machine *machine, const char *text, struct cpulist *cpus)
{
    *cpus = machine->online;
    if (!text || strcmp(text, "all") == 0)
        return TOOL_OK;
    if (!cpulist_parse(text, cpus))
        return usage_error(NAME, "not a list of processors such as 0-3,5: %s", text);
    for (unsigned i = 0; i < cpus->count; i++)
        if (!cpulist_has(&machine->online, cpus->cpus[i]))
            return cannot(NAME, "there is no processor %u; online are %u, see nproc",
                          cpus->cpus[i], machine->online.count);
    return TOOL_OK;
}

int machine_open_counters(struct machine *machine)
{
    uint64_t count;

    for (unsigned i = 0; i < machine->online.count; i++) {
        char name[32];

        snprintf(name, sizeof(name), "/dev/cpu/%u/msr", machine->online.cpus[i]);
        machine->msr[i] = open(name, O_RDONLY | O_CLOEXEC);
        if (machine->msr[i] < 0 && (errno == EPERM || errno == EACCES))
            return cannot(NAME, "the SMI counter (MSR 34h) may not be read; turn lockdown off");
        if (machine->msr[i] < 0)
            return cannot(NAME, "there is no MSR driver to read the SMI counter; modprobe msr");
    }
    machine->counts = machine_smi_count(machine, 0, &count);
    return TOOL_OK;
}

/* Two clients would use the same slots. The lock goes with the process. */
static bool table_lock(void)
{
    int fd = open(TABLE_FILE, O_RDONLY | O_CLOEXEC);

    return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

int machine_allow_firing(void)
{
    if (!table_lock())
        return cannot(NAME, "another smistat is firing; wait for it to end");
    if (ioperm(APM_CNT, 2, 1) != 0)
        return cannot(NAME,
                      "port B2h may not be used; run smistat as root, kernel lockdown off");
    return TOOL_OK;
}

bool machine_pin(unsigned cpu)
{
    cpu_set_t *set = CPU_ALLOC(cpu + 1);
    size_t size = CPU_ALLOC_SIZE(cpu + 1);
    bool good;

    if (!set)
        return false;
    CPU_ZERO_S(size, set);
    CPU_SET_S(cpu, size, set);
    good = sched_setaffinity(0, size, set) == 0;
    CPU_FREE(set);
    return good;
}

void machine_rest(const struct machine *machine)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    if (!machine->muster)
        return;
    for (unsigned i = 0; i < SETTLE_PAUSES && !rings_are_at_rest(&machine->window); i++)
        nanosleep(&pause, NULL);
}

/* A processor that runs us has left SMM and has no SMI pending. One that Linux does not run is known by
 * its record of the latest round to be on its way out. */
void machine_settle(const struct machine *machine)
{
    for (unsigned i = 0; i < machine->online.count; i++)
        machine_pin(machine->online.cpus[i]);
    machine_rest(machine);
}

bool machine_smi_count(const struct machine *machine, unsigned position, uint64_t *count)
{
    return pread(machine->msr[position], count, sizeof(*count), MSR_SMI_COUNT) ==
           sizeof(*count);
}
