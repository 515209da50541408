/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The OS window: the one piece of ordinary memory that the runtime shares with the world
 * outside SMRAM. It holds the SMI log, the request slots and the communication buffer. Firmware reserves it in E820 and
 * publishes it through the UEFI "SMM Communication ACPI Table" (signature "UEFI", UEFI
 * specification, appendix O): the table's Buffer Ptr Address is the address of
 * `communicate_address` below.
 *
 * Direction and trust:
 *   - The log (counters and rings) is written by the runtime and never read back by it. What
 * the OS writes there hurts only its own reading.
 *   - A slot is written by the OS and read once, by the processor the slot belongs to, on its
 * way into SMM.
 *   - A message in the communication buffer is written by the OS and read once, by the monarch.
 *
 * Every counter block and every ring has exactly one writer, the processor it belongs to.
 * Records of different processors are brought together by their round number. There is
 * therefore no shared log head to fight over, and no record that two processors could mix.
 *
 * All fields are little endian. Times are time-stamp counter ticks.
 */
#ifndef MUSTER_WINDOW_H
#define MUSTER_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#define MUSTER_WINDOW_MAGIC   UINT64_C(0x574f444e49574d4d) /* "MMWINDOW" */
#define MUSTER_WINDOW_VERSION 4u                           /* of this layout */

/* Processors the window can describe: the width of a processor set below. */
#ifndef MUSTER_WINDOW_PROCESSORS_MAX /* the simulator of large machines has wider sets */
#define MUSTER_WINDOW_PROCESSORS_MAX 256u
#endif
#define MUSTER_SET_WORDS (MUSTER_WINDOW_PROCESSORS_MAX / 64u) /* bit i of word i / 64 */

/* GUID of the message that fills the window, in the byte order of an EFI_GUID in memory:
 * 5d3c0e6a-7b1f-4c52-9f6e-6d7573746572 ("muster" in its last six bytes). */
#define MUSTER_WINDOW_GUID                                                                     \
    {                                                                                          \
        0x6a, 0x0e, 0x3c, 0x5d, 0x1f, 0x7b, 0x52, 0x4c, 0x9f, 0x6e, 0x6d, 0x75, 0x73, 0x74,    \
            0x65, 0x72                                                                         \
    }

/* The first page. Constant after the firmware has locked SMRAM. */
struct muster_window {
    uint64_t communicate_address; /* physical address of the communication buffer; the ACPI
                                     table's pointer points to this field */
    uint64_t reserved[7];         /* 0 */
    uint8_t header_guid[16];      /* MUSTER_WINDOW_GUID: whose window this is */
    uint64_t message_length;      /* bytes that follow this field in the window */
    uint64_t magic;               /* MUSTER_WINDOW_MAGIC */
    uint32_t version;             /* MUSTER_WINDOW_VERSION */
    uint32_t window_size;         /* bytes, a multiple of 4096 */
    uint32_t runtime_version;     /* major << 16 | minor << 8 | patch */
    uint32_t processors;          /* n: processor indices are 0..n-1 */
    uint32_t features;            /* MUSTER_FEATURE_* */
    uint32_t record_count;        /* records in each ring, a power of two */
    uint64_t ticks_per_second;    /* of every time in the window */
    uint64_t deadline_directed;   /* ticks a monarch waits before it sends directed SMIs */
    uint64_t deadline_lost;       /* ticks more until it declares a processor lost */
    uint32_t
        processors_offset;    /* bytes from the window's start to uint32_t local APIC id [n] */
    uint32_t slots_offset;    /* to struct muster_slot [n] */
    uint32_t counters_offset; /* to struct muster_counters [n] */
    uint32_t rings_offset;    /* to struct muster_record [n][record_count] */
    uint32_t communicate_offset; /* to the communication buffer */
    uint32_t communicate_size;   /* bytes: MUSTER_COMMUNICATE_SIZE */
    uint64_t request_token;      /* of this boot: see Requests */
};

#define MUSTER_FEATURE_BROADCAST (1u << 0) /* a software SMI reaches every processor */
#define MUSTER_FEATURE_FIRST     (1u << 1) /* ... or the first, whoever wrote; else the writer */
#define MUSTER_FEATURE_PLUG      (1u << 2) /* processors may come and go: some may not be here */

/* ---- Requests ---- */

