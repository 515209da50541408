/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills contexts, the IDT, and CR4's constant. See context.h. */
#include <stdbool.h>

#include <cpuid.h>

#include <core/section.h>

#include "context.h"
#include "idt.h"

#define VECTOR_STEP 8u /* bytes of each stub in fault.S */

#define GATE_INTERRUPT UINT64_C(0x8e00) /* present, level 0, 64-bit interrupt gate */
#define GATE_STACK     UINT64_C(1)      /* interrupt stack 1 */

#define CR4_PSE  (1u << 4)
#define CR4_PAE  (1u << 5)
#define CR4_PGE  (1u << 7)
#define CR4_UMIP (1u << 11)
#define CR4_SMEP (1u << 20)
#define CR4_SMAP (1u << 21)

/* Among the constants: written here, before the lock, and read-only ever after. */
static uint64_t idt[CONTEXT_VECTORS][2]
    __attribute__((section(".data.rel.ro.idt"), aligned(16)));

extern const uint8_t fault_vectors[] __attribute__((visibility("hidden")));

INSTALL_ONLY void context_gate_fill(uint64_t gate[2], const uint8_t *code)
{
    uint64_t address = (uintptr_t)code;

    gate[0] = (address & 0xffff) | (uint64_t)SELECTOR_CODE_64 << 16 | GATE_STACK << 32 |
              GATE_INTERRUPT << 32 | (address >> 16 & 0xffff) << 48;
    gate[1] = address >> 32;
}

INSTALL_ONLY static void idt_fill(void)
{
    for (unsigned vector = 0; vector < CONTEXT_VECTORS; vector++)
        context_gate_fill(idt[vector], fault_vectors + (size_t)vector * VECTOR_STEP);
    entry_idt_pointer.limit = sizeof(idt) - 1;
    entry_idt_pointer.base = (uintptr_t)idt;
}

/* CPUID leaf 7: EBX bits 7 and 20, ECX bits 2 and 16. No page is a user page, so SMEP and SMAP hold
 * without another thought; they cost nothing. PSE and PGE mean nothing to our page tables: every
 * processor with a 64-bit mode has them, OSes set them, and an emulator that finds nothing changed at
 * RSM does without one more flush of its TLB. */
INSTALL_ONLY uint32_t context_cr4(void)
{
    uint32_t eax;
    uint32_t ebx;
    uint32_t ecx;
    uint32_t edx;
    uint32_t value = CR4_PAE | CR4_PSE | CR4_PGE;

    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
        return value;
    value |= ebx & 1u << 7 ? CR4_SMEP : 0;
    value |= ebx & 1u << 20 ? CR4_SMAP : 0;
    value |= ecx & 1u << 2 ? CR4_UMIP : 0;
    value |= ecx & 1u << 16 ? CR4_LA57 : 0;
    return value;
}

INSTALL_ONLY void context_install(void)
{
    idt_fill();
    if (interrupts_install != NULL)
        interrupts_install();
}

INSTALL_ONLY void context_fill(struct x86_context *context, void *self,
                               struct context_link *link, uint32_t below)
{
    uint64_t tss = (uintptr_t)&context->tss;

    *link = (struct context_link){.context = (uintptr_t)context};
    *context = (struct x86_context){
        .tss_selector = SELECTOR_TSS,
        .gdt_limit = SELECTOR_TSS + 2 * sizeof(uint64_t) - 1,
        .gdt_base = (uint32_t)(uintptr_t)context,
        .code_32 = UINT64_C(0x00cf9b000000ffff),
        .code_64 = UINT64_C(0x00af9b000000ffff),
        .tss_descriptor = {(sizeof(struct context_tss) - 1) | (tss & 0xffffff) << 16 |
                               (uint64_t)TSS_AVAILABLE << 40 | (tss >> 24 & 0xff) << 56,
                           tss >> 32},
        .tss = {.self = (uintptr_t)self,
                .stack = (uint32_t)(uintptr_t)link - below,
                .exceptions = (uintptr_t)link},
    };
}
