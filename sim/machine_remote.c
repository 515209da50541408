/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers that run elsewhere than on the monarch, or have others run something, and the property
 * that they are held to:
 *
 *   orders   what a handler has others run, each of them runs once before the handler is told so;
 *            none begins that was called off, and none outlasts its round but one that was given
 *            up after its deadline; a handler of the issuer's runs on the issuer
 */
#include <core/round.h>
#include <muster/handler.h>
#include <muster/remote.h>
#include <sim/machine_state.h>

#define REMOTE_MICROSECONDS 500u

static uint64_t call(enum machine_call code, uint64_t a, uint64_t b)
{
    return engine_operation(
        (struct op){.kind = OP_CALL, .code = (uint16_t)code, .a = a, .b = b});
}

/* ---- Handlers ---- */

static void answer(struct muster_call *request)
{
    request->result[0] = answer_for(request->argument, 0);
    request->result[1] = answer_for(request->argument, 1);
}

static void handler_begins(const struct muster_call *request)
{
    enum muster_need need =
        request->command & MACHINE_COMMAND_ALONE ? MUSTER_NEED_ALONE : MUSTER_NEED_ALL;

    call(CALL_HANDLER_BEGIN, request->argument, MUSTER_CAUSE_REQUEST | (uint64_t)need << 32);
}

