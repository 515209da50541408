/* SPDX-License-Identifier: BSD-2-Clause */
/* The pointer to the IDT, which entry.S loads, and who may change it before the lock. */
#ifndef ARCH_X86_IDT_H
#define ARCH_X86_IDT_H

#include <stdint.h>

struct __attribute__((packed)) idt_pointer {
    uint16_t limit;
    uint64_t base;
};

extern struct idt_pointer entry_idt_pointer __attribute__((visibility("hidden")));

/* In an image with a handler that uses interrupts: an IDT with their vectors takes the place of
 * the short one. */
void interrupts_install(void) __attribute__((weak));

#endif
