/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing the processors to the programs that run instead of Linux, and telling which did not
 * come. */
#include <stddef.h>

#include "chipset.h"
#include "exerciser.h"
#include "firmware.h"
#include "log.h"
#include "memory.h"
#include "processors.h"
#include "timer.h"
#include "trampoline.h"

#define STACK_SIZE            4096u
#define STACKS_BASE           0x200000u
#define ARRIVAL_LIMIT_SECONDS 10u /* for all */
#define RESTART_LIMIT_SECONDS 60u /* of one that may have to wait for others' deadlines */
#define RETRY_MICROSECONDS    500u
#define APIC_ID               0x20u

_Noreturn void exerciser_arrive(void);

extern const uint8_t exerciser_start_begin[];
extern const uint8_t exerciser_start_end[];

/* Shared with exerciser_start.S. */
uint32_t exerciser_page_tables;
uint32_t exerciser_stack_size = STACK_SIZE;
uint32_t exerciser_stack_next;

static exerciser_function *target;
static uint32_t arrived[TRAMPOLINE_PROCESSORS_MAX]; /* 1: it is in C code; atomic */

static uint32_t index_find(void)
{
    const volatile uint32_t *id = address_pointer(CHIPSET_APIC + APIC_ID);
    uint32_t index = 0;

    while (index < trampoline_data.registered && trampoline_data.apic_id[index] != *id >> 24) {
        index++;
    }
    if (index == trampoline_data.registered) {
        firmware_stop("a processor with the unknown APIC id %x has started", *id >> 24);
    }
    return index;
}

/* Where exerciser_start.S ends. */
_Noreturn void exerciser_arrive(void)
{
    uint32_t index = index_find();

    __atomic_store_n(&arrived[index], 1, __ATOMIC_RELEASE); /* pairs with the wait below */
    target(index);
    __builtin_unreachable();
}

void exerciser_arrivals_wait(const struct firmware_machine *machine)
{
    uint64_t limit = machine->ticks_per_second * ARRIVAL_LIMIT_SECONDS;
    uint64_t begin = timer_now();

    for (uint32_t index = 1; index < trampoline_data.registered; index++) {
        while (!__atomic_load_n(&arrived[index], __ATOMIC_ACQUIRE)) {
            if (timer_now() - begin > limit) {
                firmware_stop("processor %u (APIC id %x) has not started again", index,
                              trampoline_data.apic_id[index]);
            }
            __builtin_ia32_pause();
        }
    }
}

void exerciser_restart(const struct firmware_machine *machine, exerciser_function *the_target)
{
    uint64_t cr3;

    __asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
    exerciser_page_tables = (uint32_t)cr3;
    exerciser_stack_next = STACKS_BASE + STACK_SIZE;
    target = the_target;
    memory_copy(address_pointer(TRAMPOLINE_ADDRESS), exerciser_start_begin,
                (size_t)(exerciser_start_end - exerciser_start_begin));
    if (trampoline_data.registered == 1) {
        return;
    }
    processors_wake(machine);
    exerciser_arrivals_wait(machine);
}

void exerciser_stop(uint32_t index)
{
    __atomic_store_n(&arrived[index], 0, __ATOMIC_RELAXED); /* until it has started again */
    processor_init(trampoline_data.apic_id[index]);
}

/* A SIPI is lost on a processor that an SMI has taken out of its wait, until it is parked. */
void exerciser_start_again(const struct firmware_machine *machine, uint32_t index)
{
    uint64_t begin = timer_now();
    uint64_t sent;

    do {
        processor_start(trampoline_data.apic_id[index]);
        sent = timer_now();
        while (!__atomic_load_n(&arrived[index], __ATOMIC_ACQUIRE) && /* as in the wait above */
               timer_now() - sent < machine->ticks_per_second * RETRY_MICROSECONDS / 1000000) {
            __builtin_ia32_pause();
        }
        if (timer_now() - begin > machine->ticks_per_second * RESTART_LIMIT_SECONDS) {
            firmware_stop("processor %u (APIC id %x) has not started after an INIT", index,
                          trampoline_data.apic_id[index]);
        }
    } while (!__atomic_load_n(&arrived[index], __ATOMIC_ACQUIRE));
}
