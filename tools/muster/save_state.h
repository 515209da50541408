/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three layouts in which processors save their state as they enter SMM, as tables, and what
 * single fields mean. Offsets count from SMBASE + 8000h, as the manuals print them; all three
 * end at 7FFFh and have the revision at 7EFCh.
 *
 *   32-bit    Intel SDM volume 3, "SMRAM state save map"; from 7E00h
 *   intel64   Intel SDM volume 3, "SMRAM state save map for Intel 64 architecture"; from 7C00h
 *   amd64     AMD64 manual volume 2, "SMM state-save area"; from 7E00h
 */
#ifndef TOOLS_MUSTER_SAVE_STATE_H
#define TOOLS_MUSTER_SAVE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAVE_STATE_END      0x8000u /* one beyond the last byte of any layout */
#define SAVE_STATE_REVISION 0x7efcu

enum save_state_layout { SAVE_STATE_32, SAVE_STATE_INTEL64, SAVE_STATE_AMD64, SAVE_STATES };

/* How a field is explained. */
enum save_state_kind {
    KIND_PLAIN,
    KIND_FLAGS,
    KIND_CR0,
    KIND_CR4,
    KIND_EFER,
    KIND_ATTRIBUTES, /* of a segment */
    KIND_REVISION,
    KIND_IO_STATE, /* Intel's, revision 30004h and later */
    KIND_IO_TRAP,  /* AMD's */
    KIND_HALT,
    KIND_IO_RESTART,
};

struct save_state_field {
    const char *name;
    uint16_t offset; /* from SMBASE + 8000h */
    uint8_t size;    /* 1, 2, 4 or 8 */
    uint8_t kind;
};

struct save_state_map {
    const char *name;
    const char *title;
    uint16_t begin; /* offset of its first byte */
    const struct save_state_field *fields;
    size_t fields_count;
};

extern const struct save_state_map save_state_maps[SAVE_STATES];

/* Bytes of SMRAM: `bytes[0]` is the one at SMBASE + 8000h + `offset` (which may be negative).
 */
struct save_state_dump {
    const uint8_t *bytes;
    size_t length;
    int64_t offset;
};

/* False: the dump does not hold all of the field. */
bool save_state_read(const struct save_state_dump *dump, uint32_t offset, unsigned size,
                     uint64_t *value);

/* The layout that writes this revision; SAVE_STATES if none is known to. */
enum save_state_layout save_state_layout_of(uint32_t revision);

/* An I/O instruction that the SMI came with. */
struct save_state_io {
    bool valid; /* the SMI came with an I/O instruction */
    bool known; /* its length and type are among the defined ones */
    uint16_t port;
    unsigned length; /* bytes */
    bool in, string, rep;
    const char *operand; /* "immediate", "DX", or "" where the format does not tell */
};

struct save_state_io save_state_io_intel(uint32_t io_state);
struct save_state_io save_state_io_amd(uint32_t trap_offset);

/* What a value means, in a few words; "" where there is nothing to add. */
void save_state_explain(const struct save_state_field *field, uint64_t value, uint32_t revision,
                        char *text, size_t size);

#endif
