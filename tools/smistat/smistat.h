/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of smistat know of each other.
 *
 * cpulist, table, window, ring, rounds, records, verdict, gaps and interval are pure: bytes in,
 * facts out. machine, collect, fire, spin and terminal touch the computer. report, watch_text and
 * watch_json print. measure and watch tell the order of events.
 */
#ifndef SMISTAT_H
#define SMISTAT_H

#include <muster/window.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tools/shared/cli.h>
#include <tools/shared/record.h>

#define NAME                   "smistat"
#define SMISTAT_PROCESSORS_MAX MUSTER_WINDOW_PROCESSORS_MAX
#define SMISTAT_ROUNDS_MAX     (UINT32_C(1) << 21) /* of one measurement */

/* ---- options.c: the command line ---- */

struct options {
    const char *cpus;
    uint64_t count;
    uint8_t command;
    bool command_is_number;
    bool simultaneous;
    bool tokenless;
    bool json;
    bool version;
    bool records;    /* keep them, and print them with the JSON */
    uint64_t log;    /* rounds to print, 0: none */
    bool watch;      /* show what comes */
    double interval; /* seconds between two pictures */
    double duration; /* seconds until it ends, 0: when told to */
    int gaps_cpu;    /* to look for gaps on, -1: not given */
    int fires;       /* the letter of an option that only means something for firing, or 0 */
    int watches;     /* likewise for watching */
    char **run;      /* a command to run instead of firing, or NULL */
};

/* TOOL_GO_ON, or the status to end with. */
int options_parse(int argc, char **argv, struct options *options);

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
/* True if everybody who came to the latest round has written its record of it. */
bool rings_are_at_rest(const struct window *window);

/* ---- rounds.c: the records of all processors, brought together ---- */

struct round {
    bool used;
    bool kept; /* over from the interval before, to be completed */
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
    uint64_t held_limit; /* ticks */
    uint64_t records, misplaced;
    uint64_t flagged[RECORD_FLAG_BITS];       /* records with this flag, by its bit */
    uint64_t entries[SMISTAT_PROCESSORS_MAX]; /* visits that begin in the log */
    uint64_t tco[SMISTAT_PROCESSORS_MAX];     /* rounds with a TCO cause it led */
    uint64_t late[SMISTAT_PROCESSORS_MAX];    /* times it came after the gathering */
    uint64_t lost[SMISTAT_PROCESSORS_MAX];
    uint64_t directed[SMISTAT_PROCESSORS_MAX]; /* sent to it after the first deadline */
};

struct rounds_sums {
    uint64_t with_cause;
    uint64_t caused[RECORD_CAUSE_BITS]; /* of them with this cause, by its bit */
    uint64_t led[RECORD_CAUSE_BITS][SMISTAT_PROCESSORS_MAX]; /* likewise, by who led */
    uint64_t requests; /* answered, by the monarchs' records */
    uint64_t without_monarch, two_monarchs;
    uint64_t not_held; /* processors missing from a round that needed them */
    uint64_t not_held_by_time;
    uint64_t joined[SMISTAT_PROCESSORS_MAX]; /* rounds with a cause each was held in */
    uint64_t held_count;
    uint64_t held_p50, held_p99, held_max; /* ticks from first in to last out */
    uint64_t held_long;                    /* rounds longer than rounds.held_limit */
};

/* Records with this flag, one of MUSTER_RECORD_*. */
uint64_t rounds_flagged(const struct rounds *rounds, uint16_t flag);
bool rounds_add(struct rounds *rounds, unsigned processors, const struct muster_record *record);
/* `required`: the set of processors that no round with a cause may do without. */
void rounds_sum(const struct rounds *rounds, const uint64_t required[MUSTER_SET_WORDS],
                struct rounds_sums *sums);
/* Takes out of `rounds` those whose records have not all come, for the next interval; once. */
void rounds_keep_incomplete(struct rounds *rounds, struct rounds *next);
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
    bool to_first;  /* every OUT's SMI goes to processor 0 */
    bool pluggable; /* a processor that Linux does not run may not be there at all */
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

/* ---- gaps.c: what a processor that only reads its time-stamp counter misses ---- */

#define GAP_BINS 10u
/* An SMI that takes longer is too long: the limit of the BIOS Implementation Test Suite. */
#define SMI_MICROSECONDS_MAX 150u

struct gap_bin {
    uint64_t count;
    uint64_t with_smi; /* of them, those in which MSR 34h counted */
    uint64_t longest;  /* ticks */
};

struct gaps {
    uint64_t edges[GAP_BINS]; /* ticks; bin i holds what is longer than edges[i] */
    struct gap_bin bins[GAP_BINS];
    uint64_t smis;             /* counted in all gaps */
    uint64_t longest_with_smi; /* ticks */
};

