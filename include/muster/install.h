/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How firmware installs the runtime: what it calls before it locks SMRAM. All of it on one
 * processor, in 64-bit mode with memory below 4 GiB mapped to itself, while SMRAM is open and
 * nobody else looks at it. In this order:
 *
 *   muster_image_load      the image into SMRAM
 *   muster_image_plan      where everything else goes
 *   muster_layout_check    an independent look at the plan (muster/layout.h)
 *   muster_image_install   fills SMRAM and the window, and the entry code in default SMRAM
 *   ...                    each processor's first SMI (muster/relocate.h)
 *   muster_image_seal      default SMRAM belongs to the OS from now on
 *   ...                    SMIs on, SMRAM closed and locked: the firmware's own business
 *
 * The image is what runs in SMM: a file of its own, linked from libmuster.a, a port
 * (muster/port.h) and handlers (muster/handler.h), which the firmware carries as data. It is
 * position independent: load fits it to its address.
 */
#ifndef MUSTER_INSTALL_H
#define MUSTER_INSTALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/layout.h>
#include <muster/relocate.h>

/* Errors, beside enum muster_layout_error. */
#define MUSTER_INSTALL_PROCESSORS                                                              \
    (-11) /* none, more than MUSTER_WINDOW_PROCESSORS_MAX, or absent */
#define MUSTER_INSTALL_SMRAM    (-12) /* SMRAM too small or not aligned to 64 */
#define MUSTER_INSTALL_WINDOW   (-13) /* window too small or not aligned to 4096 */
#define MUSTER_INSTALL_HANDLERS (-14) /* two handlers claim one command */
#define MUSTER_INSTALL_PAGES    (-15) /* the page tables do not fit their pool */
#define MUSTER_INSTALL_IMAGE    (-16) /* not an image, not all of it, or larger than SMRAM */
#define MUSTER_INSTALL_MEMORY   (-17) /* see struct muster_image_memory */
#define MUSTER_INSTALL_TOKEN    (-18) /* 0 or all ones, which anybody may have in a register */

/* ---- The image ---- */

#define MUSTER_IMAGE_MAGIC UINT64_C(0x314d4d535453554d) /* "MUSTSMM1" */

/* At its offset 0. All but `magic` are bytes, or offsets from the image's start. */
struct muster_image_header {
    uint64_t magic;             /* MUSTER_IMAGE_MAGIC */
    uint32_t file_size;         /* bytes in the file */
    uint32_t memory_size;       /* bytes in SMRAM, a multiple of 4096 */
    uint32_t relocations_begin; /* Elf64_Rela, all of type R_X86_64_RELATIVE */
    uint32_t relocations_end;   /* behind the last one */
    uint32_t install;           /* int (*)(struct muster_image_parameters *) */
    uint32_t seal;              /* void (*)(void) */
    uint32_t constants;         /* where they begin: behind the code, on a page of their own. In
                                   images for small SMRAM they count as code: equal to `data` */
    uint32_t data;              /* the same for the data */
    uint32_t data_end;          /* behind the data: memory_size, or less */
    uint32_t reserved;          /* 0 */
    /* What the image wants of SMRAM besides itself. */
    struct muster_image_sizes {
        uint32_t entry;     /* entry code of one processor */
        uint32_t shared;    /* the runtime's structure */
        uint32_t structure; /* of one processor */
        uint32_t stack;     /* of one processor */
        uint32_t context;   /* of one processor: what it looks at itself, its GDT and so on */
        uint16_t handler_stack_pages; /* of stacks that all processors share */
        uint16_t save_state;          /* of one processor: the largest that it may write */
    } sizes;                          /* in bytes */
};

/* ---- The memory ---- */

#define MUSTER_IMAGE_RANGES_MAX 4u /* in struct muster_image_memory */

/* Memory besides the window that the port or a handler touches in SMM. */
struct muster_image_range {
    uint64_t base; /* physical address */
    uint64_t size; /* bytes; 0: not used */
    bool device;   /* registers: not cached */
};

/* All physical, all below 4 GiB. In SMM nothing else is mapped. Window and ranges share no page
 * with SMRAM, and none with the first MiB.
 *
 * Low SMRAM is for exceptions in 16-bit mode, whose vectors and stacks cannot lie higher: 64 bytes,
 * and as many for each processor. Without it, and without SMRAM that begins below 1 MiB itself,
 * such an exception shuts the machine down. */
struct muster_image_memory {
    uint64_t smram_base;  /* page aligned; the image goes to its start */
    uint64_t smram_size;  /* a multiple of the page */
    uint64_t window_base; /* the OS window (muster/window.h): page aligned, reserved RAM */
    uint64_t window_size; /* bytes, a multiple of the page */
    uint64_t low_base;    /* SMRAM below 1 MiB besides, aligned to 64; 0: none */
    uint64_t low_size;    /* bytes */
    struct muster_image_range ranges[MUSTER_IMAGE_RANGES_MAX]; /* unused ones have size 0 */
};

/* ---- The calls ---- */

/* Copies the image to the start of SMRAM and fits it to its address. 0 or MUSTER_INSTALL_IMAGE.
 * `image` is aligned to 8. */
int muster_image_load(const void *image, size_t image_size,
                      const struct muster_image_memory *memory);

/*
 * Plans SMRAM for the image: guarded if there is room for it, else packed. 0, enum
 * muster_layout_error or MUSTER_INSTALL_MEMORY. For MUSTER_LAYOUT_FULL, muster_image_capacity
 * says how many processors there is room for.
 */
int muster_image_plan(const struct muster_image_header *header,
                      const struct muster_image_memory *memory, uint32_t processors,
                      struct muster_layout *layout);

/* The largest number of processors there is room for; 0 if none. */
uint32_t muster_image_capacity(const struct muster_image_header *header,
                               const struct muster_image_memory *memory);

/* What the image is told to install itself for. The caller's, used during the call only but where
 * it says so. */
struct muster_image_parameters {
    const struct muster_layout *layout;       /* from muster_image_plan; kept until the seal */
    const struct muster_image_memory *memory; /* what muster_image_plan was given */
    const uint32_t *apic_id;                  /* [processors]; index 0 is the boot processor */
    const uint32_t *node;                     /* [processors]; NULL: all are of one node */
    uint32_t features;                        /* MUSTER_FEATURE_* */
    uint32_t absent; /* the last so many processors are not there yet (muster/plug.h); only with
                        MUSTER_FEATURE_PLUG */
    uint32_t deadline_milliseconds; /* until absentees get an SMI of their own, and again until
                                        they are lost */
    uint64_t ticks_per_second;      /* of the time-stamp counter */
    uint64_t request_token;         /* muster/window.h: one that no process can guess */

    /* Filled in. */
    uint64_t *smbase;                     /* [processors]: the caller's array */
    struct muster_relocation *relocation; /* in SMRAM: what the first SMIs are about */
};

/* Calls into the image in SMRAM, at the start of the layout's: fills SMRAM, the window, and the
 * entry code in default SMRAM. 0 or MUSTER_INSTALL_*. */
int muster_image_install(struct muster_image_parameters *parameters);

/* The same way: forgets default SMRAM. Once every processor has been relocated, and before the OS
 * gets that memory. With MUSTER_FEATURE_PLUG it is never the OS's: it is closed and locked with the
 * rest, and the gate for processors that come later stays there. */
void muster_image_seal(const struct muster_layout *layout);

#endif
