/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a log says, as time: the SMIs in order, and for each processor in them the phases it
 * went through. Table, SVG, Chrome trace and HTML are all drawn from this.
 *
 * An SMI's time is counted in ticks from the log's first event. A processor that was in it has
 *
 *   entry    the round's first one is in, this one is not yet
 *   gather   it is in, and waits for the rest
 *   handler  the monarch handles        held     a follower is parked meanwhile
 *   release  until it sees the door open
 *   exit     it is released, the round's last one is not yet
 *
 * and, where the log does not tell these apart: `empty` (nothing was to be done), `late` (came
 * after the door was closed), `broken` (the monarch was lost), `inside` (the monarch's record
 * is not in the log), `stopped` (the runtime faulted; the processor never leaves).
 */
#ifndef TOOLS_MUSTER_TIMELINE_H
#define TOOLS_MUSTER_TIMELINE_H

#include "log.h"

#include <tools/shared/record.h>

enum phase {
    PHASE_ENTRY,
    PHASE_GATHER,
    PHASE_HANDLER,
    PHASE_HELD,
    PHASE_RELEASE,
    PHASE_EXIT,
    PHASE_EMPTY,
    PHASE_LATE,
    PHASE_BROKEN,
    PHASE_INSIDE,
    PHASE_STOPPED,
    PHASES
};

#define NOTES_MAX (RECORD_TEXT + 96u)

struct phase_style {
    const char *name;
    const char *meaning;
    const char *colour;
};

extern const struct phase_style phase_styles[PHASES];

/* Of one processor. Spans of one SMI lie together, by processor and by time. */
struct span {
    uint64_t begin, end;
    uint16_t processor;
    uint16_t phase; /* enum phase */
};

struct smi {
    uint32_t round;
    const struct muster_record *monarch; /* NULL: not in the log */
    unsigned monarchs;                   /* records that claim to be it */
    unsigned records;                    /* late ones not counted */
    const struct muster_record *first;   /* its records, `all` of them, in timeline.sorted */
    unsigned all;
    uint64_t begin, end; /* first in, last out */
    size_t spans;        /* index of the first in timeline.spans */
    size_t spans_count;
};

struct timeline {
    const struct log *log;
    struct muster_record *sorted; /* by round, then processor, then time; times from `start` */
    struct smi *smis;
    size_t smis_count;
    struct span *spans;
    size_t spans_count;
    uint64_t start, end; /* ticks, of the whole log */
};

bool timeline_make(struct timeline *timeline, const struct log *log);
void timeline_free(struct timeline *timeline);

/* Ticks as the log's unit: microseconds, or ticks where they are not time. */
double timeline_time(const struct timeline *timeline, uint64_t ticks);
const char *timeline_unit(const struct timeline *timeline);

/* "request", "byte+TCO", "none"; "fault" of a stopped processor; "?" without the monarch's
 * record. */
const char *smi_cause(const struct smi *smi, char text[RECORD_TEXT]);
/* What a record's flags say, and the fault if there is one. */
const char *record_notes(const struct muster_record *record, char text[NOTES_MAX]);

/* The last time a record knows of. */
uint64_t record_end(const struct muster_record *record);

/* The monarch's; without one, those of a processor that is stopped. */
const char *smi_notes(const struct smi *smi, char text[NOTES_MAX]);

struct finding {
    const struct smi *smi;
    char text[NOTES_MAX + 32];
};

/* What should not be in a log: the number of findings; at most `limit` are stored. */
size_t timeline_check(const struct timeline *timeline, struct finding *findings, size_t limit);

#endif
