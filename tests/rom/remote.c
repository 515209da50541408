/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers for tests that run elsewhere than on the monarch, or have others run something. Which
 * processor runs them they ask the processor itself (CPUID), not the runtime. Only in
 * build/test/muster-remote.rom.
 */
#include <muster/handler.h>
#include <muster/remote.h>

#define COMMAND_ISSUER 0x58 /* result 0: local APIC id of the processor that ran it */
#define COMMAND_EACH   0x59 /* result 0: ids that have run it, as bits; 1: how often, together */
#define COMMAND_OTHERS 0x5a /* result 0: the others' ids, as bits; 1: the first status */
#define COMMAND_HANG   0x5b /* result 0: how many time out; 1: the status of the next start */
#define COMMAND_FAULT  0x5c /* result 0: the first status; 1: ids that have faulted, as bits */
#define COMMAND_ABSENT                                                                         \
    0x5d                  /* result 0: status of a processor that does not exist; 1: its own */
#define COMMAND_MANY 0x5e /* result 0: starts until one is refused; 1: with this status */

#define PLENTY 1000000u /* microseconds */

static uint32_t apic_id(void)
{
    uint32_t leaf = 1, id, unused_c = 0, unused_d;

    __asm__ volatile("cpuid" : "+a"(leaf), "=b"(id), "+c"(unused_c), "=d"(unused_d));
    return id >> 24;
}

static uint32_t id_answer(struct muster_call *call)
{
    call->result[0] = apic_id();
    call->result[1] = call->argument + 1;
    return MUSTER_STATUS_SUCCESS;
}

static uint64_t ids; /* of those that have run each_handle */
static uint64_t times;

/* The monarch's part runs beside the others': it waits for them before it looks. Not for ever: what
 * is missing then is missing in the answer. */
static void others_await(uint32_t processors)
{
    for (unsigned pause = 0; pause < 10000000; pause++) {
        if (__atomic_load_n(&times, __ATOMIC_SEQ_CST) % processors == 0)
            return;
        __builtin_ia32_pause();
    }
}

static uint32_t each_handle(struct muster_call *call)
{
    struct muster_set others;

    __atomic_fetch_or(&ids, UINT64_C(1) << apic_id(), __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&times, 1, __ATOMIC_SEQ_CST);
    muster_remote_present(call, &others);
    if (others.words[0] != 0) /* who is not the monarch finds nobody */
        others_await(call->facts->processor_count);
    call->result[0] = ids;
    call->result[1] = times;
    return MUSTER_STATUS_SUCCESS;
}

/* Runs a function on all others, and puts what it says together. */
static uint32_t others_handle(struct muster_call *call)
{
    struct muster_set others;
    uint64_t result[2];

    muster_remote_present(call, &others);
    call->result[1] = muster_remote_run(call, &others, id_answer, call->argument, PLENTY);
    for (uint32_t index = 0; index < call->facts->processor_count; index++)
        if (muster_set_has(&others, index) &&
            muster_remote_result(call, index, result) == MUSTER_STATUS_SUCCESS &&
            result[1] == call->argument + 1)
            call->result[0] |= UINT64_C(1) << result[0];
    return MUSTER_STATUS_SUCCESS;
}

static volatile uint32_t hanging;

static uint32_t hang(struct muster_call *call)
{
    (void)call;
    while (hanging)
        __builtin_ia32_pause();
    return MUSTER_STATUS_SUCCESS;
}

/* Waits too short for what hangs until it has looked; then it has to be finished with it. */
static uint32_t hang_handle(struct muster_call *call)
{
    struct muster_set others;
    struct muster_token token, second;
    uint32_t first;

    hanging = 1;
    muster_remote_present(call, &others);
    first = muster_remote_start(call, &others, hang, 0, &token);
    if (first != MUSTER_STATUS_SUCCESS)
        return first;
    while (muster_remote_wait(call, &token, 0) != MUSTER_STATUS_TIMEOUT)
        continue;
    call->result[1] = muster_remote_start(call, &others, hang, 0, &second);
    call->result[0] = muster_remote_wait(call, &token, 20000);
    hanging = 0;
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t fault(struct muster_call *call)
{
    call->result[0] = 1; /* must not be handed out */
    __asm__ volatile("ud2");
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t fault_handle(struct muster_call *call)
{
    struct muster_set others;
    uint64_t result[2];

    muster_remote_present(call, &others);
    call->result[0] = muster_remote_run(call, &others, fault, 0, PLENTY);
    for (uint32_t index = 0; index < call->facts->processor_count; index++)
        if (muster_set_has(&others, index) &&
            muster_remote_result(call, index, result) == MUSTER_STATUS_FAULT && result[0] == 0)
            call->result[1] |= UINT64_C(1) << index;
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t absent_handle(struct muster_call *call)
{
    struct muster_set nobody = {{0}}, self = {{0}};

    muster_set_add(&nobody, call->facts->processor_count);
    muster_set_add(&self, muster_remote_self(call));
    call->result[0] = muster_remote_run(call, &nobody, id_answer, 0, PLENTY);
    call->result[1] = muster_remote_run(call, &self, id_answer, 0, PLENTY);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t many_handle(struct muster_call *call)
{
    struct muster_set others;

    muster_remote_present(call, &others);
    do {
        call->result[1] = muster_remote_run(call, &others, id_answer, 0, PLENTY);
        call->result[0] += call->result[1] == MUSTER_STATUS_SUCCESS;
    } while (call->result[1] == MUSTER_STATUS_SUCCESS);
    return MUSTER_STATUS_SUCCESS;
}

#define REMOTE(byte, text, code, ...)                                                          \
    MUSTER_HANDLER(code##_handler, .name = (text), .function = (code),                         \
                   .causes = MUSTER_CAUSE_REQUEST, .command = (byte), ##__VA_ARGS__)

REMOTE(COMMAND_ISSUER, "issuer", id_answer, .where = MUSTER_WHERE_ISSUER);
REMOTE(COMMAND_EACH, "each", each_handle, .where = MUSTER_WHERE_EACH);
REMOTE(COMMAND_OTHERS, "others", others_handle);
REMOTE(COMMAND_HANG, "hang", hang_handle);
REMOTE(COMMAND_FAULT, "fault", fault_handle);
REMOTE(COMMAND_ABSENT, "absent", absent_handle);
REMOTE(COMMAND_MANY, "many", many_handle);
