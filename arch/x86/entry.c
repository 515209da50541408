/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the constants of entry code. See entry.h. */
#include <core/section.h>

#include "context.h"
#include "entry.h"

/* What the assembler's `place` leaves. */
struct __attribute__((packed)) entry_place {
    int32_t place; /* offset from where this stands */
    uint8_t kind;
};

extern const struct entry_place __start_muster_places[] __attribute__((visibility("hidden")));
extern const struct entry_place __stop_muster_places[] __attribute__((visibility("hidden")));

INSTALL_ONLY static void value_write(uint8_t *place, uint32_t value, unsigned size)
{
    for (unsigned byte = 0; byte < size; byte++)
        place[byte] = (uint8_t)(value >> (8 * byte));
}

INSTALL_ONLY void entry_stub_write(uint8_t *stub, const struct entry_constants *constants)
{
    const uint8_t *end = entry_stub_end;

    for (const uint8_t *from = entry_stub_begin; from != end; from++)
        stub[from - entry_stub_begin] = *from;
    value_write(stub + (entry_stub_context - entry_stub_begin), constants->context, 4);
    value_write(stub + (entry_stub_target - entry_stub_begin), constants->target, 4);
}

INSTALL_ONLY static uint32_t value_read(const uint8_t *place)
{
    return (uint32_t)place[0] | (uint32_t)place[1] << 8 | (uint32_t)place[2] << 16 |
           (uint32_t)place[3] << 24;
}

INSTALL_ONLY void entry_places_fill(uint32_t cr3, uint32_t cr4, uint32_t smram_end)
{
    const struct entry_place *end = __stop_muster_places;

    for (const struct entry_place *entry = __start_muster_places; entry != end; entry++) {
        uint8_t *place = (uint8_t *)((uintptr_t)entry + (uintptr_t)entry->place);
        uint32_t here = (uint32_t)(uintptr_t)place;
        const uint32_t values[PLACE_KINDS] = {
            [PLACE_ADDRESS] = here + value_read(place),
            [PLACE_UPPER] = here & 0xffff0000,
            [PLACE_CR3] = cr3,
            [PLACE_CR4] = cr4,
            [PLACE_SMRAM_END] = smram_end,
        };

        value_write(place, values[entry->kind % PLACE_KINDS], 4);
    }
}
