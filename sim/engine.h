/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine: processors that run real code up to their next operation on shared memory, and
 * the transitions by which the simulated world moves on.
 *
 * A processor's code runs on by itself until it asks for an operation that others can notice.
 * It is then suspended with that operation pending. Taking a transition performs one pending
 * operation (and runs the processor to its next one), commits one buffered store, lets a
 * deadline expire, or performs an event of the model (a machine, or a litmus test).
 *
 * Memory is x86-TSO: a store goes into its processor's FIFO at once, which nobody can notice;
 * its commit is a transition of its own; a processor sees its own buffered stores; locked
 * operations, fences, calls to devices and the end of the code wait for an empty buffer. Under
 * SC a store is an operation like any other and there is no buffer.
 */
#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_BUFFER_MAX  16u /* stores a processor's buffer holds; a further one waits */
#define ENGINE_EVENTS_MAX  16u /* events of one processor in one state */
#define ENGINE_CHOICES_MAX 4u  /* answers to an OP_CHOOSE */
#define ENGINE_NEVER       UINT64_MAX

enum op_kind {
    OP_NONE, /* the processor runs no code */
    OP_LOAD,
    OP_STORE,
    OP_COMPARE_EXCHANGE,
    OP_COMPARE_STORE, /* compare-exchange without the lock: its store goes into the buffer */
    OP_EXCHANGE,
    OP_ADD,
    OP_FENCE,
    OP_WAIT_EQUAL,
    OP_WAIT_REACHED,
    OP_RETRY, /* one look in the loop of somebody who tries something again and again; c: since when */
    OP_CALL,   /* something outside memory, performed by the model; seen by everybody */
    OP_CHOOSE, /* the model's choice of one of `a` answers */
    OP_CLOCK,  /* a look at the clock: under a guide only */
    OP_RETURN, /* the code is over */
    OP_KINDS,
};

/* A pending operation. */
struct op {
    uint8_t kind;
    bool release;     /* a store that others may acquire */
    uint16_t code;    /* of OP_CALL and OP_CHOOSE: the model's */
    uint32_t site;    /* where the code asked for it */
    uint64_t *word;   /* what it touches, NULL if nothing */
    uint64_t a, b, c; /* operands: stored value; expected, desired; mask, value, deadline */
};

struct store {
    uint64_t *word;
    uint64_t value;
};

struct processor {
    struct op op;
    void *stack;     /* stack pointer while suspended, NULL when no code runs */
    uint32_t frozen; /* by the model: executes nothing, though its stores still reach memory */
    uint32_t stores;
    uint32_t steps; /* operations since its code started */
    uint64_t hash;  /* of what only its own code changes; 0: not known, computed when needed */
    struct store buffer[ENGINE_BUFFER_MAX];
};

enum transition_kind {
    T_STEP,   /* the pending operation; `value` is the answer to OP_CHOOSE */
    T_COMMIT, /* the oldest buffered store */
    T_ENTER,  /* the model makes the processor start its code */
    T_EVENT,  /* any other event of the model, `value` says which */
    T_EXPIRE, /* the deadline of the pending wait passes */
    T_KINDS,
};

struct transition {
    uint8_t kind;
    uint8_t value;
    uint16_t processor;
};

/* What a simulation is about. */
struct model {
    const char *name;
    /* Lists the T_ENTER and T_EVENT transitions of this processor possible now; returns how
     * many, at most ENGINE_EVENTS_MAX. */
    unsigned (*events)(unsigned processor, struct transition *list);
    /* Performs one of them. */
    void (*perform)(struct transition transition);
    /* It may happen and need not: time goes on without it. NULL: none is such. */
    bool (*is_optional)(struct transition transition);
    /* May the deadline of this processor's wait pass now, although others could still move?
     * NULL: always. When nobody can move, time passes in any case, up to the next deadline. */
    bool (*may_expire)(unsigned processor);
    /* The pending wait of this processor is about to be given up. */
    void (*expires)(unsigned processor);
    /* A look at this word by somebody whose deadline is over is an OP_RETRY. NULL: none is. */
    bool (*is_retry)(unsigned processor, const uint64_t *word);
    /* Another try could end differently now. */
    bool (*retry_helps)(unsigned processor);
    /* True if shared words are out of this processor's reach (door.c). NULL: they never are. */
    bool (*is_covered)(unsigned processor);
    /* Performs the OP_CALL of this processor; returns its result. */
    uint64_t (*call)(unsigned processor, const struct op *op);
    /* No other processor ever writes this word, and this one only stores to it. May be NULL. */
    bool (*is_own)(unsigned processor, const uint64_t *word);
    /* A word in memory has changed. May be NULL. */
    void (*changed)(unsigned processor, const uint64_t *word, uint64_t old);
    /* What `changed` makes of this word depends on the entry word, or on what it made of that. NULL: of
     * none. */
    bool (*is_judged)(const uint64_t *word);
    /* The processor's code is over and its buffer is empty. May be NULL. */
    void (*returned)(unsigned processor);
    /* Nothing can happen any more. */
    void (*ended)(void);
    /* For people: names of a word, an event, a call, a choice. */
    void (*name_word)(const uint64_t *word, char *text, size_t size);
    void (*name_event)(struct transition transition, char *text, size_t size);
    void (*name_call)(const struct op *op, char *text, size_t size);
};

