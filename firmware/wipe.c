/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wiping the SMRAM of the previous boot.
 *
 * A reset opens SMRAM and leaves its contents, so this comes before anything that could read
 * them: before other processors run, before anything is loaded, before a device is given DMA.
 * Where SMRAM lies was asked of the chipset anew: the OS could have changed every register that
 * is not locked.
 *
 * Every word of TSEG is read, and a page that is not all zero is zeroed. Most of TSEG is never
 * used, and on an emulator memory that was only ever read costs the host nothing: writing all
 * of it would take the host 16 MiB, and at the first boot many times as long.
 */
#include <stdbool.h>
#include <stddef.h>

#include "firmware.h"
#include "memory.h"
#include "platform.h"
#include "timer.h"

#define PAGE_SIZE  4096
#define LINE_WORDS 16 /* read in one go, without a branch between them */

static bool page_is_zero(const uint64_t *page)
{
    for (size_t i = 0; i < PAGE_SIZE / sizeof(*page); i += LINE_WORDS) {
        const uint64_t *line = page + i;
        uint64_t low =
            line[0] | line[1] | line[2] | line[3] | line[4] | line[5] | line[6] | line[7];
        uint64_t high =
            line[8] | line[9] | line[10] | line[11] | line[12] | line[13] | line[14] | line[15];

        if ((low | high) != 0) {
            return false;
        }
    }
    return true;
}

static void range_wipe(uint64_t base, uint64_t size)
{
    for (uint64_t page = base; page < base + size; page += PAGE_SIZE) {
        if (!page_is_zero(address_pointer(page))) {
            memory_set(address_pointer(page), 0, PAGE_SIZE);
        }
    }
}

void smram_wipe(struct firmware_machine *machine)
{
    uint64_t begin = timer_now();

    platform_smram_open();
    range_wipe(machine->smram_base, machine->smram_size);
    range_wipe(machine->low_smram_base, machine->low_smram_size);
    machine->wipe_ticks = timer_now() - begin;
}
