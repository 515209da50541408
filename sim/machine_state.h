/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's inner state, shared by the files that make it up. All of it is in the arena. */
#ifndef SIM_MACHINE_STATE_H
#define SIM_MACHINE_STATE_H

#include <core/runtime.h>
#include <muster/relocate.h>
#include <sim/hub_code.h>
#include <sim/hub_features.h>
#include <sim/machine.h>

#define MACHINE_MOMENT       1u                           /* ticks: see moment.c */
#define MACHINE_TOKEN        UINT64_C(0x4d616368696e6521) /* of requests in registers */
#define MACHINE_COMMAND      0x21u                        /* of requests */
#define MACHINE_COMMAND_DUAL 0x22u /* of requests: its handler would also serve a bare byte */
#define MACHINE_COMMAND_BYTE 0x23u /* of bare bytes */
#define MACHINE_COMMAND_NEAR 0x24u /* of requests: its handler needs the node only */

/* Of requests: their handlers run elsewhere (enum machine_where). */
#define MACHINE_COMMAND_ISSUER      0x25u
#define MACHINE_COMMAND_EACH        0x26u
#define MACHINE_COMMAND_OTHERS      0x27u
#define MACHINE_COMMAND_EACH_STARTS 0x28u

/* With one of these but the near one: its handler needs nobody. */
#define MACHINE_COMMAND_ALONE 0x10u

enum place {
    PLACE_RUNS,
    PLACE_WAITS_SIPI,
    PLACE_SLEEPS,
    PLACE_SMM,
    PLACE_ABSENT,
};

/* How far a processor has been given up. */
enum excused {
    EXCUSED_NOT,
    EXCUSED_WARNED,  /* a monarch's first deadline expired over it, in this round */
    EXCUSED_LOST,    /* ... and the second, with a directed SMI waiting for it */
    EXCUSED_IS_BACK, /* ... but its mark has changed since: the next round waits for it */
};

/* What a monarch has a processor run. */
enum order_stage {
    ORDER_NONE,
    ORDER_POSTED,
    ORDER_RUNS,
    ORDER_HAS_RUN,
    ORDER_CALLED_OFF,
    ORDER_EXPIRED,  /* the monarch waits no longer, and will call it off */
    ORDER_GIVEN_UP, /* the monarch waits no longer for what has begun, or was deposed */
};

/* Where a request is, seen from the OS. */
enum request_stage {
    REQUEST_NONE,
    REQUEST_PREPARED, /* token in the registers or the slot, no OUT yet */
    REQUEST_FIRED,    /* OUT executed */
};

struct cpu {
    uint8_t place;
    uint8_t interrupted; /* in SMM: the place it came from */
    bool stopped;
    bool smi;     /* latched */
    bool init;    /* latched, while in SMM */
    bool covered; /* its local APIC lies over SMRAM: that is out of its reach */
    bool ejected;
    bool comes;         /* back, and has not been admitted */
    bool in_gate;       /* on its way to its own SMBASE (plug.c) */
    bool plugged;       /* was not there at first */
    bool woken;         /* has left wait-for-SIPI or low power and executed nothing since */
    uint8_t excused;    /* EXCUSED_* */
    bool deposed;       /* as the leader of its last round */
    bool shut_out;      /* ... before it had closed it */
    uint8_t order;      /* ORDER_* */
    uint8_t stack;      /* 1 + the shared stack for handlers that it runs on, 0: none */
    bool without_stack; /* there was none for it when it tried last */
    uint8_t request_stage;
    uint8_t slot_stage;
    uint8_t requests_left, slots_left, bytes_left, sleeps_left;
    uint8_t request_number; /* of its requests, the one in its registers; from 1 */
    uint8_t slot_number;    /* the same for the slot */
    uint8_t slot_fields;    /* data fields of the slot read since its state was last written */
    bool request_answered;  /* before its OUT */
    uint8_t runs[2 * MACHINE_REQUESTS_MAX]; /* of each request of this processor */
    uint64_t rax, rbx, rcx, rsi, rdi;
    uint32_t io_state; /* Intel's, of the I/O instruction executed last; 0: it was none */
    uint8_t io_left;
    bool held_back; /* the SMI of its request's OUT did not come right after it */
};

struct hub {
    bool fresh; /* the command byte has not been taken */
    bool tco;
    struct hub_code code;
    uint8_t command;
    uint8_t status;
    uint8_t taken;           /* the command byte last taken, 0: none */
    uint16_t leaver;         /* 1 + the processor that is to be ejected, 0: none */
    uint16_t comer;          /* 1 + the one that has come, and nobody has looked at, 0: none */
    uint16_t leader;         /* 1 + the processor that leads the round in progress, 0: none */
    uint16_t handler;        /* 1 + the processor that runs a handler, 0: none */
    uint8_t need;            /* ... and which others it needs, enum muster_need */
    uint16_t byte_fires;     /* bare bytes not yet handled or overwritten */
    uint8_t level_fires[32]; /* of level causes, by bit: those raised and not yet handled */
    uint32_t smi_en, smi_latched; /* of the ICH9: SMI_EN; the bits that SMI_STS latches */
    uint16_t pm1_status, pm1_enable;
    bool usb;            /* the USB controller wants an SMI */
    uint8_t usb_handled; /* how often its handler has run */
    uint16_t events_left;
    uint16_t expiries_left;
    bool gave_up_order; /* a deadline expired over one */
    bool lost_monarch;  /* a monarch was deposed */
    bool harmed;        /* a processor was stopped or initialised: its causes may die with it */
    bool harmed_since;  /* ... since a round was over */
    uint8_t left[MACHINE_EVENTS];
};

