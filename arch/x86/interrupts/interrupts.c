/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maskable interrupts for a handler that supplies their vectors (muster/interrupts.h). Only in images
 * that have such a handler: an IDT that reaches up to them has 4 KiB.
 */
#include <muster/interrupts.h>

#include <arch/x86/context.h>
#include <arch/x86/idt.h>
#include <arch/x86/lapic.h>
#include <arch/x86/trap.h>

#define VECTORS     256u
#define VECTOR_STEP 8u /* bytes of each stub in vectors.S */

static uint64_t idt[VECTORS][2] __attribute__((section(".data.rel.ro.idt"), aligned(16)));

extern const uint8_t interrupt_vectors[] __attribute__((visibility("hidden")));

/* What lies between the exceptions and the lowest vector of a handler has no gate. */
void interrupts_install(void)
{
    const uint64_t *gates = (const uint64_t *)(uintptr_t)entry_idt_pointer.base;

    for (unsigned word = 0; word < 2 * CONTEXT_VECTORS; word++)
        idt[word / 2][word % 2] = gates[word];
    for (unsigned vector = MUSTER_INTERRUPTS_FIRST; vector < VECTORS; vector++)
        context_gate_fill(idt[vector],
                          interrupt_vectors + (vector - MUSTER_INTERRUPTS_FIRST) * VECTOR_STEP);
    entry_idt_pointer.limit = sizeof(idt) - 1;
    entry_idt_pointer.base = (uintptr_t)idt;
}

bool muster_interrupts_enable(struct muster_interrupts *interrupts)
{
    struct trap_state *state;

    if (interrupts->count == 0 || interrupts->count > MUSTER_INTERRUPTS_MAX ||
        interrupts->first < MUSTER_INTERRUPTS_FIRST ||
        interrupts->first + interrupts->count > 256)
        return false;
    state = trap_arm(CONTEXT_ARMED_INTERRUPTS);
    if (state == NULL)
        return false;
    state->interrupts = interrupts;
    state->foreign = 0;
    state->priority = lapic_read(LAPIC_PRIORITY);
    state->line = lapic_read(LAPIC_LINE);
    lapic_write(LAPIC_LINE, state->line | LAPIC_LINE_MASK);
    /* Lets in the classes above its own. */
    lapic_write(LAPIC_PRIORITY, ((interrupts->first >> 4) - 1u) << 4);
    __asm__ volatile("sti" : : : "memory");
    return true;
}

/* They are in service, the highest last: as many ends as there are, and then each anew. */
static void foreign_return(uint32_t foreign)
{
    for (uint32_t left = foreign; left != 0; left &= left - 1)
        lapic_write(LAPIC_EOI, 0);
    for (unsigned bit = 0; bit < 32; bit++)
        if (foreign >> bit & 1)
            lapic_vector_send((uint8_t)(MUSTER_INTERRUPTS_FIRST + bit));
}

void interrupts_over(struct x86_context *context)
{
    struct trap_state *state = trap_state_of(context, CONTEXT_ARMED_INTERRUPTS);

    if (state == NULL)
        return;
    __asm__ volatile("cli" : : : "memory");
    context->tss.armed &= ~(uint32_t)CONTEXT_ARMED_INTERRUPTS;
    foreign_return(state->foreign);
    lapic_write(LAPIC_PRIORITY, state->priority);
    lapic_write(LAPIC_LINE, state->line);
}

void muster_interrupts_disable(void)
{
    interrupts_over(context_own());
}

/* An INT of the handler's own is one that is not in service. */
bool interrupt_take(struct trap_state *state, uint8_t vector)
{
    struct muster_interrupts *interrupts = state->interrupts;

    if (!lapic_is_in_service(vector))
        return vector == (lapic_read(LAPIC_SPURIOUS) & 0xff);
    if (vector < interrupts->first || vector >= interrupts->first + interrupts->count) {
        state->foreign |= 1u << (vector - MUSTER_INTERRUPTS_FIRST);
        return true;
    }
    interrupts->functions[vector - interrupts->first](interrupts, vector);
    lapic_write(LAPIC_EOI, 0);
    return true;
}
