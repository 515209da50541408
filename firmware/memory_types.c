/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory types by MTRRs: everything is write-back, but for the legacy video range and the hole
 * below 4 GiB. Linux checks that all processors have the same.
 *
 * QEMU's own emulator clears a processor's MTRRs at INIT, which hardware does not, so with more
 * than one processor whatever is set here would differ from one to the other by the time Linux
 * looks. There they are left as they are: all blank, which Linux takes for a virtual machine
 * without memory types.
 */
#include <stdbool.h>
#include <stdint.h>

#include "firmware.h"

#define MTRR_CAPABILITIES   0xfe
#define MTRR_VARIABLE_BASE  0x200
#define MTRR_VARIABLE_MASK  0x201
#define MTRR_FIXED_64K      0x250 /* 00000h-7FFFFh */
#define MTRR_FIXED_16K_LOW  0x258 /* 80000h-9FFFFh */
#define MTRR_FIXED_16K_HIGH 0x259 /* A0000h-BFFFFh */
#define MTRR_FIXED_4K       0x268 /* C0000h-FFFFFh: eight registers */
#define MTRR_DEFAULT        0x2ff

#define MTRR_CAPABILITY_COUNT 0xff /* number of variable ranges */
#define MTRR_ENABLE           0x800
#define MTRR_ENABLE_FIXED     0x400
#define MTRR_MASK_VALID       0x800
#define TYPE_UNCACHEABLE      0u
#define TYPE_WRITE_BACK       6u
#define ALL_WRITE_BACK        UINT64_C(0x0606060606060606)

static uint64_t msr_read(uint32_t msr)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return ((uint64_t)high << 32) | low;
}

static void msr_write(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static uint32_t cpuid_eax(uint32_t leaf)
{
    uint32_t eax = leaf;
    uint32_t ecx = 0;

    __asm__("cpuid" : "+a"(eax), "+c"(ecx) : : "ebx", "edx");
    return eax;
}

static uint64_t physical_mask(void)
{
    uint32_t bits = 36;

    if (cpuid_eax(0x80000000u) >= 0x80000008u) {
        bits = cpuid_eax(0x80000008u) & 0xffu;
    }
    if (bits > 52) {
        bits = 52;
    }
    return (UINT64_C(1) << bits) - 1;
}

/* The hypervisor's signature is "TCGTCGTCGTCG". */
static bool emulator_forgets_at_init(void)
{
    uint32_t eax = 0x40000000u;
    uint32_t ebx;
    uint32_t ecx = 0;
    uint32_t edx;

    __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return ebx == 0x54474354u && ecx == 0x43544743u && edx == 0x47435447u;
}

void memory_types_set_up(const struct firmware_machine *machine)
{
    uint64_t mask = physical_mask();
    uint64_t ranges = msr_read(MTRR_CAPABILITIES) & MTRR_CAPABILITY_COUNT;
    uint64_t hole = 4 * GIBIBYTE;
    uint32_t range = 0;

    if (machine->processors > 1 && emulator_forgets_at_init()) {
        return;
    }
    msr_write(MTRR_DEFAULT, 0);
    msr_write(MTRR_FIXED_64K, ALL_WRITE_BACK);
    msr_write(MTRR_FIXED_16K_LOW, ALL_WRITE_BACK);
    msr_write(MTRR_FIXED_16K_HIGH, TYPE_UNCACHEABLE);
    for (uint32_t i = 0; i < 8; i++) {
        msr_write(MTRR_FIXED_4K + i, ALL_WRITE_BACK);
    }

    /* The hole, from 4 GiB downwards in naturally aligned powers of two. RAM that ends off a
       16 MiB boundary leaves a rest of the hole write-back, with nothing in it. */
    for (uint64_t size = 2 * GIBIBYTE; size >= 16 * MEBIBYTE && range < ranges; size /= 2) {
        if (hole - size < machine->low_memory_top) {
            continue;
        }
        hole -= size;
        msr_write(MTRR_VARIABLE_BASE + 2 * range, hole | TYPE_UNCACHEABLE);
        msr_write(MTRR_VARIABLE_MASK + 2 * range, (~(size - 1) & mask) | MTRR_MASK_VALID);
        range++;
    }
    for (; range < ranges; range++) {
        msr_write(MTRR_VARIABLE_MASK + 2 * range, 0);
        msr_write(MTRR_VARIABLE_BASE + 2 * range, 0);
    }
    msr_write(MTRR_DEFAULT, MTRR_ENABLE | MTRR_ENABLE_FIXED | TYPE_WRITE_BACK);
}
