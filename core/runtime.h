/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the runtime keeps in SMRAM: one structure for all, one for each processor. Both are laid
 * out and filled by the firmware before SMRAM is locked and never move afterwards.
 *
 * Who may write what is the whole of the locking:
 *   - `round` and `release` change by compare-exchange only (round.c).
 *   - Everything else of a processor is written by that processor. The exceptions are the
 * request record's answer, the order and `ignored`, written by the round's monarch (request.c,
 * remote.c, gather.c).
 */
#ifndef CORE_RUNTIME_H
#define CORE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <arch/shared.h>
#include <arch/usual_path.h>
#include <muster/handler.h>
#include <muster/port.h>
#include <muster/window.h>

#define CORE_LINE 64 /* bytes that travel between processors together */

/* Kept out of the usual path of an SMI, which would save registers for it. */
#define RARE __attribute__((noinline, cold))

/* A condition that holds on the usual path, which is laid out without jumps. */
#define USUAL(condition) __builtin_expect((condition) != 0, 1)

struct muster_runtime;

/* Where a request came from: of registers also, in which layout they were saved. */
enum core_source { SOURCE_NONE, SOURCE_SLOT, SOURCE_REGISTERS, SOURCE_INTEL64 };

struct muster_processor {
    /* The line a monarch reads while it gathers. */
    _Alignas(CORE_LINE) struct shared_word mark; /* presence: see presence.h */
    struct shared_word request;                  /* state of the record below: see request.h */
    struct shared_word command;
    struct shared_word argument;
    struct shared_word status;
    struct shared_word result[2];
    struct shared_word ignored; /* the mark with which it was declared lost */

    /* What it tells those who wait for it as a monarch: see order.h. */
    _Alignas(CORE_LINE) struct shared_word bound;
    /* Constant, and asked for by others. */
    uint32_t apic_id;
    uint32_t node;
    /* What a monarch has it do, and what came of it: see remote.h. */
    struct shared_word order;
    struct shared_word order_function;
    struct shared_word order_handler;
    struct shared_word order_value[2]; /* argument, issuer and command; then the results */
    struct shared_word order_status;

    /* Private to its processor. */
    _Alignas(CORE_LINE) struct muster_runtime *runtime;
    uint8_t *save_state;      /* SMBASE + 8000h: offsets of save_state.h count from here */
    struct muster_slot *slot; /* outside SMRAM */
    struct muster_counters *counters; /* outside SMRAM, write only */
    struct muster_record *place;      /* ... where in its ring the next record goes */
    void *context;                    /* the architecture's own; see arch/handler_call.h */
    uint32_t index;                   /* 0 .. processor_count - 1 */
    bool others;                      /* there are other processors */
    bool heads;                       /* it heads a block of others: block.h */
    bool intel64;         /* its save state has Intel's layout: save_state.h. Constant */
    bool owes;            /* the SMI of an answered request may be still to come */
    uint8_t owed_command; /* ... with this command */
    uint8_t owed_source;  /* ... and this enum core_source is where the request came from */
    uint8_t repeats;      /* rounds in which a level cause was raised again: level.h */
    uint32_t repeated;    /* ... and which */
    struct muster_counters totals;
};

_Static_assert(sizeof(struct muster_processor) == 256,
               "a line less or more: docs/memory-map.md");

struct muster_runtime {
    /* Every processor reads it once on its way in. */
    _Alignas(CORE_LINE) struct shared_word round; /* see round.h */
    /* The one line a parked follower reads: how far which round is. See round.h. */
    _Alignas(CORE_LINE) struct shared_word release;

    /* Constant after the lock. */
    _Alignas(CORE_LINE) struct muster_processor *processors;
    struct muster_processor *processors_end; /* behind the last */
    uint32_t processor_count;
    uint32_t block_size;        /* processors in a block, 0: none. See block.h */
    uint32_t record_mask;       /* records in a ring, a power of two, less 1 */
    uint32_t served;            /* MUSTER_CAUSE_*: those that have a handler */
    uint64_t deadline_directed; /* ticks from a round's start until absentees are sent an SMI */
    uint64_t deadline_lost;     /* ticks more until an absentee is declared lost */
    uint64_t ticks_per_second;
    uint64_t request_token;    /* muster/window.h */
    uint64_t patience;         /* ticks a follower waits before it declares the monarch lost */
    struct muster_facts facts; /* for the handlers */
    uint8_t handler_of[256];   /* command -> 1 + index into the handlers, 0: none */
    /* The same of handlers that serve requests and declare nothing, as the place of the descriptor
     * behind: bytes from the first. */
    uint16_t simple_of[256];
    uint8_t need_of[256]; /* command -> enum muster_need; ALL where there is no handler */
};

/* Rounded down; 32 bits of microseconds do not overflow. */
static inline uint64_t runtime_ticks(const struct muster_runtime *runtime,
                                     uint32_t microseconds)
{
    uint64_t second = runtime->ticks_per_second;

    return microseconds * (second / 1000000) + microseconds * (second % 1000000) / 1000000;
}

/* What a round's record is told at its end: see log.h. */
struct core_record {
    uint32_t flags; /* MUSTER_RECORD_* */
    uint64_t lost[MUSTER_SET_WORDS];
    union {
        uint64_t directed[MUSTER_SET_WORDS];
        struct muster_fault fault;
    };
};

#define ASKED_NOTHING 256u /* no command */

/* A request may be missing in this round, of one that is not here or was given up before: the byte
 * may be that one's. */
#define NEWS_UNCERTAIN UINT64_C(1)
#define NEWS_BROKEN    UINT64_C(2) /* with it: because the round before was broken */

/* What a processor knows of its present visit to SMM; lives on its stack. */
struct core_visit {
    uint64_t round;          /* the one it is in: see round.h */
    uint64_t started;        /* when it came to this round: deadlines count from here */
    enum core_source source; /* where the request in `call` came from */
    uint32_t asked;          /* ... and its command, while it has no answer, or ASKED_NOTHING */
    bool again;              /* as follower: it must meet another round before it leaves */
    bool stays;              /* ... it brought something, and waits for the end */
    enum muster_need gathered; /* as monarch: who is gathered for the round */
    uint64_t
        news; /* ... what to think of besides its own request: their MARK_* flags and NEWS_* */
    struct muster_cause cause; /* ... what was taken, unless its own request is all */
    const struct muster_handler *handler; /* ... the one that runs */
    struct muster_call call;
    struct core_record record;
};

/* True while the processor's own request has no answer. */
static inline bool request_is_pending(const struct core_visit *visit)
{
    return visit->asked != ASKED_NOTHING;
}

#endif