void gaps_start(struct gaps *gaps, uint64_t ticks_per_second);
void gaps_add(struct gaps *gaps, uint64_t ticks, uint64_t smis);
void gaps_merge(struct gaps *into, const struct gaps *what);
/* Text of a bin's limits, all of one width. */
const char *gap_bin_name(unsigned bin);

/* ---- interval.c: from one picture to the next, and all of them together ---- */

struct interval {
    double seconds;
    struct tally tally; /* rounds and counters of this interval */
    struct rounds rounds;
    struct gaps gaps;
};

/* Since the start: what is worth remembering of all intervals. */
struct history {
    double seconds;
    uint64_t rounds, held_long, held_max, overwritten;
    uint64_t caused[RECORD_CAUSE_BITS];
    uint64_t flagged[RECORD_FLAG_BITS];
    uint64_t smis[SMISTAT_PROCESSORS_MAX]; /* by row */
    uint64_t late[SMISTAT_PROCESSORS_MAX], directed[SMISTAT_PROCESSORS_MAX],
        lost[SMISTAT_PROCESSORS_MAX]; /* by index */
    struct gaps gaps;
};

/* Closes an interval whose records and counters have been read; rounds that are not complete go
 * to `next`. */
void interval_close(struct interval *interval, struct rounds *next);
void history_add(struct history *history, const struct interval *interval);

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

/* These return TOOL_OK, or another status after a line that says what to do. */
int machine_open(struct machine *machine);
int machine_open_counters(struct machine *machine);
/* The processors that `text` names; NULL or "all": every one that is online. */
int machine_choose(const struct machine *machine, const char *text, struct cpulist *cpus);
/* Of several smistats one may fire: they would use the same slots. */
int machine_allow_firing(void);
bool machine_pin(unsigned cpu);
/* Waits until the records of the latest round are complete; not for ever, as its monarch may be lost. */
void machine_rest(const struct machine *machine);
/* The same, and no processor that Linux runs has an SMI pending: each has to run us. */
void machine_settle(const struct machine *machine);
bool machine_smi_count(const struct machine *machine, unsigned position, uint64_t *count);

/* ---- collect.c: what happened between two looks ---- */

struct counts {
    bool counted[SMISTAT_PROCESSORS_MAX]; /* by position in `online`: MSR 34h was read */
    uint64_t smis[SMISTAT_PROCESSORS_MAX];
    struct muster_counters log[SMISTAT_PROCESSORS_MAX]; /* by index */
};

struct collector {
    const struct machine *machine;
    struct rounds rounds;
    struct records *records; /* NULL: not kept */
    struct ring_reader readers[SMISTAT_PROCESSORS_MAX];
};

void counts_read(const struct machine *machine, struct counts *counts);
/* A row for each processor Linux runs, then one for each other that muster knows. */
void rows_make(const struct machine *machine, struct tally *tally);
void rows_subtract(struct tally *tally, const struct counts *before,
                   const struct counts *after);

/* Reads what comes into the log after `from`; NULL: all that is still there. */
void collector_start(struct collector *collector, const struct machine *machine,
                     const struct counts *from);
void collector_drain(void *collector);
/* Records that were gone before they were read. */
uint64_t collector_overwritten(const struct collector *collector);

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

/* ---- measure.c: firing, or running a command, and the account of it ---- */

int measure_and_report(const struct options *options, struct machine *machine);
int log_show(const struct options *options, struct machine *machine);

/* ---- watch.c: a picture of each interval ---- */

struct watched {
    const struct machine *machine;
    struct cpulist shown;
    double every;
    int gaps_cpu; /* -1: none */
    uint64_t ticks_per_second;
    bool colour;
    bool keys; /* somebody can press one */
    struct interval interval;
    struct history history;
};

int watch(const struct options *options, struct machine *machine);
bool watched_shows(const struct watched *watched, const struct row *row);

/* ---- watch_text.c, watch_json.c ---- */

void watch_text(FILE *out, const struct watched *watched);
void watch_json(FILE *out, const struct watched *watched);

/* ---- spin.c: time-stamp counter ---- */

uint64_t spin_ticks_per_second(void);
/* Runs on the processor `position` of `online`, where the caller is, for so long, and notes every
 * gap. */
void spin(const struct machine *machine, unsigned position, uint64_t ticks, struct gaps *gaps);

/* ---- terminal.c ---- */

/* From now on a signal ends terminal_wait(), not the program. With `screen`, takes the terminal
 * over; false: there is none. */
bool terminal_enter(bool screen);
void terminal_leave(void);
unsigned terminal_lines(void);
/* Over what was there before, so that it does not flicker; what does not fit is counted. */
void terminal_draw(FILE *out, const char *picture, unsigned lines);
/* Waits so long; true: somebody wants it to end (q, or a signal). */
bool terminal_wait(double seconds);

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
