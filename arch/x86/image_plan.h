/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Planning SMRAM for an image: from what its header says it wants, and from the machine's
 * memory, to a layout. For the firmware, and for the host's `muster layout`.
 */
#ifndef ARCH_X86_IMAGE_PLAN_H
#define ARCH_X86_IMAGE_PLAN_H

#include "image.h"

struct image_memory {
    uint64_t smram_base;
    uint64_t smram_size;
    uint64_t window_base; /* the OS window: it needs page tables too */
    uint64_t window_size;
};

/* What the image needs in this memory for so many processors, in one of the two styles. */
struct muster_layout_request image_request(const struct image_header *header,
                                           const struct image_memory *memory,
                                           uint32_t processors, bool guarded);

/* A guarded layout if there is room for it, else a packed one. 0, or enum muster_layout_error.
 */
int image_plan(const struct image_header *header, const struct image_memory *memory,
               uint32_t processors, struct muster_layout *layout);

/* The largest number of processors for which there is a layout, up to what the window can
 * describe. */
uint32_t image_capacity(const struct image_header *header, const struct image_memory *memory);

#endif
