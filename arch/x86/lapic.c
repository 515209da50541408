/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC, mapped for SMM. See muster/lapic.h. */
#include <muster/lapic.h>

#include <core/section.h>

#include "image.h"
#include "lapic.h"

#define IDENTIFIER   0x020u /* in the place of a destination */
#define VERSION      0x030u
#define COMMAND_LOW  0x300u
#define COMMAND_HIGH 0x310u

#define COMMAND_SMI         (2u << 8)
#define COMMAND_NMI         (4u << 8)
#define COMMAND_ASSERT      (1u << 14)
#define COMMAND_PENDING     (1u << 12)
#define COMMAND_ALL_OTHERS  (3u << 18)
#define COMMAND_DESTINATION 24

#define MSR_BASE   0x1bu
#define BASE_FLAGS 0xfffu

/* Polls for an IPI to leave; it takes a few bus cycles, so this many means a dead APIC. */
#define PENDING_POLLS_MAX 100000u

static volatile uint32_t *lapic_register(uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)(IMAGE_LAPIC + offset);
}

static void pending_wait(void)
{
    for (unsigned poll = 0; poll < PENDING_POLLS_MAX; poll++) {
        if (!(*lapic_register(COMMAND_LOW) & COMMAND_PENDING))
            return;
        __builtin_ia32_pause();
    }
}

static uint64_t base_read(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_BASE));
    return (uint64_t)high << 32 | low;
}

static void base_write(uint64_t base)
{
    __asm__ volatile("wrmsr"
                     :
                     : "a"((uint32_t)base), "d"((uint32_t)(base >> 32)), "c"(MSR_BASE)
                     : "memory");
}

/* The interrupted code may have been between its writes to the two halves of the register: an
 * IPI of its own must have left, and its high half must be as it was. */
static void command_write(uint32_t high, uint32_t low)
{
    uint32_t saved_high = *lapic_register(COMMAND_HIGH);

    pending_wait();
    *lapic_register(COMMAND_HIGH) = high;
    *lapic_register(COMMAND_LOW) = low;
    pending_wait();
    *lapic_register(COMMAND_HIGH) = saved_high;
}

/* An OS can have moved its local APIC to where it is not mapped here: then it is where it should be for as
 * long as this takes. */
static void command_send(uint32_t high, uint32_t low)
{
    uint64_t base = base_read();

    if ((base & ~(uint64_t)BASE_FLAGS) == IMAGE_LAPIC_BASE) {
        command_write(high, low);
        return;
    }
    base_write(IMAGE_LAPIC_BASE | (base & BASE_FLAGS));
    command_write(high, low);
    base_write(base);
}

void muster_lapic_smi_send(uint32_t apic_id)
{
    command_send(apic_id << COMMAND_DESTINATION, COMMAND_SMI | COMMAND_ASSERT);
}

void muster_lapic_smi_send_others(void)
{
    command_send(0, COMMAND_SMI | COMMAND_ASSERT | COMMAND_ALL_OTHERS);
}

/* One whose registers are not there to begin with is taken to move. */
INSTALL_ONLY bool lapic_moves(uint32_t elsewhere)
{
    const volatile uint32_t *version =
        (const volatile uint32_t *)(uintptr_t)(IMAGE_LAPIC_BASE + VERSION);
    uint64_t base = base_read();
    uint32_t before = *version;
    uint32_t during;

    base_write(elsewhere | (base & BASE_FLAGS));
    during = *version;
    base_write(base);
    return during != before || before == UINT32_MAX;
}

uint32_t lapic_read(uint32_t offset)
{
    return *lapic_register(offset);
}

void lapic_write(uint32_t offset, uint32_t value)
{
    *lapic_register(offset) = value;
}

bool lapic_is_in_service(uint8_t vector)
{
    return lapic_read(LAPIC_SERVICE + vector / 32 * 0x10) >> (vector % 32) & 1;
}

void lapic_vector_send(uint8_t vector)
{
    command_send(lapic_read(IDENTIFIER), vector | COMMAND_ASSERT);
}

void lapic_nmi_send(void)
{
    command_send(lapic_read(IDENTIFIER), COMMAND_NMI | COMMAND_ASSERT);
}
