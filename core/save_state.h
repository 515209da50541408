/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The save state: what the processor wrote to SMRAM as it entered SMM and reads back at RSM.
 *
 * Two layouts are served: that of the AMD64 architecture manual, volume 2 ("SMM state-save area"),
 * which emulators use for 64-bit processors, and that of Intel 64 (SDM volume 3C, table 34-3). Which
 * it is the revision tells, in the states that the processors write at their first SMIs (relocate.c).
 * All processors have the same.
 *
 * Offsets count from SMBASE + 8000h.
 */
#ifndef CORE_SAVE_STATE_H
#define CORE_SAVE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/layouts.h>
#include <core/runtime.h>

enum save_state_layout {
    LAYOUT_NONE, /* no processor has moved yet */
    LAYOUT_AMD64,
    LAYOUT_INTEL64,
};

/* The emulators'. AMD's own processors say 00030064h and are not served: SYSRET leaves SS's
 * attributes there as they were, so that these do not show who runs. */
#define REVISION_AMD64     0x00020064u
#define REVISION_AMD64_OWN 0x00030064u

/* Upper half: SMBASE can be moved (2), I/O instructions can be restarted (1). Lower half, of Intel's
 * processors: from this level on they write the layout of Intel 64, below it the 32-bit one. */
#define REVISION_MOVES          0x0002u
#define REVISION_MOVES_RESTARTS 0x0003u
#define LEVEL_INTEL64           0x0006u

static inline bool revision_is_intel64(uint32_t revision)
{
    return revision >> 16 == REVISION_MOVES_RESTARTS && (revision & 0xffff) >= LEVEL_INTEL64 &&
           revision != REVISION_AMD64_OWN;
}

/* 64 bits where nothing else is said. */
enum save_state_field {
    SAVE_STATE_REVISION_FIELD = 0x7efc, /* 32 bits, in every layout */

    SAVE_STATE_SS_ATTRIBUTES =
        0x7e22,                 /* 16 bits; the descriptor's privilege level in bits 6:5 */
    SAVE_STATE_SMBASE = 0x7f00, /* 32 bits */
    SAVE_STATE_RIP = 0x7f78,
    SAVE_STATE_RDI = 0x7fc0,
    SAVE_STATE_RSI = 0x7fc8,
    SAVE_STATE_RBX = 0x7fe0,
    SAVE_STATE_RCX = 0x7ff0,
    SAVE_STATE_RAX = 0x7ff8,

    INTEL64_SMBASE = 0x7ef8, /* 32 bits */
    INTEL64_RAX = 0x7f5c,
    INTEL64_RCX = 0x7f64,
    INTEL64_RBX = 0x7f74,
    INTEL64_RSI = 0x7f8c,
    INTEL64_RDI = 0x7f94,
    INTEL64_IO_STATE = 0x7fa4, /* 32 bits: intel64.h */
    INTEL64_CS = 0x7fac,       /* 32 bits: the selector */
    INTEL64_RIP = 0x7fd8,
    INTEL64_RFLAGS = 0x7fe8,
};

/* Intel's registers begin at multiples of 4. */
typedef uint64_t save_state_value __attribute__((aligned(4)));

static inline save_state_value *save_state_at(uint8_t *save_state, enum save_state_field field)
{
    return (save_state_value *)(void *)(save_state + field);
}

static inline uint64_t save_state_read64(const struct muster_processor *processor,
                                         enum save_state_field field)
{
    return *save_state_at(processor->save_state, field);
}

static inline void save_state_write64(struct muster_processor *processor,
                                      enum save_state_field field, uint64_t value)
{
    *save_state_at(processor->save_state, field) = value;
}

static inline uint32_t save_state_read32(const struct muster_processor *processor,
                                         enum save_state_field field)
{
    return *(const uint32_t *)(const void *)(processor->save_state + field);
}

static inline void save_state_write32(struct muster_processor *processor,
                                      enum save_state_field field, uint32_t value)
{
    *(uint32_t *)(void *)(processor->save_state + field) = value;
}

/* An image that serves one layout asks nothing. */
static inline bool save_state_is_intel64(const struct muster_processor *processor)
{
    return ARCH_INTEL64_SERVED && processor->intel64;
}

static inline enum save_state_field save_state_smbase_field(uint32_t layout)
{
    return ARCH_INTEL64_SERVED && layout == LAYOUT_INTEL64 ? INTEL64_SMBASE : SAVE_STATE_SMBASE;
}

static inline enum save_state_field save_state_rip_field(uint32_t layout)
{
    return ARCH_INTEL64_SERVED && layout == LAYOUT_INTEL64 ? INTEL64_RIP : SAVE_STATE_RIP;
}

/* AMD64: privilege level of the interrupted code, which is that of the stack segment. */
static inline unsigned save_state_privilege(const struct muster_processor *processor)
{
    const uint8_t *attributes = processor->save_state + SAVE_STATE_SS_ATTRIBUTES;

    return *attributes >> 5 & 3u;
}

/* When all processors have moved: `layout` is what struct muster_relocation has of them. */
void save_state_layout_set(struct muster_runtime *runtime, uint32_t layout);

#endif
