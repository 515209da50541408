/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an SMI handler is written. A handler is registered at build time by MUSTER_HANDLER, which
 * puts its descriptor into the linker section `muster_handlers`; nothing is registered at run
 * time, so nothing can be registered by an attacker.
 *
 * A handler runs on the round's monarch, unless it says otherwise. Unless it says that it needs less,
 * every other processor is parked in SMM meanwhile; it can have them run something too
 * (muster/remote.h). It sees a copy of the request, made once, and answers by filling the copy in.
 */
#ifndef MUSTER_HANDLER_H
#define MUSTER_HANDLER_H

#include <stdint.h>

#include <muster/window.h>

struct core_visit;
struct muster_processor;

/* What a handler may want to know of the machine. Constant after the lock. */
struct muster_facts {
    uint64_t window_address;  /* physical address of the OS window */
    uint64_t window_size;     /* bytes */
    void *communicate;        /* the communication buffer: core/communicate.h */
    uint32_t processor_count; /* indices are 0 .. processor_count - 1 */
};

/* One request: the copy in SMRAM. */
struct muster_call {
    const struct muster_facts *facts; /* in SMRAM, constant; valid for ever */
    uint64_t argument;  /* as the issuer gave it: not trusted. Of a level cause: what
                                         its status register showed; see port_level_accept */
    uint64_t result[2]; /* zero when the handler starts */
    uint32_t issuer;    /* index of the processor that asked; its own index for a bare byte */
    uint32_t status;    /* what the handler returned */
    uint32_t cause;     /* MUSTER_CAUSE_*: the one it runs for */
    uint8_t command;    /* what was asked for, as in APM_CNT; 0 for a level cause */
    /* The runtime's own, for the functions of muster/remote.h: not for handlers. */
    struct muster_processor *processor; /* the one that this runs on */
    struct core_visit *visit; /* NULL where the call runs for a handler on another processor */
};

/* Where a handler runs. */
enum muster_where {
    MUSTER_WHERE_MONARCH = 0, /* on whichever processor leads the round */
    /* On the processor whose request it serves. Not there to be had in time: the request's status is
     * that of muster_remote_wait. A bare byte or a level cause has no issuer: on the monarch. */
    MUSTER_WHERE_ISSUER,
    /* On all at once that are held: each has a call of its own. Results are the monarch's; the status
     * is the first of another, by index, if the monarch's is MUSTER_STATUS_SUCCESS. */
    MUSTER_WHERE_EACH,
};

/* What a handler needs of the other processors while it runs. Handlers never run side by side,
 * whatever they need. */
enum muster_need {
    MUSTER_NEED_ALL = 0, /* every processor parked in SMM */
    MUSTER_NEED_NODE,    /* those of the monarch's node (muster/install.h) */
    MUSTER_NEED_ALONE,   /* nobody: the others need not come, and those that come leave */
};

/* Returns a MUSTER_STATUS_*. The call is the handler's until it returns, and gone afterwards. */
typedef uint32_t muster_handler_function(struct muster_call *call);

/* A handler's descriptor: constant, in the image. */
struct muster_handler {
    const char *name;                  /* for the log: its first 8 bytes */
    muster_handler_function *function; /* what serves; not NULL */
    uint32_t causes; /* MUSTER_CAUSE_*: which it serves; several handlers may serve one level
                        cause, and one that serves several runs for each that is raised */
    uint8_t command; /* for REQUEST and BYTE: the command it serves, at most one handler each */
    uint32_t budget; /* microseconds it may take; 0: not watched. Longer is logged, not ended */
    enum muster_need need;   /* if several handlers run in a round: the strongest counts */
    enum muster_where where; /* MUSTER_WHERE_MONARCH unless it says otherwise */
    int32_t order; /* several handlers of one cause: the lower first; the same: either */
    /* NULL, or what is called after the handler has faulted, to put down what it held. */
    void (*abandon)(struct muster_call *call);
};

/* Registers a handler: MUSTER_HANDLER(double_handler, .name = "double", ...) at file level. */
#define MUSTER_HANDLER(identifier, ...)                                                        \
    __attribute__((section("muster_handlers"), used,                                           \
                   aligned(8))) static const struct muster_handler identifier = {__VA_ARGS__}

#endif