/*
 * A request is a token that the runtime consumes by rewriting it, so that it is answered
 * exactly once even when the chipset merges SMIs or delivers one too many. It is either in the
 * issuer's registers (honoured only for a save state that shows CPL 0, and where it tells of I/O, an OUT
 * to APM_CNT just before) or in the issuer's slot. A token that is still there after its OUT was not
 * heard: the SMI came late. Write the port again.
 *
 *   registers on OUT to APM_CNT        on return
 *   RBX  request_token                 MUSTER_TOKEN_ANSWERED(request_token)
 *   AL   command                       unchanged (it may yet be written to the port)
 *   RCX  argument                      status
 *   RSI, RDI  -                        results
 *
 * The token is another one at every boot, and the OS keeps it from processes: on its way into and out of
 * a system call it is at CPL 0 with a process's values in these registers, and an SMI of somebody
 * else may come just then.
 */
#define MUSTER_TOKEN_ANSWERED(token) (~(token))

/* Values of muster_slot.state. The OS moves FREE to REQUEST (last, after the other fields), the
 * runtime REQUEST to TAKEN as it copies the slot in, and TAKEN to ANSWERED (last). The OS moves
 * ANSWERED back to FREE when it has read the answer and its OUT has been executed: it tells by
 * it that no SMI of this request is still to come. Until then a command byte equal to this
 * request's may be taken for that SMI. */
#define MUSTER_SLOT_FREE     0u
#define MUSTER_SLOT_REQUEST  0x7473756du /* "must" */
#define MUSTER_SLOT_TAKEN    0x656b6174u /* "take" */
#define MUSTER_SLOT_ANSWERED 0x64656e61u /* "aned" */

/* One per processor, on a line of its own. Fill slot i and execute the OUT on processor i. */
struct muster_slot {
    uint32_t state;     /* MUSTER_SLOT_*: stored last and loaded first, by either side */
    uint32_t command;   /* MUSTER_COMMAND_*, the byte also written to APM_CNT */
    uint64_t argument;  /* handed to the handler as it is */
    uint32_t status;    /* MUSTER_STATUS_*, valid when ANSWERED */
    uint32_t reserved;  /* not read */
    uint64_t result[2]; /* valid when ANSWERED; 0 unless the handler set them */
    uint64_t unused[3]; /* not read: fills the line */
};

/* Software SMI commands on APM_CNT. 2, 3 and 4 belong to ACPI. */
#define MUSTER_COMMAND_NOOP        0x10u /* answers success, does nothing */
#define MUSTER_COMMAND_QUERY       0x11u /* result 0: runtime version; 1: number of processors */
#define MUSTER_COMMAND_LOG         0x12u /* result 0: physical address of the window; 1: its size */
#define MUSTER_COMMAND_COMMUNICATE 0x13u /* delivers the message in the communication buffer */
#define MUSTER_COMMAND_ALONE       0x14u /* the no-op that stops no other processor */

/* Status codes: in a request's status, and in APM_STS for a command byte without a request. */
#define MUSTER_STATUS_SUCCESS          0x00u
#define MUSTER_STATUS_UNSUPPORTED      0x83u /* no such command; nothing was touched */
#define MUSTER_STATUS_NO_REQUEST       0x82u /* this command answers only to a request token */
#define MUSTER_STATUS_FAULT            0x87u /* the handler faulted and was ended */
#define MUSTER_STATUS_OUT_OF_RESOURCES 0x89u /* too many functions on others in one round */
#define MUSTER_STATUS_TIMEOUT          0x92u /* what was to run elsewhere did not, or hangs */
#define MUSTER_STATUS_BROKEN                                                                   \
    0x95u /* a processor was lost meanwhile; not run, or not to its end */

/* ---- Messages ---- */

/*
 * The communication buffer: EFI_MM_COMMUNICATE_HEADER (UEFI Platform Initialization
 * specification, volume 4), a GUID of 16 bytes, the message's length in 8, and the message.
 * An OS finds its address through the ACPI table, fills it, and writes the table's command,
 * MUSTER_COMMAND_COMMUNICATE, to APM_CNT, with or without a request token. The answer is in the
 * message's place; the status is the request's, or in APM_STS.
 *
 * The status codes are the low bytes of UEFI's, an error with bit 7 set: those below, or what the
 * handler says.
 */
#define MUSTER_COMMUNICATE_HEADER 24u   /* bytes before the message: GUID and length */
#define MUSTER_COMMUNICATE_SIZE   4096u /* bytes of the buffer, its header among them */

/* The answer to a message with MUSTER_WINDOW_GUID. */
struct muster_message_window {
    uint64_t window_address;  /* physical */
    uint64_t window_size;     /* bytes */
    uint32_t runtime_version; /* MUSTER_VERSION */
    uint32_t processors;      /* how many there are */
};

