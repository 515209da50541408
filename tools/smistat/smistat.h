/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of smistat know of each other.
 *
 * cpulist, table, window, ring, rounds, records and verdict are pure: bytes in, facts out.
 * machine and fire touch the computer. report prints. main tells the order of events.
 */
#ifndef SMISTAT_H
#define SMISTAT_H

#include <muster/window.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SMISTAT_VERSION        "0.1"
#define SMISTAT_PROCESSORS_MAX MUSTER_WINDOW_PROCESSORS_MAX
#define SMISTAT_ROUNDS_MAX     (UINT32_C(1) << 21) /* of one measurement */

enum smistat_exit { SMISTAT_OK = 0, SMISTAT_FAILED = 1, SMISTAT_USAGE = 2, SMISTAT_CANNOT = 3 };

/* ---- cpulist.c: "0-3,5" ---- */

struct cpulist {
    unsigned count;
    uint16_t cpus[SMISTAT_PROCESSORS_MAX]; /* as Linux numbers them */
};

bool cpulist_parse(const char *text, struct cpulist *list);
bool cpulist_has(const struct cpulist *list, unsigned cpu);

/* ---- table.c: the ACPI table that leads to the window ---- */

struct table_facts {
    uint32_t software_smi; /* the byte for APM_CNT that the table names */
    uint64_t buffer_pointer;
};

/* NULL when the table is the one we look for, otherwise what is wrong with it. */
const char *table_parse(const uint8_t *bytes, size_t length, struct table_facts *facts);

/* ---- window.c: a window that has been checked ---- */

struct window {
    struct muster_window header; /* our copy: what was checked is what is used */
    const volatile uint32_t *apic_ids;
    volatile struct muster_slot *slots;
    const volatile struct muster_counters *counters;
    const volatile struct muster_record *rings;
};

/* NULL when the header can be trusted with a mapping of header->window_size bytes. */
const char *window_check(const struct muster_window *header, uint64_t physical);
void window_attach(struct window *window, const struct muster_window *header,
                   volatile void *base);
int window_index_of(const struct window *window, uint32_t apic_id);
void window_counters_read(const struct window *window, unsigned index,
                          struct muster_counters *out);

/* ---- ring.c: one processor's records ---- */

struct ring_reader {
    const volatile struct muster_record *ring;
    uint32_t record_count;
    uint64_t next; /* sequence of the next record to read */
    uint64_t overwritten;
};

typedef void (*ring_taker)(void *context, const struct muster_record *record);

void ring_reader_start(struct ring_reader *reader, const struct window *window, unsigned index,
                       uint64_t next);
bool ring_record_read(const struct ring_reader *reader, uint64_t sequence,
                      struct muster_record *out);
void ring_drain(struct ring_reader *reader, uint64_t written, ring_taker take, void *context);

/* ---- rounds.c: the records of all processors, brought together ---- */

struct round {
    bool used;
    uint32_t number;
    struct muster_record monarch; /* zero until the monarch's record came */
    unsigned monarchs;            /* records that claim to be it */
    unsigned followers;
    uint64_t members[MUSTER_SET_WORDS];
    uint64_t first_entered;
    uint64_t last_entered;
    uint64_t first_released; /* of the followers */
    uint64_t last_released;
};

struct rounds {
    struct round *rounds; /* by number, from `first` */
    size_t capacity;
    uint32_t first;
    bool started;
    uint64_t records, empty, already, late, broken, deadline, misplaced;
    uint64_t faults;  /* records that tell of one */
    uint64_t stopped; /* of them: the runtime's own, its processor stays in SMM */
    uint64_t entries[SMISTAT_PROCESSORS_MAX]; /* visits that begin in the log */
    uint64_t tco[SMISTAT_PROCESSORS_MAX];     /* rounds with a TCO cause it led */
    uint64_t lost[SMISTAT_PROCESSORS_MAX];
    uint64_t directed[SMISTAT_PROCESSORS_MAX]; /* sent to it after the first deadline */
};

struct rounds_sums {
    uint64_t with_cause, with_request, with_byte, with_tco;
    uint64_t requests; /* answered, by the monarchs' records */
    uint64_t without_monarch, two_monarchs;
    uint64_t not_held; /* processors missing from a round that needed them */
    uint64_t not_held_by_time;
    uint64_t joined[SMISTAT_PROCESSORS_MAX]; /* rounds with a cause each was held in */
    uint64_t held_count;
    uint64_t held_p50, held_p99, held_max; /* ticks from first in to last out */
};

