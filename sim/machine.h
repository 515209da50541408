/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: processors with one SMI latch each, local APICs, a controller hub with
 * the APM port and TCO, or with the SMI registers of the ICH9, SMRAM with save states. By the
 * manual, or with an emulator's deviations.
 *
 * What an operating system does on it, and what goes wrong, are events. A scenario says which
 * of them may happen and how often; the explorer decides when.
 *
 * The properties are checked here, on the state of this machine and on what its handlers were
 * called for, never by reading the core's own marks.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sim/engine.h>
#include <sim/synchbyte.h>

#define MACHINE_PROCESSORS_MAX 4096u
#define MACHINE_REQUESTS_MAX   8u /* of one processor */

enum machine_event {
    EVENT_PREPARE,  /* the OS puts a request into the processor's registers */
    EVENT_OUT,      /* ... and writes its command to the APM port */
    EVENT_SLOT,     /* the OS fills the processor's slot and writes its command to the port */
    EVENT_BYTE,     /* a bare command byte to the APM port */
    EVENT_IO,       /* between the two, another I/O instruction */
    EVENT_PIN,      /* the platform raises the processor's PMI pin (sim/pmi.h) */
    EVENT_SLEEP,    /* the processor goes into low power, where SMIs wait */
    EVENT_WAKE,     /* ... and wakes up */
    EVENT_ERASE,    /* a full sector of its synchbyte's flash is erased (sim/synchbyte.h) */
    EVENT_HUB,      /* the hub executes an instruction of its own (sim/hub_code.h) */
    EVENT_TCO,      /* the hub's TCO event: SMI to processor 0 only */
    EVENT_SPURIOUS, /* an SMI without a cause for this processor */
    EVENT_STOP,     /* the processor stops for good, wherever it is */
    EVENT_INIT,     /* INIT to this processor */
    EVENT_SIPI,     /* SIPI to this processor */
    EVENT_PLUG,     /* the processor is added to the running machine, or comes back to it */
    EVENT_EJECT,    /* the OS wants it ejected (sim/plug.c) */
    /* Of the hub with registers only: */
    EVENT_TIMER,  /* the software SMI timer runs out: a latch */
    EVENT_BUTTON, /* the power button is pressed: a latch in a register of its own */
    EVENT_USB,    /* a USB controller wants an SMI, until its handler has been there */
    EVENT_STRAY,  /* the OS starts the periodic timer, which no handler serves */
    EVENT_GLITCH, /* an SMI whose source has gone */
    EVENT_APIC,   /* the OS lays the processor's local APIC over SMRAM */
    MACHINE_EVENTS,
};

extern const char *const machine_event_names[MACHINE_EVENTS];

enum machine_variant {
    VARIANT_MANUAL, /* SMI latched in wait-for-SIPI, INIT held in SMM, SMI exact after OUT */
    VARIANT_QEMU,   /* SMI taken in wait-for-SIPI, INIT ends SMM, the OS may run on after OUT */
    VARIANT_BOCHS,  /* SMI latched in wait-for-SIPI, INIT ends SMM, SMI exact after OUT */
    MACHINE_VARIANTS,
};

/* What handles the interrupt. Others than muster's have machines of their own, where requests are what
 * triggers and nothing else happens. */
enum machine_protocol {
    PROTOCOL_MUSTER,      /* the core */
    PROTOCOL_PMI,         /* Itanium's PMI: pmi.h */
    PROTOCOL_TRADITIONAL, /* modes.h */
    PROTOCOL_RELAXED,
    PROTOCOL_CHAIN, /* relocation at start-up: chain.h */
    MACHINE_PROTOCOLS,
};

extern const char *const machine_protocol_names[MACHINE_PROTOCOLS + 1];
extern const char *const machine_variant_names[MACHINE_VARIANTS + 1];

