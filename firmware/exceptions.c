/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exception in the firmware is a bug in it. Without a handler it would be a triple fault,
 * and thus a machine that resets for ever without a word; this says what happened and halts.
 */
#include <stdint.h>

#include "firmware.h"
#include "log.h"
#include "memory.h"

#define EXCEPTIONS     32
#define SELECTOR_CODE  0x10
#define GATE_INTERRUPT 0x8e00 /* present, privilege 0, interrupts off */
#define ENTRY_SIZE     16     /* bytes from one entry of exceptions.S to the next */

struct interrupt_gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t attributes;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

/* What exceptions.S and the processor have pushed, lowest address first. */
struct exception_frame {
    uint64_t vector;
    uint64_t error;
    uint64_t rip;
    uint64_t cs;
    uint64_t rflags;
    uint64_t rsp;
    uint64_t ss;
};

extern const uint8_t exception_entries[];
_Noreturn void exception_report(const struct exception_frame *frame);

static struct interrupt_gate gates[EXCEPTIONS];

_Noreturn void exception_report(const struct exception_frame *frame)
{
    uint64_t address;

    __asm__ volatile("movq %%cr2, %0" : "=r"(address));
    firmware_stop("exception %lu (error %lx) at %lx, stack %lx, CR2 %lx", frame->vector,
                  frame->error, frame->rip, frame->rsp, address);
}

void exceptions_catch(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof(gates) - 1, pointer_address(gates)};

    for (uint32_t i = 0; i < EXCEPTIONS; i++) {
        uint64_t entry = pointer_address(exception_entries) + (uint64_t)i * ENTRY_SIZE;

        gates[i] = (struct interrupt_gate){
            .offset_low = (uint16_t)entry,
            .selector = SELECTOR_CODE,
            .attributes = GATE_INTERRUPT,
            .offset_middle = (uint16_t)(entry >> 16),
            .offset_high = (uint32_t)(entry >> 32),
        };
    }
    __asm__ volatile("lidt %0" : : "m"(pointer));
}
