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

#define MSR_BASE      0x1bu
#define BASE_FLAGS    0xfffu
#define BASE_EXTENDED (1u << 10) /* x2APIC mode: registers are MSRs */

/* In x2APIC mode. Register n * 10h is number n of them; the command's two halves are one. */
#define MSR_REGISTERS 0x800u

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

static uint64_t msr_read(uint32_t number)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static void msr_write(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(number)
                     : "memory");
}

/* An OS can have chosen either mode. */
static bool is_extended(void)
{
    return (msr_read(MSR_BASE) & BASE_EXTENDED) != 0;
}

uint32_t lapic_read(uint32_t offset)
{
    if (is_extended())
        return (uint32_t)msr_read(MSR_REGISTERS + offset / 0x10);
    return *lapic_register(offset);
}

void lapic_write(uint32_t offset, uint32_t value)
{
    if (is_extended())
        msr_write(MSR_REGISTERS + offset / 0x10, value);
    else
        *lapic_register(offset) = value;
}

/* In one piece, so that nothing of the interrupted code's is disturbed. Such an MSR is not in order with
 * stores that were made before. */
static void command_write_extended(uint32_t apic_id, uint32_t command)
{
    __asm__ volatile("mfence; lfence" : : : "memory");
    msr_write(MSR_REGISTERS + COMMAND_LOW / 0x10, (uint64_t)apic_id << 32 | command);
}

/* The interrupted code may have been between its writes to the two halves of the register: an
 * IPI of its own must have left, and its high half must be as it was. */
static void command_write(uint32_t apic_id, uint32_t command)
{
    uint32_t saved_high = *lapic_register(COMMAND_HIGH);

    pending_wait();
    *lapic_register(COMMAND_HIGH) = apic_id << COMMAND_DESTINATION;
    *lapic_register(COMMAND_LOW) = command;
    pending_wait();
    *lapic_register(COMMAND_HIGH) = saved_high;
}

/* An OS can have moved its local APIC to where it is not mapped here: then it is where it should be for as
 * long as this takes. */
static void command_send(uint32_t apic_id, uint32_t command)
{
    uint64_t base = msr_read(MSR_BASE);

    if (base & BASE_EXTENDED) {
        command_write_extended(apic_id, command);
    } else if ((base & ~(uint64_t)BASE_FLAGS) == IMAGE_LAPIC_BASE) {
        command_write(apic_id, command);
    } else {
        msr_write(MSR_BASE, IMAGE_LAPIC_BASE | (base & BASE_FLAGS));
        command_write(apic_id, command);
        msr_write(MSR_BASE, base);
    }
}

void muster_lapic_smi_send(uint32_t apic_id)
{
    command_send(apic_id, COMMAND_SMI | COMMAND_ASSERT);
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
    uint64_t base = msr_read(MSR_BASE);
    uint32_t before = *version;
    uint32_t during;

    msr_write(MSR_BASE, elsewhere | (base & BASE_FLAGS));
    during = *version;
    msr_write(MSR_BASE, base);
    return during != before || before == UINT32_MAX;
}

bool lapic_is_in_service(uint8_t vector)
{
    return lapic_read(LAPIC_SERVICE + vector / 32 * 0x10) >> (vector % 32) & 1;
}

/* In x2APIC mode all of the register is the id. */
static uint32_t id_own(void)
{
    uint32_t id = lapic_read(IDENTIFIER);

    return is_extended() ? id : id >> COMMAND_DESTINATION;
}

void lapic_vector_send(uint8_t vector)
{
    command_send(id_own(), vector | COMMAND_ASSERT);
}

void lapic_nmi_send(void)
{
    command_send(id_own(), COMMAND_NMI | COMMAND_ASSERT);
}