/* How processors save their state. */
enum machine_save_state {
    SAVES_AMD64,   /* QEMU's and Bochs': nothing is told of I/O */
    SAVES_INTEL64, /* SDM volume 3C, table 34-3: with the I/O state */
    MACHINE_SAVE_STATES,
};

extern const char *const machine_save_state_names[MACHINE_SAVE_STATES + 1];

/* Where the handler of requests runs. */
enum machine_where {
    WHERE_MONARCH,
    WHERE_ISSUER,
    WHERE_EACH,        /* on every processor */
    WHERE_OTHERS,      /* on the monarch, which has all others run something */
    WHERE_EACH_STARTS, /* on every processor, and the monarch starts something besides */
    MACHINE_WHERES,
};

extern const char *const machine_where_names[MACHINE_WHERES + 1];

/* What may happen. Counts are upper bounds; the explorer tries everything below them too,
 * except that requests, slots, bytes and sleeps happen in the end. */
struct scenario {
    char name[64];
    unsigned processors;
    bool sequential; /* SC instead of TSO */
    bool broadcast;  /* the firmware wants a command byte's SMI to go to every processor */
    bool refuse;     /* ... and the hub does not offer it */
    bool moments;    /* a wait for a moment is one like others; else none at all: moment.c */
    bool patient;    /* every step is a transition of its own, also those nobody can notice */
    bool adversary;  /* reads of the window are answered with anything */
    bool dual;       /* the requests' handler would also serve a bare byte */
    bool free_bytes; /* the handler of bare bytes needs nobody else */
    enum machine_protocol protocol;
    bool ejects;        /* the OS may have processors ejected */
    bool shared_stacks; /* handlers run on two stacks that all share, as in 128 KiB of SMRAM */
    bool registers;     /* the hub has the registers of the ICH9; else it is QEMU's */
    bool stuck;         /* the USB controller goes on wanting SMIs, whatever its handler does */
    bool user;          /* the OS prepares requests with privilege level 3: none is honoured */
    enum machine_variant variant;
    enum machine_where where;
    enum machine_save_state save_state;
    unsigned other_io; /* I/O instructions of each processor between tokens and OUTs */
    uint8_t
        requests[MACHINE_REQUESTS_MAX];  /* of processor 0, 1, ...; of all others: the last */
    uint8_t alone[MACHINE_REQUESTS_MAX]; /* of those, the first: their handler needs nobody */
    uint8_t near[MACHINE_REQUESTS_MAX];  /* ... and after them: the processors of the node */
    unsigned node_size;                  /* processors in a node; 0: one node for all */
    unsigned block;                      /* processors in a block; 0: as the core chooses */
    uint8_t slots[MACHINE_REQUESTS_MAX];
    uint8_t bytes[MACHINE_REQUESTS_MAX];
    unsigned sleeps; /* times that each processor but the first goes into low power */
    enum synchbyte_medium synchbyte;
    unsigned hub_code; /* times that the hub executes its program */
    unsigned asleep;   /* so many processors, the last ones, begin in wait-for-SIPI */
    unsigned absent;   /* ... and so many before them not plugged in */
    uint8_t
        limit[MACHINE_EVENTS]; /* of TCO and the events after it, over the whole execution */
    unsigned events;           /* of those events together */
    unsigned expiries;         /* deadlines that expire; UINT_MAX: any number */
};

/* Sets up the machine, the runtime in its SMRAM, and the engine. The argument is a scenario. */
void machine_setup(const void *scenario);

/* True if everything a scenario wanted done is done: for random runs. */
bool machine_is_done(void);

/* What happened, for coverage; counted over everything since the program started. */
struct machine_totals {
    uint64_t handlers; /* calls of a handler for a request */
    uint64_t bytes;
    uint64_t causes;
    uint64_t merged; /* bytes that the hub overwrote */
    uint64_t broken; /* requests answered with "the monarch was lost" */
};

extern struct machine_totals machine_totals;

#endif