#define MUSTER_STATUS_BAD_BUFFER_SIZE 0x84u /* the message is longer than the buffer */
#define MUSTER_STATUS_BUFFER_TOO_SMALL                                                         \
    0x85u /* the answer is longer than the message: see its length */
#define MUSTER_STATUS_NOT_READY                                                                \
    0x86u /* a processor was lost while it served a message; or it has not finished yet */
#define MUSTER_STATUS_NOT_FOUND 0x8eu /* no handler has this GUID; no such processor is here */

/* ---- The SMI log ---- */

/* Totals of one processor since the lock. Written by that processor only. */
struct muster_counters {
    uint64_t further;         /* of its records: those that are not a visit's first */
    uint64_t records;         /* records it has written; older than record_count: overwritten */
    uint64_t directed_others; /* times it sent one directed SMI to every other processor */
    uint64_t extra;           /* requests it answered as monarch, less `rounds`; modulo 2^64 */
    uint64_t already_answered; /* SMIs it found answered before they came */
    uint64_t bytes;            /* command bytes without a request it served as monarch */
    uint64_t rounds;           /* rounds with a cause it led to their end */
    uint64_t broken;           /* rounds it saw broken by a lost monarch */
};

/* Times it entered SMM: its SMI_COUNT since the lock. */
static inline uint64_t muster_visits(const volatile struct muster_counters *counters)
{
    return counters->records - counters->further;
}

/* Requests it answered as monarch. */
static inline uint64_t muster_answered(const volatile struct muster_counters *counters)
{
    return counters->rounds + counters->extra;
}

/* A fault in SMM: an exception that ended a handler, or this processor. */
struct muster_fault {
    uint64_t address;   /* of the instruction, from the start of the runtime's image */
    uint64_t linear;    /* CR2: what a page fault (vector 14) was about */
    uint32_t error;     /* error code, 0 if the vector has none */
    uint8_t vector;     /* of the exception */
    uint8_t command;    /* of the request or byte that was served, 0 if none */
    uint16_t reserved;  /* 0 */
    uint8_t handler[8]; /* the beginning of its name; zeros: not in a handler */
};

/* What one processor saw of one round. The ring is indexed by (sequence - 1) % record_count. */
struct muster_record {
    uint64_t sequence;  /* from 1; 0 while the record is being written */
    uint32_t round;     /* low 32 bits of its number: what brings records together */
    uint16_t processor; /* its index: whose ring this is. Constant since the lock */
    uint16_t flags;     /* MUSTER_RECORD_* */
    uint32_t cause;     /* MUSTER_CAUSE_*, monarch only */
    uint8_t command;    /* the command byte, or without one that of the monarch's own request */
    uint8_t status;     /* of a command byte served without a request: only with that cause */
    uint16_t reserved;  /* 0 */
    uint32_t came;      /* processors in the round, the monarch included; monarch only */
    uint32_t answered;  /* requests answered in the round; monarch only */
    uint64_t entered;   /* this processor's first instructions in SMM */
    uint64_t gathered;  /* all expected processors were in, or declared lost; monarch only */
    uint64_t handled;   /* the last handler has returned; monarch only */
    uint64_t released;  /* the monarch let go, or this follower saw it */
    uint64_t lost[MUSTER_SET_WORDS]; /* set: declared lost in this round; monarch only */
    union {
        uint64_t directed[MUSTER_SET_WORDS]; /* set: sent a directed SMI of their own after the
                                                first deadline; monarch only */
        struct muster_fault fault;           /* with FAULT instead: the round's last */
    };
};

/* Flags. What is marked "monarch only" above means something only with MONARCH; `lost` and
 * `directed` only with DEADLINE, `fault` with FAULT: else they are left over from an older record. */
#define MUSTER_RECORD_ENTRY   (1u << 0) /* the first record of a visit: one SMI taken */
#define MUSTER_RECORD_MONARCH (1u << 1) /* led the round */
#define MUSTER_RECORD_EMPTY   (1u << 2) /* nothing was left to do: left at once, in no round */
#define MUSTER_RECORD_ALREADY (1u << 3) /* what its SMI asked for was answered before */
#define MUSTER_RECORD_BROKEN  (1u << 4) /* the round's monarch was declared lost */
#define MUSTER_RECORD_DEPOSER (1u << 5) /* by this processor */
#define MUSTER_RECORD_DIRECTED                                                                 \
    (1u << 6)                            /* monarch sent a directed SMI to all others at once  \
                                          */
#define MUSTER_RECORD_LATE     (1u << 7) /* came after the gathering was over */
#define MUSTER_RECORD_DEADLINE (1u << 8) /* a deadline expired: see `directed` and `lost` */