/* In the arena. */
struct machine {
    const struct scenario *scenario;
    struct features features; /* of the hub, */
    bool broadcast;           /* and what the firmware was told; neither changes */
    struct cpu *cpus;
    struct hub *hub;
    struct muster_runtime *runtime;
    struct muster_processor *processors;
    struct synchbyte_flash *flashes;
    uint8_t *save_states;      /* save_state_size() bytes each, */
    unsigned save_state_begin; /* from here, by SMBASE + 8000h, to 7FFFh. Constant */
    struct muster_slot *slots;
    struct muster_counters *counters;
    struct muster_record *rings;           /* of one record each: that being written */
    struct muster_record *records;         /* the last that each processor has written */
    void (*on_record)(unsigned processor); /* told when one is whole; NULL: nobody */
};

extern struct machine machine;

/* The OP_CALL codes. */
enum machine_call {
    CALL_LOOK,
    CALL_TAKE,
    CALL_STATUS,
    CALL_SEND,
    CALL_SEND_OTHERS,
    CALL_HANDLER_BEGIN,
    CALL_HANDLER_END,
    CALL_SLOT_READ,
    CALL_ACCEPT,
    CALL_END,
    CALL_IN,
    CALL_OUT,
    CALL_USB_SERVED,
    CALL_ORDER_BEGIN,
    CALL_ORDER_END,
    CALL_ORDERS_ENDED,
    CALL_ON_ISSUER,
    CALL_LEAVER,
    CALL_EJECT,
    CALL_COMER,
    CALL_ADMIT,
};

/* machine.c */
uint8_t scenario_count(const uint8_t counts[MACHINE_REQUESTS_MAX], unsigned processor);
uint32_t machine_node(unsigned processor);

/* machine_port.c: the hub's answer to a call. */
uint64_t port_call(unsigned processor, const struct op *op);
void hub_write_command(unsigned processor, uint8_t command);
void hub_status_written(unsigned processor, uint8_t status);
void hub_latch_smi(unsigned processor);
void hub_latch_smi_everywhere(void);

/* machine_ich9.c: the hub with registers; port_ich9.c: the port to it. */
void ich9_reset(void);
void ich9_raise(uint32_t bits);
uint32_t ich9_in(uint16_t port);
void ich9_out(unsigned processor, uint16_t port, uint32_t value);
void ich9_event(enum machine_event event);
void ich9_check_end(void);
struct muster_cause ich9_cause_look(void);
struct muster_cause ich9_cause_take(void);
uint64_t ich9_level_accept(uint32_t cause);
void ich9_level_end(uint32_t off);
void ich9_status_write(uint8_t status);

/* machine_remote.c */
void machine_remote_call(unsigned processor, const struct op *op);
void machine_order_changed(const uint64_t *word);
bool machine_order_expires(const uint64_t *word);
void check_orders_end(void);
void orders_give_up(bool broken);

/* handler_stacks.c */
size_t machine_stacks_need(unsigned processors);
void machine_stacks_set_up(void);
void machine_name_stack(const uint64_t *word, char *text, size_t size);
bool machine_is_retry(unsigned processor, const uint64_t *word);
bool machine_is_covered(unsigned processor);
bool machine_retry_helps(unsigned processor);
void check_handler_stack(unsigned processor);

/* plug.c */
bool machine_can_leave(unsigned processor);
void machine_leave_ask(unsigned processor);
void machine_eject(unsigned by, unsigned processor);
bool machine_can_return(unsigned processor);
void machine_return_ask(unsigned processor);
uint64_t machine_comer_take(void);
void machine_admit(unsigned processor);
void check_not_ejected(unsigned processor);
void check_started(unsigned processor);
void check_plug_end(void);

/* machine_events.c */
unsigned machine_events(unsigned processor, struct transition *list);
void machine_perform(struct transition transition);
bool machine_is_optional(struct transition transition);
void machine_enter_smm(unsigned processor);
void machine_returned(unsigned processor);
uint64_t request_token(unsigned processor, unsigned number);

/* machine_save_state.c */
void save_states_set_up(void);
uint32_t save_states_relocate(void);
void save_state_write(unsigned processor);
void save_state_read_back(unsigned processor);
void save_state_clear(unsigned processor);
void save_state_identify(unsigned processor);
void check_save_state(unsigned processor);

/* machine_check.c */
void check_handler_begins(unsigned processor, uint64_t argument, uint32_t cause,
                          enum muster_need need);
void check_level_event(uint32_t cause, bool raised_before);
void check_quiet(const char *what);
void check_request_answer(unsigned processor, unsigned number, uint64_t status,
                          uint64_t result0, uint64_t result1, const char *where);
void check_end(void);
bool machine_may_expire(unsigned processor);
void machine_expires(unsigned processor);
bool machine_is_own(unsigned processor, const uint64_t *word);
bool machine_is_judged(const uint64_t *word);
void machine_word_changed(unsigned processor, const uint64_t *word, uint64_t old);

/* machine_names.c */
void machine_name_word(const uint64_t *word, char *text, size_t size);
void machine_name_event(struct transition transition, char *text, size_t size);
void machine_name_call(const struct op *op, char *text, size_t size);

uint8_t request_command(unsigned processor, unsigned number);
uint8_t byte_command(void);

static inline size_t save_state_size(void)
{
    return 0x8000 - machine.save_state_begin;
}

/* SMBASE + 8000h. */
static inline uint8_t *save_state_of(unsigned processor)
{
    return machine.save_states + processor * save_state_size() - machine.save_state_begin;
}

static inline uint64_t answer_for(uint64_t argument, unsigned which)
{
    return (argument ^ UINT64_C(0xa5a5a5a5)) * 2654435761u + which;
}

#endif