/* Holds an execution to a recording (conform.h): the clock is read as an operation of its own,
 * and what it shows comes from there. */
struct guide {
    /* How many times the clock may show this processor now; none: it has to wait for others. */
    unsigned (*choices)(unsigned processor);
    uint64_t (*read)(unsigned processor, unsigned choice);
    /* The clock may have passed this deadline. */
    bool (*passes)(uint64_t deadline);
};

struct engine {
    const struct model *model;
    const struct guide *guide; /* NULL: nobody */
    unsigned processors;
    bool sequential;      /* SC instead of TSO */
    uint64_t retry_limit; /* nobody tries the same again for longer */
    uint32_t steps_max;   /* of one processor between start and return: beyond is a failure */
    /* Counted over everything, not part of a state. */
    uint64_t switches;
    uint64_t buffer_full;
    uint64_t hash_seed; /* set before the first hash is computed */
    /* The first failure, or NULL. */
    const char *failed;
    char failure[512];
    /* What nobody can notice happens at once: see "eager" in docs/simulator.md. */
    bool eager;
    const uint64_t *entry_word; /* the first thing that entered code reads */
    bool written;               /* memory has changed during this transition */
    bool at_rest;               /* engine_enabled: all that has to happen has happened */
    bool astray;                /* the guide wants nothing of what follows */
    /* Told of each access to a shared word as it takes effect; NULL: nobody. */
    void (*observer)(unsigned processor, const uint64_t *word, bool write, bool locked);
    unsigned running; /* the processor whose code runs */
    bool inside;      /* code of a processor runs */
};

extern struct engine engine;

/* Part of a state. */
extern struct processor *engine_processors;
extern uint64_t *engine_time;

/* Empties the arena and sets up `processors` processors that run no code. */
void engine_reset(const struct model *model, unsigned processors, bool sequential,
                  size_t arena_size);

/* Starts code on a processor and runs it to its first operation. */
void engine_start(unsigned processor, void (*entry)(void *), void *argument);

/* Throws away what the processor was doing; its buffered stores are committed first. */
void engine_kill(unsigned processor);

/* All transitions possible now; returns how many. `list` must have room for all. If none of
 * them has to happen, the next deadlines are among them; if there are none, all is at rest. */
unsigned engine_enabled(struct transition *list);
unsigned engine_transitions_max(void);

/* The same for one processor. */
unsigned engine_enabled_of(unsigned processor, struct transition *list);

/* Takes an enabled transition. False if it is not enabled; nothing has happened then. */
bool engine_take(struct transition transition);

/* The same for one that is known to be enabled: whether time may pass is not asked again. */
bool engine_take_listed(struct transition transition);

bool engine_runs(unsigned processor);

/* True for an address on the stack of the processor whose code runs. */
bool engine_is_own_stack(const void *address);

/* Records a failure of a named property; the first one counts. */
void engine_fail(const char *property, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The whole state: saved to `to` (arena and live stacks), restored, identified by a hash. */
size_t engine_save(void *to);
void engine_restore(const void *from);
size_t engine_save_max(void);
uint64_t engine_hash(void);

/* The next hash is computed from everything: with another seed. */
void engine_hash_forget(void);

/* Makes these bytes of a SHADOW part of a state's identity, as arena_identify does. They change only
 * while the processor's code runs, starts or ends: their hash is kept until then. */
void engine_identify(unsigned processor, const void *start, size_t length);

/* Two transitions possible in one state commute, whatever the order, and neither disables the
 * other. A conservative answer. */
bool engine_independent(struct transition one, struct transition other);

/* One line for people, valid before the transition is taken. */
void engine_describe(struct transition transition, char *text, size_t size);

/* ---- Called by code that a processor runs ---- */

uint64_t engine_operation(struct op op);

#endif
