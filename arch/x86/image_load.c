/* SPDX-License-Identifier: BSD-2-Clause */
/* The image's way into SMRAM, and the calls into it: the firmware's side of muster/install.h. */
#include "image.h"

/* Elf64_Rela, for the only type there is in the image: base + addend at an offset. */
struct relocation_record {
    uint64_t offset;
    uint64_t info;
    uint64_t addend;
};

#define RELOCATION_RELATIVE 8u /* R_X86_64_RELATIVE */

static bool parts_are_in_order(const struct muster_image_header *header)
{
    return header->install < header->file_size && header->seal < header->file_size &&
           header->constants <= header->data && header->data <= header->data_end &&
           header->data_end <= header->memory_size &&
           header->constants % MUSTER_LAYOUT_PAGE == 0 &&
           header->data % MUSTER_LAYOUT_PAGE == 0;
}

static bool header_is_whole(const struct muster_image_header *header, size_t image_size)
{
    return image_size >= sizeof(*header) && header->magic == MUSTER_IMAGE_MAGIC &&
           header->file_size >= sizeof(*header) && header->file_size <= image_size &&
           header->file_size <= header->memory_size && parts_are_in_order(header) &&
           header->relocations_begin % sizeof(uint64_t) == 0 &&
           header->relocations_begin <= header->relocations_end &&
           header->relocations_end <= header->file_size;
}

static bool record_is_sound(const struct muster_image_header *header,
                            const struct relocation_record *record)
{
    return record->info == RELOCATION_RELATIVE && record->offset % sizeof(uint64_t) == 0 &&
           record->offset <= header->memory_size - sizeof(uint64_t) &&
           record->addend <= header->memory_size;
}

/* Fits every address in the image at `base` to where it lies. */
static bool image_relocate(uint8_t *base, const struct muster_image_header *header)
{
    const struct relocation_record *record =
        (const void *)((const uint8_t *)header + header->relocations_begin);
    const struct relocation_record *end =
        record + (header->relocations_end - header->relocations_begin) / sizeof(*record);

    for (; record != end; record++) {
        if (!record_is_sound(header, record))
            return false;
        *(uint64_t *)(void *)(base + record->offset) = (uintptr_t)base + record->addend;
    }
    return true;
}

/* False if memory does not hold what is written to it: SMRAM is not open, or not there. */
static bool image_copy(volatile uint8_t *base, const struct muster_image_header *header)
{
    const uint8_t *bytes = (const void *)header;

    for (uint32_t at = 0; at < header->memory_size; at++) {
        uint8_t byte = at < header->file_size ? bytes[at] : 0;

        base[at] = byte;
        if (base[at] != byte)
            return false;
    }
    return true;
}

int muster_image_load(const void *image, size_t image_size,
                      const struct muster_image_memory *memory)
{
    const struct muster_image_header *header = image;
    uint8_t *base = (uint8_t *)(uintptr_t)memory->smram_base;

    if (!header_is_whole(header, image_size) || header->memory_size > memory->smram_size)
        return MUSTER_INSTALL_IMAGE;
    if (!image_copy(base, header))
        return MUSTER_INSTALL_SMRAM;
    return image_relocate(base, header) ? 0 : MUSTER_INSTALL_IMAGE;
}

static uint64_t image_call_address(const struct muster_layout *layout, uint32_t offset)
{
    return layout->request.smram_base + offset;
}

static const struct muster_image_header *image_at(const struct muster_layout *layout)
{
    return (const void *)(uintptr_t)layout->request.smram_base;
}

int muster_image_install(struct muster_image_parameters *parameters)
{
    const struct muster_layout *layout = parameters->layout;
    image_install_function *install = (image_install_function *)(uintptr_t)image_call_address(
        layout, image_at(layout)->install);

    if (parameters->request_token == 0 || ~parameters->request_token == 0)
        return MUSTER_INSTALL_TOKEN;
    return install(parameters);
}

void muster_image_seal(const struct muster_layout *layout)
{
    image_seal_function *seal =
        (image_seal_function *)(uintptr_t)image_call_address(layout, image_at(layout)->seal);

    seal();
}
