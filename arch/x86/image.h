/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runtime image: what the firmware copies to the start of SMRAM and calls once.
 *
 * The image is position independent. The firmware copies `file_size` bytes to the start of
 * SMRAM, zeroes the rest up to `memory_size`, applies the relocations (image_relocate in the
 * firmware) and calls `install` by the address image + install.
 */
#ifndef ARCH_X86_IMAGE_H
#define ARCH_X86_IMAGE_H

#include <stdint.h>

#include <core/relocate.h>
#include <muster/layout.h>

#define IMAGE_MAGIC UINT64_C(0x314d4d535453554d) /* "MUSTSMM1" */

/* At offset 0. All but `magic` are bytes or offsets from the image's start. */
struct image_header {
    uint64_t magic;
    uint32_t file_size;         /* bytes in the file */
    uint32_t memory_size;       /* bytes in SMRAM, a multiple of 4096 */
    uint32_t relocations_begin; /* Elf64_Rela, all of type R_X86_64_RELATIVE */
    uint32_t relocations_end;
    uint32_t install;   /* int (*)(struct image_parameters *) */
    uint32_t seal;      /* void (*)(void) */
    uint32_t constants; /* where they begin: behind the code, on a page of their own */
    uint32_t data;      /* the same for the data */
    uint32_t data_end;
    uint32_t reserved;
    struct image_sizes {    /* what the image wants of SMRAM besides itself */
        uint32_t entry;     /* entry code of one processor */
        uint32_t shared;    /* the runtime's structure */
        uint32_t structure; /* of one processor */
        uint32_t stack;     /* of one processor */
    } sizes;
};

#define IMAGE_DEFAULT_SMBASE    0x30000u
#define IMAGE_ENTRY_OFFSET      0x8000u /* from SMBASE, as all below */
#define IMAGE_SAVE_STATE_OFFSET 0xfe00u
#define IMAGE_SAVE_STATE_SIZE   0x200u

struct image_parameters {
    const struct muster_layout *layout; /* of SMRAM; the image is at its start */
    uint64_t window_base;
    uint64_t window_size;
    const uint32_t *apic_id;   /* [processors]; index 0 is the boot processor */
    uint32_t features;         /* MUSTER_FEATURE_* */
    uint64_t ticks_per_second; /* of the time-stamp counter */

    /* Filled in. */
    uint64_t *smbase; /* [processors] */
    struct muster_relocation *relocation;
};

/* Errors of install, besides MUSTER_INSTALL_*. */
#define IMAGE_ERROR_PAGES (-20) /* the page tables do not fit their pool */

typedef int image_install_function(struct image_parameters *parameters);
typedef void image_seal_function(void);

#endif
