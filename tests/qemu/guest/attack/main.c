/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What root on Linux can try against the runtime. The tests run it inside the guest and judge what it
 * prints; attacks that take a kernel are in tests/qemu/module.
 *
 *   attacks IDEA SMRAM-BASE SMRAM-SIZE [COUNT]
 */
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>

uint64_t smram_base;
uint64_t smram_size;

uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

uint64_t hostile(unsigned which)
{
    const uint64_t values[HOSTILE_COUNT] = {
        smram_base,
        smram_base + 1,
        smram_base - 8,
        smram_base + smram_size - 8,
        smram_base + smram_size - 1,
        smram_base + 0x8000,
        0x30000,
        0x38000,
        0xfee00300,
        window_header()->communicate_address - 1,
        window_header()->communicate_address + window_header()->communicate_size - 1,
        UINT32_MAX,
        UINT64_C(1) << 32,
        UINT64_C(1) << 63,
        UINT64_MAX - 23,
        UINT64_MAX,
    };

    return values[which % HOSTILE_COUNT];
}

uint8_t random_command(uint64_t *state)
{
    uint8_t command;

    do {
        command = (uint8_t)random_next(state);
    } while (command >= 2 && command <= 4);
    return command;
}

int main(int count, char **words)
{
    static const struct {
        const char *name;
        int (*function)(char **words);
    } ideas[] = {
        {"bytes", attack_bytes},       {"scribble", attack_scribble}, {"header", attack_header},
        {"pointers", attack_pointers}, {"msr", attack_msr},
    };

    if (count < 4 || iopl(3) != 0)
        fail("attacks IDEA SMRAM-BASE SMRAM-SIZE [COUNT]");
    smram_base = strtoull(words[2], NULL, 0);
    smram_size = strtoull(words[3], NULL, 0);
    window_open();
    processor_take(0);
    for (unsigned idea = 0; idea < sizeof(ideas) / sizeof(ideas[0]); idea++)
        if (strcmp(words[1], ideas[idea].name) == 0)
            return ideas[idea].function(words + 4);
    fputs("attacks: no such idea\n", stderr);
    return 2;
}
