/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The save state: what the processor wrote to SMRAM as it entered SMM and reads back at RSM.
 *
 * Offsets count from SMBASE + 8000h, in the layout with revision 00020064h (AMD64 architecture
 * manual, volume 2, "SMM state-save area"; the one emulators use for 64-bit processors).
 */
#ifndef CORE_SAVE_STATE_H
#define CORE_SAVE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <core/runtime.h>

#define SAVE_STATE_REVISION 0x00020064u

enum save_state_field {
    SAVE_STATE_SS_ATTRIBUTES =
        0x7e22, /* 16 bits; the descriptor's privilege level in bits 6:5 */
    SAVE_STATE_REVISION_FIELD = 0x7efc, /* 32 bits */
    SAVE_STATE_SMBASE = 0x7f00,         /* 32 bits */
    SAVE_STATE_RIP = 0x7f78,            /* the rest: 64 bits */
    SAVE_STATE_RDI = 0x7fc0,
    SAVE_STATE_RSI = 0x7fc8,
    SAVE_STATE_RBX = 0x7fe0,
    SAVE_STATE_RCX = 0x7ff0,
    SAVE_STATE_RAX = 0x7ff8,
};

/* A field of 64 bits. */
static inline uint64_t *save_state_at(uint8_t *save_state, enum save_state_field field)
{
    return (uint64_t *)(void *)(save_state + field);
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

/* Privilege level of the interrupted code: that of the stack segment. */
static inline unsigned save_state_privilege(const struct muster_processor *processor)
{
    const uint8_t *attributes = processor->save_state + SAVE_STATE_SS_ATTRIBUTES;

    return *attributes >> 5 & 3u;
}

#endif
