/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the flags and causes of a log record are called, and a record as it stands in a log: the
 * one place for all tools. A new flag or cause is one line in record.c.
 */
#ifndef TOOLS_SHARED_RECORD_H
#define TOOLS_SHARED_RECORD_H

#include <muster/window.h>
#include <stdbool.h>
#include <stdio.h>

struct record_word {
    uint32_t bit;
    const char *name;
    bool trouble; /* of a flag: not what one hopes for */
};

/* Room for counts of each, by the number of the bit. */
#define RECORD_FLAG_BITS  16u
#define RECORD_CAUSE_BITS 32u
#define RECORD_TEXT       192u /* all of them, joined */

/* Ended by a name of NULL. The flags are those that tell a round from the usual one. */
extern const struct record_word record_flags[];
extern const struct record_word record_causes[];

/* Those that fire on any machine with a chipset; the others are shown only where they did. */
#define RECORD_CAUSES_USUAL (MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE | MUSTER_CAUSE_TCO)

static inline unsigned record_bit(uint32_t flag_or_cause)
{
    return (unsigned)__builtin_ctz(flag_or_cause);
}

/* "late deadline"; "" if there is none. */
const char *record_flags_text(uint16_t flags, char text[RECORD_TEXT]);
/* "request", "byte+TCO", "none". */
const char *record_cause_text(uint32_t cause, char text[RECORD_TEXT]);

/* What the monarch answered a command byte; 0 if there was none. */
unsigned record_status(const struct muster_record *record);

/* One object of a log's "records". Fields are named as in <muster/window.h>; sets are lists of
 * processor indices. */
void record_json(FILE *out, const struct muster_record *record);

#endif
