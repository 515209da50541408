/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the constants of an entry stub. See entry.h. */
#include "entry.h"
#include "context.h"

void entry_constant_write(uint8_t *place, uint32_t value)
{
    for (unsigned byte = 0; byte < sizeof(value); byte++)
        place[byte] = (uint8_t)(value >> (8 * byte));
}

static void constant_write(uint8_t *stub, const uint8_t *label, uint32_t value)
{
    entry_constant_write(stub + (label - entry_stub_begin), value);
}

static uint32_t address_of(const uint8_t *place)
{
    return (uint32_t)(uintptr_t)place;
}

void entry_stub_write(uint8_t *stub, const struct entry_constants *constants)
{
    const uint8_t *end = entry_stub_end;

    for (const uint8_t *from = entry_stub_begin; from != end; from++)
        stub[from - entry_stub_begin] = *from;
    constant_write(stub, entry_stub_gdt_pointer, constants->context + CONTEXT_GDT_POINTER);
    constant_write(stub, entry_stub_page_tables, constants->page_tables);
    constant_write(stub, entry_stub_stack, constants->context);
    constant_write(stub, entry_stub_argument, constants->argument);
    constant_write(stub, entry_stub_protected, address_of(entry_protected));
    constant_write(stub, entry_stub_far_address,
                   address_of(stub + (entry_stub_far - entry_stub_begin)));
    constant_write(stub, entry_stub_far, constants->target);
}