static uint32_t part_run(struct muster_call *part)
{
    call(CALL_ORDER_BEGIN, part->argument, 0);
    answer(part);
    call(CALL_ORDER_END, part->argument, 0);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t issuer_handle(struct muster_call *request)
{
    bool ordered = request->visit == NULL;

    if (ordered)
        call(CALL_ORDER_BEGIN, request->argument, 0);
    handler_begins(request);
    call(CALL_ON_ISSUER, request->argument, 0);
    answer(request);
    call(CALL_HANDLER_END, 0, 0);
    if (ordered)
        call(CALL_ORDER_END, request->argument, 0);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t each_handle(struct muster_call *request)
{
    if (request->visit == NULL)
        return part_run(request);
    handler_begins(request);
    answer(request);
    call(CALL_HANDLER_END, 0, 0);
    return MUSTER_STATUS_SUCCESS;
}

/* Starts something on the first of the others, for which it does not wait: that ends with the
 * handler. */
static void first_start(const struct muster_call *request, const struct muster_set *others)
{
    struct muster_set first = {{0}};
    struct muster_token token;

    for (unsigned i = 0; i < engine.processors; i++)
        if (muster_set_has(others, i)) {
            muster_set_add(&first, i);
            muster_remote_start(request, &first, part_run, request->argument, &token);
            return;
        }
}

/* The part of the monarch starts something on a processor that has done its own, or came later. */
static uint32_t each_starts_handle(struct muster_call *request)
{
    struct muster_set others;

    if (request->visit == NULL)
        return part_run(request);
    handler_begins(request);
    muster_remote_present(request, &others);
    first_start(request, &others);
    answer(request);
    call(CALL_HANDLER_END, 0, 0);
    return MUSTER_STATUS_SUCCESS;
}

/* Runs something on all others and waits, and then on the first of them. */
static uint32_t others_handle(struct muster_call *request)
{
    struct muster_set others;
    uint32_t status;

    handler_begins(request);
    muster_remote_present(request, &others);
    status =
        muster_remote_run(request, &others, part_run, request->argument, REMOTE_MICROSECONDS);
    for (unsigned i = 0; i < engine.processors; i++)
        if (muster_set_has(&others, i))
            call(CALL_ORDERS_ENDED, i, status);
    first_start(request, &others);
    answer(request);
    call(CALL_HANDLER_END, 0, 0);
    return MUSTER_STATUS_SUCCESS;
}

#define ELSEWHERE(identifier, text, code, byte, place)                                         \
    MUSTER_HANDLER(identifier, .name = (text), .function = (code),                             \
                   .causes = MUSTER_CAUSE_REQUEST, .command = (byte), .where = (place));       \
    MUSTER_HANDLER(identifier##_alone, .name = (text), .function = (code),                     \
                   .causes = MUSTER_CAUSE_REQUEST, .command = (byte) | MACHINE_COMMAND_ALONE,  \
                   .where = (place), .need = MUSTER_NEED_ALONE)

ELSEWHERE(issuer_handler, "issuer", issuer_handle, MACHINE_COMMAND_ISSUER, MUSTER_WHERE_ISSUER);
ELSEWHERE(each_handler, "each", each_handle, MACHINE_COMMAND_EACH, MUSTER_WHERE_EACH);
ELSEWHERE(others_handler, "others", others_handle, MACHINE_COMMAND_OTHERS,
          MUSTER_WHERE_MONARCH);
ELSEWHERE(each_starts_handler, "starts", each_starts_handle, MACHINE_COMMAND_EACH_STARTS,
          MUSTER_WHERE_EACH);

/* ---- The property ---- */

static void order_begins(unsigned processor)
{
    enum order_stage order = (enum order_stage)machine.cpus[processor].order;

    if (order == ORDER_CALLED_OFF)
        engine_fail("orders", "processor %u begins what was called off", processor);
    else if (order != ORDER_RUNS && order != ORDER_GIVEN_UP)
        engine_fail("orders", "processor %u begins what it has not been given", processor);
    else if (order == ORDER_RUNS && machine.hub->leader == 0)
        engine_fail("orders", "processor %u begins when the round is over", processor);
}

static void order_ends(unsigned processor)
{
    machine.cpus[processor].order = ORDER_HAS_RUN;
}

/* The handler has been told what came of it on this processor. */
static void order_told(unsigned processor, uint64_t status)
{
    if (status == MUSTER_STATUS_SUCCESS && machine.cpus[processor].order != ORDER_HAS_RUN)
        engine_fail("orders", "a handler is told that processor %u has run what it has not",
                    processor);
}

static void check_on_issuer(unsigned processor, uint64_t argument)
{
    if (argument >> 8 != processor + 1)
        engine_fail("orders", "a handler of the issuer's runs on processor %u for %u",
                    processor, (unsigned)(argument >> 8) - 1);
}

void machine_remote_call(unsigned processor, const struct op *op)
{
    switch ((enum machine_call)op->code) {
    case CALL_ORDER_BEGIN:
        order_begins(processor);
        break;
    case CALL_ORDER_END:
        order_ends(processor);
        break;
    case CALL_ORDERS_ENDED:
        order_told((unsigned)op->a, op->b);
        break;
    default:
        check_on_issuer(processor, op->a);
        break;
    }
}

/* Whose order this word is; `engine.processors`: nobody's. */
static unsigned order_owner(const uint64_t *word)
{
    for (unsigned i = 0; i < engine.processors; i++)
        if (word == &machine.processors[i].order.value)
            return i;
    return engine.processors;
}

/* A target has the order for itself from here on. */
static uint8_t order_claimed(uint8_t order)
{
    switch (order) {
    case ORDER_POSTED:
        return ORDER_RUNS;
    case ORDER_EXPIRED:
        return ORDER_GIVEN_UP;
    default:
        return order;
    }
}

/* The word tells what the target may do (core/remote.h). For that of a deposed monarch nobody waits. */
void machine_order_changed(const uint64_t *word)
{
    unsigned owner = order_owner(word);
    bool stands =
        *word >> 16 == round_number(machine.runtime->round.value) && machine.hub->leader != 0;

    if (owner == engine.processors)
        return;
    switch (*word & 0xf) {
    case 0:
        machine.cpus[owner].order = ORDER_CALLED_OFF;
        break;
    case 2:
        machine.cpus[owner].order = stands ? ORDER_POSTED : ORDER_GIVEN_UP;
        break;
    case 3:
        machine.cpus[owner].order = order_claimed(machine.cpus[owner].order);
        break;
    default:
        break;
    }
}

/* Nobody waits any longer for what has not ended: one deadline is for all that a handler has started,
 * and a broken round has no monarch, who would call it off. */
void orders_give_up(bool broken)
{
    for (unsigned i = 0; i < engine.processors; i++) {
        struct cpu *cpu = &machine.cpus[i];

        if (cpu->order == ORDER_RUNS || (cpu->order == ORDER_EXPIRED && broken))
            cpu->order = ORDER_GIVEN_UP;
        else if (cpu->order == ORDER_POSTED)
            cpu->order = broken ? ORDER_GIVEN_UP : ORDER_EXPIRED;
        else
            continue;
        cpu->deposed = true;
        if (machine.hub->handler == i + 1)
            machine.hub->handler = 0;
    }
}

bool machine_order_expires(const uint64_t *word)
{
    if (order_owner(word) == engine.processors)
        return false;
    machine.hub->gave_up_order = true;
    orders_give_up(false);
    return true;
}

/* A round is over: so is all that its handlers had others run. */
void check_orders_end(void)
{
    for (unsigned i = 0; i < engine.processors; i++) {
        enum order_stage order = (enum order_stage)machine.cpus[i].order;

        if (order == ORDER_RUNS)
            engine_fail("orders", "a round is over while processor %u runs what it was given",
                        i);
        else if (order == ORDER_POSTED || order == ORDER_EXPIRED)
            engine_fail("orders",
                        "a round is over while processor %u may yet begin what it was given",
                        i);
    }
}
