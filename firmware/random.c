/* SPDX-License-Identifier: BSD-2-Clause */
/* See random.h. */
#include <stdbool.h>

#include "random.h"
#include "timer.h"

#define FEATURES_LEAF  1u
#define FEATURE_RDRAND (1u << 30) /* ECX */
#define TRIES          10u /* Intel's advice: more failures than that are a broken source */

static bool has_rdrand(void)
{
    uint32_t eax = FEATURES_LEAF;
    uint32_t ecx = 0;

    __asm__("cpuid" : "+a"(eax), "+c"(ecx) : : "ebx", "edx");
    return (ecx & FEATURE_RDRAND) != 0;
}

static uint64_t rdrand(void)
{
    for (unsigned int try = 0; try < TRIES; try++) {
        uint64_t value;
        bool done;

        __asm__ volatile("rdrand %0" : "=r"(value), "=@ccc"(done));
        if (done) {
            return value;
        }
    }
    return 0;
}

/* Spreads what differs in the low bits over all of them (the finalizer of splitmix64). */
static uint64_t bits_spread(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

uint64_t random_number(void)
{
    return bits_spread(timer_now()) ^ (has_rdrand() ? rdrand() : 0);
}