#define MUSTER_RECORD_OVER_BUDGET (1u << 9) /* a handler took longer than it had declared */

#define MUSTER_RECORD_FAULT (1u << 10) /* a handler faulted: see `fault` */
/* With FAULT, alone: the runtime itself faulted, and this processor stays in SMM for good. */
#define MUSTER_RECORD_STOPPED (1u << 11)
/* The handlers of the round did not need everybody: monarch: others were let go before they
 * ran; follower: it was let go, at `released`. */
#define MUSTER_RECORD_FREED (1u << 12)
/* A level cause was raised once more when its handlers had returned: its SMI comes again. */
#define MUSTER_RECORD_AGAIN (1u << 13)
/* A level cause was switched off, until the next boot or until the OS switches it on: no handler
 * serves it, or it was raised again after its handlers too often. */
#define MUSTER_RECORD_SWITCHED_OFF (1u << 14)
/* Something ran on other processors: monarch: it had them run it; follower: it ran it. */
#define MUSTER_RECORD_REMOTE (1u << 15)

/* Causes. The first two are commands on APM_CNT; all others are level causes, named as the bits of
 * SMI_STS in Intel's data sheet of the ICH9 (316972). From bit 3 up they are the same bits, except
 * BIOS and OTHER. Which of them fire on which platform: docs/causes.md. */
#define MUSTER_CAUSE_REQUEST (1u << 0) /* one or more request tokens */
#define MUSTER_CAUSE_BYTE    (1u << 1) /* a command byte without a request: APM_STS, bit 5 */
/* TCO_STS, bit 13: the TCO timer or a message to it, an NMI made an SMI, the intruder switch, errors
 * that the memory controller reports. */
#define MUSTER_CAUSE_TCO         (1u << 2)
#define MUSTER_CAUSE_LEGACY_USB  (1u << 3) /* port 60h/64h emulation of the UHCI controllers */
#define MUSTER_CAUSE_SLP_SMI     (1u << 4) /* SMI_ON_SLP_EN_STS: the OS set SLP_EN in PM1_CNT */
#define MUSTER_CAUSE_BIOS        (1u << 5) /* BIOS_STS, bit 2: the OS set GBL_RLS */
#define MUSTER_CAUSE_SWSMI_TMR   (1u << 6) /* the software SMI timer ran out */
#define MUSTER_CAUSE_PM1         (1u << 8) /* PM1_STS: power button, RTC alarm, timer overflow */
#define MUSTER_CAUSE_GPE0        (1u << 9)  /* GPE0_STS: PME, hot plug, ring, battery low */
#define MUSTER_CAUSE_GPI         (1u << 10) /* ALT_GP_SMI_STS: a general purpose input */
#define MUSTER_CAUSE_MCSMI       (1u << 11) /* access to the microcontroller's ports 62h/66h */
#define MUSTER_CAUSE_DEVMON      (1u << 12) /* DEVACT_STS: access to a monitored device */
#define MUSTER_CAUSE_PERIODIC    (1u << 14) /* the periodic timer */
#define MUSTER_CAUSE_SERIRQ      (1u << 15) /* an SMI told by serial IRQ */
#define MUSTER_CAUSE_SMBUS       (1u << 16) /* SMBus controller, alert or slave message */
#define MUSTER_CAUSE_LEGACY_USB2 (1u << 17) /* EHCI legacy support */
#define MUSTER_CAUSE_INTEL_USB2  (1u << 18) /* EHCI, Intel's own events */
#define MUSTER_CAUSE_PCI_EXP     (1u << 20) /* a PCI Express port: PME, hot plug, error */
#define MUSTER_CAUSE_MONITOR     (1u << 21) /* a trapped I/O access: TRSR tells which */
#define MUSTER_CAUSE_SPI         (1u << 26) /* the SPI flash controller */
#define MUSTER_CAUSE_PLUG                                                                      \
    (1u << 30) /* a processor has come, or is to go: by no bit of SMI_STS */
#define MUSTER_CAUSE_OTHER (1u << 31) /* the chipset raised it and shows no source */

_Static_assert(sizeof(struct muster_slot) == 64, "a line of its own");
_Static_assert(sizeof(struct muster_counters) == 64, "a line of its own");
_Static_assert(sizeof(struct muster_fault) <= 8 * MUSTER_SET_WORDS, "in place of a set");
_Static_assert(sizeof(struct muster_record) == 128 || MUSTER_WINDOW_PROCESSORS_MAX > 256,
               "two lines");

#endif