bool rounds_add(struct rounds *rounds, unsigned processors, const struct muster_record *record);
/* `required`: the set of processors that no round with a cause may do without. */
void rounds_sum(const struct rounds *rounds, const uint64_t required[MUSTER_SET_WORDS],
                struct rounds_sums *sums);
void rounds_free(struct rounds *rounds);

/* ---- records.c: every record as it is, for the log that `muster trace` draws ---- */

struct records {
    struct muster_record *items;
    size_t count, capacity;
    uint64_t dropped; /* came when no memory was left */
};

bool records_keep(struct records *records, const struct muster_record *record);
void records_json(FILE *out, const struct window *window, const struct records *records,
                  const uint32_t *first_round);
void records_free(struct records *records);

/* ---- verdict.c: the identities that must hold ---- */

/* One row of the table: what happened to one processor between two snapshots. */
struct row {
    int cpu;   /* Linux's number, -1: Linux does not run it */
    int index; /* in the window, -1: not there */
    bool counted;
    uint64_t smis;   /* by MSR 34h */
    uint64_t outs;   /* OUTs it executed */
    uint64_t fired;  /* requests it put in its slot */
    uint64_t good;   /* of them: answered with success */
    uint64_t other;  /* of them: answered with another status */
    uint64_t silent; /* of them: no answer within the time limit */
    uint32_t last_status;
    struct muster_counters log; /* differences */
};

struct tally {
    bool muster;
    bool broadcast;
    bool to_first; /* every OUT's SMI goes to processor 0 */
    bool simultaneous;
    bool tokenless;
    bool observing;  /* somebody else fired: how often is not known */
    bool any_status; /* the command is not one that must succeed */
    unsigned rows_count;
    struct row rows[SMISTAT_PROCESSORS_MAX];
    struct rounds *rounds;
    struct rounds_sums sums;
    uint64_t overwritten;
};

/* Derived from the rows; see verdict.c for each formula. */
struct totals {
    uint64_t smis, visits, outs, fired, good, other, silent;
    uint64_t rounds, requests, bytes, already, directed;
    int64_t merged; /* OUTs that no round of their own came from */
};

struct verdict {
    unsigned failures;
    char text[12][160];
};

uint64_t tally_sent(const struct tally *tally, const struct row *row);
uint64_t tally_directed_to(const struct tally *tally, const struct row *row);
void tally_total(const struct tally *tally, struct totals *totals);
void verdict_judge(const struct tally *tally, struct verdict *verdict);

/* ---- machine.c: this computer ---- */

struct machine {
    struct cpulist online;
    uint32_t apic_of[SMISTAT_PROCESSORS_MAX]; /* by position in `online` */
    int msr[SMISTAT_PROCESSORS_MAX];          /* file descriptors, likewise */
    bool counts;                              /* MSR 34h can be read */
    bool muster;
    const char *why_not; /* no muster: what was looked for in vain */
    struct table_facts table;
    struct window window;
};

/* All return SMISTAT_OK, or print one line that says what to do and return SMISTAT_CANNOT. */
int machine_open(struct machine *machine);
int machine_open_counters(struct machine *machine);
int machine_allow_ports(void);
bool machine_pin(unsigned cpu);
void machine_settle(const struct machine *machine);
bool machine_smi_count(const struct machine *machine, unsigned position, uint64_t *count);

/* ---- fire.c: software SMIs ---- */

struct firing {
    const struct machine *machine;
    struct cpulist cpus;
    uint64_t count; /* from each processor */
    uint8_t command;
    uint64_t argument;
    bool tokenless;
    bool simultaneous;
    uint64_t chunk; /* SMIs between two calls of `drain` */
    void (*drain)(void *context);
    void *context;
    struct row *rows[SMISTAT_PROCESSORS_MAX]; /* where to count, in the order of `cpus` */
    uint64_t nanoseconds;                     /* spent firing */
};

int firing_run(struct firing *firing);

/* ---- report.c ---- */

struct run {
    uint8_t command;
    uint64_t nanoseconds;
    const struct records *records; /* NULL: not asked for */
};

void report_table(FILE *out, const struct machine *machine, const struct tally *tally,
                  const struct run *run, const struct verdict *verdict);
void report_json(FILE *out, const struct machine *machine, const struct tally *tally,
                 const struct run *run, const struct verdict *verdict);
void report_rounds(FILE *out, const struct machine *machine, const struct rounds *rounds,
                   const struct records *records, uint64_t last, bool json);

#endif
