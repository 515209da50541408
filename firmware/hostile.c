/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an OS may leave behind for the first instructions of SMM: a TR that forbids the switch to
 * 64-bit mode, and traps in the memory where real mode looks for its vectors and its stack. And what
 * it has in registers that RSM does not bring back.
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

/* What RSM does not bring back and an OS may have in use, but for the FPU. */
struct registers {
    uint64_t cr2;
    uint64_t debug[4];
};

static const struct registers planted = {0x1122334455667000, {0x1000, 0x2000, 0x3000, 0x4000}};

static void registers_load(const struct registers *from)
{
    __asm__ volatile("movq %0, %%cr2" : : "r"(from->cr2));
    __asm__ volatile("movq %0, %%dr0" : : "r"(from->debug[0]));
    __asm__ volatile("movq %0, %%dr1" : : "r"(from->debug[1]));
    __asm__ volatile("movq %0, %%dr2" : : "r"(from->debug[2]));
    __asm__ volatile("movq %0, %%dr3" : : "r"(from->debug[3]));
}

static struct registers registers_read(void)
{
    struct registers now;

    __asm__ volatile("movq %%cr2, %0" : "=r"(now.cr2));
    __asm__ volatile("movq %%dr0, %0" : "=r"(now.debug[0]));
    __asm__ volatile("movq %%dr1, %0" : "=r"(now.debug[1]));
    __asm__ volatile("movq %%dr2, %0" : "=r"(now.debug[2]));
    __asm__ volatile("movq %%dr3, %0" : "=r"(now.debug[3]));
    return now;
}

static uint32_t registers_changes(const struct registers *now)
{
    uint32_t changes = now->cr2 != planted.cr2;

    for (uint32_t number = 0; number < 4; number++) {
        changes += now->debug[number] != planted.debug[number];
    }
    return changes;
}

bool hostile_check(uint32_t command)
{
    struct registers after;
    uint32_t status;
    uint32_t low;
    uint32_t changes;
    bool ok;

    registers_load(&planted);
    status = hostile_tss(command);
    after = registers_read();
    changes = registers_changes(&after);
    low = low_changes();
    ok = status == MUSTER_STATUS_SUCCESS && changes == 0 && low == 0;
    log_line("exerciser: hostile tss_status=%x register_changes=%u low_memory_changes=%u %s",
             status, changes, low, ok ? "ok" : "FAILED");
    return ok;
}
