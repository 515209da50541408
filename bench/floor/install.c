/* SPDX-License-Identifier: BSD-2-Clause */
/* Installs a floor as the firmware installs the runtime: see muster/install.h. */
#include <stddef.h>

#include <arch/x86/image.h>
#include <muster/layout.h>
#include <muster/relocate.h>

#include "floor.h"

/* The words the processors share, a line each: who is in, who is released. */
static struct {
    _Alignas(FLOOR_LINE) uint8_t line[2][FLOOR_LINE];
} words;

static struct muster_relocation relocation;

/* No floor needs a stack or a structure; the planner wants some of each. */
static const struct muster_image_sizes sizes __attribute__((section(".image_sizes"), used)) = {
    .entry = FLOOR_ENTRY_SIZE,
    .shared = FLOOR_LINE,
    .structure = FLOOR_LINE,
    .stack = FLOOR_LINE,
    .save_state = 0x200,
};

__attribute__((used)) int image_install(struct muster_image_parameters *parameters);
__attribute__((used)) void image_seal(void);

static void code_copy(uint8_t *to, const uint8_t *begin, const uint8_t *end)
{
    for (const uint8_t *from = begin; from != end; from++)
        to[from - begin] = *from;
}

static void constant_write(uint8_t *place, uint32_t value)
{
    for (unsigned byte = 0; byte < sizeof(value); byte++)
        place[byte] = (uint8_t)(value >> (8 * byte));
}

int image_install(struct muster_image_parameters *parameters)
{
    const struct muster_layout *layout = parameters->layout;
    uint8_t *first = (uint8_t *)(uintptr_t)(IMAGE_DEFAULT_SMBASE + IMAGE_ENTRY_OFFSET);

    for (uint32_t index = 0; index < layout->request.processors; index++) {
        uint64_t smbase = muster_layout_smbase(layout, index);
        uint8_t *entry = (uint8_t *)(uintptr_t)(smbase + IMAGE_ENTRY_OFFSET);

        code_copy(entry, floor_begin, floor_end);
        constant_write(entry + (floor_words_place - floor_begin), (uint32_t)(uintptr_t)&words);
        constant_write(entry + (floor_processors_place - floor_begin),
                       layout->request.processors);
        parameters->smbase[index] = smbase;
    }
    code_copy(first, floor_relocate_begin, floor_relocate_end);
    constant_write(first + (floor_relocation_place - floor_relocate_begin),
                   (uint32_t)(uintptr_t)&relocation);
    relocation.save_state = first;
    parameters->relocation = &relocation;
    return 0;
}

void image_seal(void)
{
}
