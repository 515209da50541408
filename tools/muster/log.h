/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An SMI log that has been read and checked: "format": "muster-log", as `smistat --records`
 * and the simulator print it. Everything of a log that a picture is made from is in range and
 * in order once it is in a `struct log`; what is not, is refused with its place.
 */
#ifndef TOOLS_MUSTER_LOG_H
#define TOOLS_MUSTER_LOG_H

#include <muster/window.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A step of the simulator's: an access to shared memory and what the words hold after it. */
struct log_step {
    uint64_t tick;
    uint16_t processor;
    const char *what;  /* what was done */
    const char *words; /* JSON object: name to value, all of them text */
};

struct log {
    unsigned processors;
    uint64_t ticks_per_second; /* 0: ticks are steps, not time */
    char source[32];
    /* 0 or empty if the log does not tell: */
    uint64_t deadline_directed, deadline_lost; /* ticks; see struct muster_window */
    char scenario[256]; /* what the machine did, as options of muster-sim conform */
    uint64_t dropped;   /* records that were not kept */
    uint32_t apic_ids[MUSTER_WINDOW_PROCESSORS_MAX];
    bool has_apic_ids;
    struct muster_record *records; /* processor below `processors`, times in order */
    size_t records_count;
    struct log_step *steps;
    size_t steps_count;
};

/* TOOL_OK, or a message has been printed; nothing to free then. `path` may be "-". */
int log_read(const char *name, const char *path, struct log *log);
void log_free(struct log *log);
void log_json(FILE *out, const struct log *log);

#endif
