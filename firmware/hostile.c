/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an OS may leave behind for the first instructions of SMM: a TR that forbids the switch to
 * 64-bit mode, and traps in the memory where real mode looks for its vectors and its stack.
 */
#include "hostile.h"

#include <muster/window.h>

#include "log.h"
#include "memory.h"

/* What real mode can reach from its default segment and vectors, and the firmware does not use. */
#define LOW_BEGIN   0u
#define LOW_END     0x10000u
#define LOW_PATTERN 0xf4f4f4f4f4f4f4f4u /* HLT, and a far address in the firmware's ROM */

uint32_t hostile_tss(uint32_t command);

static volatile uint64_t *low_word(uint64_t address)
{
    /* Volatile, and not NULL for the compiler to know: it is memory like any other. */
    __asm__("" : "+r"(address));
    return address_pointer(address);
}

void hostile_prepare(void)
{
    for (uint64_t address = LOW_BEGIN; address < LOW_END; address += sizeof(uint64_t)) {
        *low_word(address) = LOW_PATTERN;
    }
}

static uint32_t low_changes(void)
{
    uint32_t changes = 0;

    for (uint64_t address = LOW_BEGIN; address < LOW_END; address += sizeof(uint64_t)) {
        changes += *low_word(address) != LOW_PATTERN;
    }
    return changes;
}

bool hostile_check(void)
{
    uint32_t status = hostile_tss(MUSTER_COMMAND_NOOP);
    uint32_t changes = low_changes();
    bool ok = status == MUSTER_STATUS_SUCCESS && changes == 0;

    log_line("exerciser: hostile tss_status=%x low_memory_changes=%u %s", status, changes,
             ok ? "ok" : "FAILED");
    return ok;
}
