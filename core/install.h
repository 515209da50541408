/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Installation: SMRAM and a window are handed over, the runtime fills them in. Called once per
 * boot, by one processor, while SMRAM is still open and nobody else runs. What firmware calls
 * is muster/install.h.
 */
#ifndef CORE_INSTALL_H
#define CORE_INSTALL_H

#include <stddef.h>
#include <stdint.h>

#include <muster/install.h>
#include <muster/window.h>

struct muster_configuration {
    void *smram;       /* for the runtime's own structures; stays in use. Aligned to 64 */
    size_t smram_size; /* bytes; muster_smram_size(processor_count) are needed */
    struct muster_processor
        *processors;         /* [processor_count], aligned to 64, in SMRAM too; NULL:
                                            behind the runtime's structure */
    const uint64_t *smbase;  /* [processor_count], addresses; used during the call only */
    void *window;            /* the OS window, outside SMRAM, aligned to 4096 */
    size_t window_size;      /* bytes */
    uint64_t window_address; /* its physical address */
    const uint32_t *node;    /* [processor_count], copied; NULL: all are of one node */
    const uint32_t *apic_id; /* [processor_count], copied */
    uint32_t processor_count;
    uint32_t absent;   /* the last so many of them are not there yet: nobody waits for them */
    uint32_t features; /* MUSTER_FEATURE_* to publish */
    uint64_t ticks_per_second;  /* of clock_now() */
    uint64_t deadline_directed; /* ticks; see struct muster_window */
    uint64_t deadline_lost;     /* ticks */
    uint64_t handler_budget;    /* ticks the handlers of one round may take */
    uint64_t request_token;     /* see struct muster_image_parameters */
};

struct muster_processor;

/* Bytes of SMRAM that muster_install needs for so many processors. */
size_t muster_smram_size(uint32_t processor_count);

/* Fills SMRAM and window. 0 or MUSTER_INSTALL_* (muster/install.h). */
int muster_install(const struct muster_configuration *configuration);

/* The structure of processor `index`, which its SMI entry code hands to muster_smi. */
struct muster_processor *muster_processor_at(void *smram, uint32_t index);

#endif
