/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that run on other processors. See remote.h for the word, muster/remote.h for the use. */
#include <arch/clock.h>
#include <arch/handler_stack.h>
#include <core/dispatch.h>
#include <core/order.h>
#include <core/presence.h>
#include <core/remote.h>
#include <core/round.h>
#include <muster/remote.h>

#define ORDER_FREE    UINT64_C(0)
#define ORDER_WRITING UINT64_C(1)
#define ORDER_POSTED  UINT64_C(2)
#define ORDER_RUNNING UINT64_C(3)
#define ORDER_DONE    UINT64_C(4)
#define ORDER_STATE   UINT64_C(0xf)

#define ORDER_MONARCH_SHIFT 4
#define ORDER_ROUND_SHIFT   8 /* of a round */
#define ORDER_MONARCH_MASK  UINT64_C(0xfff)

/* In one word: cause, issuer, command. */
#define CALL_ISSUER_SHIFT 8
#define CALL_ISSUER_MASK  UINT64_C(0xffffff)
#define CALL_CAUSE_SHIFT  32

/* ---- The word ---- */

/* Where the monarch `self` writes in this round; a state is added to it. */
static uint64_t order_place(const struct muster_processor *self, const struct core_visit *visit)
{
    return visit->round << ORDER_ROUND_SHIFT | (uint64_t)self->index << ORDER_MONARCH_SHIFT;
}

/* True unless the word is in use: see remote.h. */
static bool order_is_usable(const struct muster_runtime *runtime, uint64_t order,
                            uint64_t round)
{
    uint64_t monarch = order >> ORDER_MONARCH_SHIFT & ORDER_MONARCH_MASK;

    switch (order & ORDER_STATE) {
    case ORDER_WRITING:
        return !presence_is_in(&runtime->processors[monarch],
                               round_of(order >> ORDER_ROUND_SHIFT));
    case ORDER_POSTED:
    case ORDER_RUNNING:
        return round_of(order >> ORDER_ROUND_SHIFT) != round;
    default:
        return true;
    }
}

/* ---- The monarch's side ---- */

/* True if the round holds this processor to its end: it is in, and was not let go before the
 * handlers ran. Who brought something was not. */
static bool target_is_held(struct muster_processor *self, const struct core_visit *visit,
                           const struct muster_processor *target)
{
    uint64_t mark = shared_load_acquire(&target->mark); /* pairs with presence_enter */

    if (target == self || (mark & MARK_PLACE_MASK) != mark_in_round(visit->round))
        return false;
    if (!(visit->record.flags & MUSTER_RECORD_FREED) || mark & ~MARK_PLACE_MASK)
        return true;
    /* Relaxed: its own. */
    return shared_load_relaxed(&self->bound) == MUSTER_NEED_NODE && target->node == self->node;
}

static bool set_is_empty(const struct muster_set *set)
{
    uint64_t any = 0;

    for (unsigned word = 0; word < MUSTER_SET_WORDS; word++)
        any |= set->words[word];
    return any == 0;
}

/* What there is against starting something on these processors: SUCCESS if nothing is. */
static uint32_t targets_check(struct muster_processor *self, const struct core_visit *visit,
                              const struct muster_set *targets)
{
    const struct muster_runtime *runtime = self->runtime;

    for (uint32_t index = 0; index < MUSTER_SET_WORDS * 64; index++) {
        const struct muster_processor *target;

        if (!muster_set_has(targets, index))
            continue;
        if (index >= runtime->processor_count)
            return MUSTER_STATUS_NOT_FOUND;
        target = &runtime->processors[index];
        if (!target_is_held(self, visit, target))
            return MUSTER_STATUS_NOT_FOUND;
        /* Acquire: pairs with the target's DONE, and with the word of a lost monarch. */
        if (!order_is_usable(runtime, shared_load_acquire(&target->order), visit->round))
            return MUSTER_STATUS_NOT_READY;
    }
    return MUSTER_STATUS_SUCCESS;
}

/* Posts one order, of which nobody knows before the step. False if somebody else is at the word:
 * this monarch has been deposed. */
static bool order_post(struct muster_processor *self, const struct core_visit *visit,
                       struct muster_processor *target, muster_handler_function *function,
                       const struct muster_call *call)
{
    uint64_t place = order_place(self, visit);
    uint64_t order = shared_load_acquire(&target->order); /* pairs as in targets_check */

    /* Pairs with the same of another monarch: one of them writes. */
    if (!order_is_usable(self->runtime, order, visit->round) ||
        !shared_compare_exchange(&target->order, order, place | ORDER_WRITING))
        return false;
    /* Relaxed, all of them: the target reads them after the word, and proves them whole. */
    shared_store_relaxed(&target->order_function, (uintptr_t)function);
    shared_store_relaxed(&target->order_handler, (uintptr_t)visit->handler);
    shared_store_relaxed(&target->order_value[0], call->argument);
    shared_store_relaxed(&target->order_value[1],
                         (uint64_t)call->cause << CALL_CAUSE_SHIFT |
                             (uint64_t)call->issuer << CALL_ISSUER_SHIFT | call->command);
    /* Release: pairs with remote_serve and order_run. */
    shared_store_release(&target->order, place | ORDER_POSTED);
    return true;
}

/* Calls off what has not begun. */
static void orders_cancel(struct muster_processor *self, const struct core_visit *visit,
                          const struct muster_set *targets)
{
    struct muster_runtime *runtime = self->runtime;
    uint64_t place = order_place(self, visit);

    for (uint32_t index = 0; index < runtime->processor_count; index++)
        if (muster_set_has(targets, index))
            /* Pairs with order_run: either the target begins or this calls it off. */
            shared_compare_exchange(&runtime->processors[index].order, place | ORDER_POSTED,
                                    place | ORDER_FREE);
}

static uint32_t orders_start(struct muster_processor *self, struct core_visit *visit,
                             const struct muster_set *targets,
                             muster_handler_function *function, const struct muster_call *call)
{
    struct muster_runtime *runtime = self->runtime;
    uint32_t status = targets_check(self, visit, targets);
    bool posted = true;

    if (status == MUSTER_STATUS_SUCCESS && set_is_empty(targets))
        return status;
    /* Looked at before, because a target that is slow with an earlier order finds this one as soon
     * as it is posted. */
    if (status == MUSTER_STATUS_SUCCESS && !round_has_step(self, visit))
        status = MUSTER_STATUS_OUT_OF_RESOURCES;
    if (status != MUSTER_STATUS_SUCCESS) /* the reason may be that the round is broken */
        return round_stands(self, visit) ? status : MUSTER_STATUS_BROKEN;
    for (uint32_t index = 0; posted && index < runtime->processor_count; index++)
        if (muster_set_has(targets, index))
            posted = order_post(self, visit, &runtime->processors[index], function, call);
    if (posted && order_wake(self, visit))
        return MUSTER_STATUS_SUCCESS;
    orders_cancel(self, visit, targets);
    return MUSTER_STATUS_BROKEN;
}

/* Waits until the target is finished, but not longer than until `deadline`. */
static bool order_is_done(struct muster_processor *self, const struct core_visit *visit,
                          const struct muster_processor *target, uint64_t deadline)
{
    uint64_t done = order_place(self, visit) | ORDER_DONE;

    /* Acquire, both: pair with order_run. */
    if (shared_load_acquire(&target->order) == done)
        return true;
    return deadline != 0 && shared_wait_equal(&target->order, ~UINT64_C(0), done, deadline);
}

/* Waits for everybody in `running`, together until `deadline` (0: only looks), and takes out who
 * has finished. */
static uint32_t orders_wait(struct muster_processor *self, const struct core_visit *visit,
                            struct muster_set *running, uint64_t deadline)
{
    const struct muster_runtime *runtime = self->runtime;
    uint32_t status = MUSTER_STATUS_SUCCESS;
    bool late = false;

    for (uint32_t index = 0; index < runtime->processor_count; index++) {
        const struct muster_processor *target = &runtime->processors[index];

        if (!muster_set_has(running, index))
            continue;
        if (!order_is_done(self, visit, target, late ? 0 : deadline)) {
            late = true;
            continue;
        }
        muster_set_remove(running, index);
        /* Relaxed: ordered by the acquire of the word. */
        if (status == MUSTER_STATUS_SUCCESS)
            status = (uint32_t)shared_load_relaxed(&target->order_status);
    }
    return late ? MUSTER_STATUS_TIMEOUT : status;
}

/* The same, and what has not begun by then never will. */
static uint32_t orders_finish(struct muster_processor *self, const struct core_visit *visit,
                              struct muster_set *running, uint64_t deadline)
{
    uint32_t status = orders_wait(self, visit, running, deadline);

    if (status == MUSTER_STATUS_TIMEOUT)
        orders_cancel(self, visit, running);
    return status;
}

/* How long what has no limit of its own is waited for: a follower's patience is longer. */
static uint64_t wait_default(const struct muster_runtime *runtime)
{
    return runtime->deadline_lost / 2;
}

/* When a wait of so many ticks from now on is over. A round may have many: all of them together leave
 * some of the followers' patience, for what else the monarch has to do. */
static uint64_t wait_end(const struct muster_processor *self, const struct core_visit *visit,
                         uint64_t ticks)
{
    const struct muster_runtime *runtime = self->runtime;
    uint64_t last = visit->started + runtime->patience - wait_default(runtime);
    uint64_t end = clock_now() + ticks;

    return end < last ? end : last;
}

/* Calls off whatever has been started and not begun, and waits for the rest. */
static void orders_end(struct muster_processor *self, struct core_visit *visit,
                       uint64_t deadline)
{
    const struct muster_runtime *runtime = self->runtime;
    uint64_t place = order_place(self, visit);
    struct muster_set running = {{0}};

    for (uint32_t index = 0; index < runtime->processor_count; index++) {
        /* Relaxed: a target that begins meanwhile is looked at again, with acquire. */
        uint64_t order = shared_load_relaxed(&runtime->processors[index].order);

        if (order == (place | ORDER_POSTED) || order == (place | ORDER_RUNNING))
            muster_set_add(&running, index);
    }
    if (set_is_empty(&running))
        return;
    orders_cancel(self, visit, &running);
    for (uint32_t index = 0; index < runtime->processor_count; index++)
        /* Relaxed: if it is free, this processor has made it so. */
        if (shared_load_relaxed(&runtime->processors[index].order) == (place | ORDER_FREE))
            muster_set_remove(&running, index);
    if (orders_wait(self, visit, &running, deadline) == MUSTER_STATUS_TIMEOUT)
        visit->record.flags |= MUSTER_RECORD_OVER_BUDGET;
}

RARE void remote_end(struct muster_processor *self, struct core_visit *visit)
{
    orders_end(self, visit, wait_end(self, visit, wait_default(self->runtime)));
}

/* ---- The target's side ---- */

/* On a handler's stack: takes the order, if it still stands, and does it. */
static void order_run(struct muster_processor *self, struct core_visit *visit)
{
    uint64_t order = shared_load_acquire(&self->order); /* pairs with order_post */
    uint64_t place = order & ~ORDER_STATE;
    /* Relaxed: proved whole by the compare-exchange that follows. */
    muster_handler_function *function =
        (muster_handler_function *)(uintptr_t)shared_load_relaxed(&self->order_function);
    const struct muster_handler *handler =
        (const struct muster_handler *)(uintptr_t)shared_load_relaxed(&self->order_handler);
    uint64_t asked = shared_load_relaxed(&self->order_value[1]);
    struct muster_call call = {
        .argument = shared_load_relaxed(&self->order_value[0]),
        .issuer = (uint32_t)(asked >> CALL_ISSUER_SHIFT & CALL_ISSUER_MASK),
        .cause = (uint32_t)(asked >> CALL_CAUSE_SHIFT),
        .command = (uint8_t)asked,
    };

    /* Pairs with orders_cancel. */
    if (!shared_compare_exchange(&self->order, place | ORDER_POSTED, place | ORDER_RUNNING))
        return;
    dispatch_order(self, visit, handler, function, &call);
    /* Relaxed: made known by the store of the word. */
    shared_store_relaxed(&self->order_status, call.status);
    shared_store_relaxed(&self->order_value[0], call.result[0]);
    shared_store_relaxed(&self->order_value[1], call.result[1]);
    /* Release: pairs with order_is_done. */
    shared_store_release(&self->order, place | ORDER_DONE);
}

RARE void remote_serve(struct muster_processor *self, struct core_visit *visit)
{
    uint64_t order = shared_load_acquire(&self->order); /* pairs with order_post */

    if (round_of(order >> ORDER_ROUND_SHIFT) != visit->round ||
        (order & ORDER_STATE) != ORDER_POSTED)
        return;
    /* Where processors share the stacks for handlers, others may be on them. */
    while (!handler_stack_call(self, visit, order_run)) {
        uint64_t now = clock_now();

        /* Pairs with orders_cancel. */
        if (now >= visit->started + self->runtime->patience ||
            shared_wait_equal(&self->order, ORDER_STATE, ORDER_FREE, now))
            return;
    }
}

/* ---- Handlers that run elsewhere ---- */

/* When a handler that runs elsewhere is waited for no longer. Until then too much is only logged. */
static uint64_t handler_deadline(const struct muster_processor *self,
                                 const struct core_visit *visit,
                                 const struct muster_handler *handler)
{
    const struct muster_runtime *runtime = self->runtime;

    return wait_end(self, visit,
                    runtime_ticks(runtime, handler->budget) + wait_default(runtime));
}

RARE void remote_run_on_issuer(struct muster_processor *self, struct core_visit *visit,
                               const struct muster_handler *handler, struct muster_call *call)
{
    const struct muster_processor *issuer = &self->runtime->processors[call->issuer];
    struct muster_set targets = {{0}};

    muster_set_add(&targets, call->issuer);
    call->status = orders_start(self, visit, &targets, handler->function, call);
    if (call->status != MUSTER_STATUS_SUCCESS)
        return;
    call->status = orders_finish(self, visit, &targets, handler_deadline(self, visit, handler));
    if (call->status == MUSTER_STATUS_TIMEOUT)
        return;
    /* Relaxed: ordered by the acquire of the word. */
    call->result[0] = shared_load_relaxed(&issuer->order_value[0]);
    call->result[1] = shared_load_relaxed(&issuer->order_value[1]);
}

RARE void remote_run_on_each(struct muster_processor *self, struct core_visit *visit,
                             const struct muster_handler *handler, struct muster_call *call)
{
    struct muster_set targets;
    uint64_t deadline;
    uint32_t status;

    muster_remote_present(call, &targets);
    status = orders_start(self, visit, &targets, handler->function, call);
    if (status != MUSTER_STATUS_SUCCESS) {
        call->status = status;
        return;
    }
    dispatch_order(self, visit, handler, handler->function, call);
    deadline = handler_deadline(self, visit, handler);
    status = orders_wait(self, visit, &targets, deadline);
    /* With what the monarch's part has started itself, perhaps on who came later. */
    orders_end(self, visit, deadline);
    if (call->status == MUSTER_STATUS_SUCCESS)
        call->status = status;
}

/* ---- What a handler calls ---- */

uint32_t muster_remote_self(const struct muster_call *call)
{
    return call->processor->index;
}

void muster_remote_present(const struct muster_call *call, struct muster_set *present)
{
    *present = (struct muster_set){{0}};
    if (call->visit == NULL)
        return;
    for (uint32_t index = 0; index < call->facts->processor_count; index++)
        if (target_is_held(call->processor, call->visit,
                           &call->processor->runtime->processors[index]))
            muster_set_add(present, index);
}

uint32_t muster_remote_start(const struct muster_call *call, const struct muster_set *targets,
                             muster_handler_function *function, uint64_t argument,
                             struct muster_token *token)
{
    struct muster_call asked = *call;
    uint32_t status;

    token->running = (struct muster_set){{0}};
    if (call->visit == NULL)
        return MUSTER_STATUS_NO_REQUEST;
    asked.argument = argument;
    status = orders_start(call->processor, call->visit, targets, function, &asked);
    if (status == MUSTER_STATUS_SUCCESS)
        token->running = *targets;
    return status;
}

uint32_t muster_remote_wait(const struct muster_call *call, struct muster_token *token,
                            uint32_t microseconds)
{
    if (call->visit == NULL)
        return MUSTER_STATUS_NO_REQUEST;
    if (microseconds == 0)
        return orders_wait(call->processor, call->visit, &token->running, 0);
    return orders_finish(call->processor, call->visit, &token->running,
                         wait_end(call->processor, call->visit,
                                  runtime_ticks(call->processor->runtime, microseconds)));
}

uint32_t muster_remote_result(const struct muster_call *call, uint32_t index,
                              uint64_t result[2])
{
    const struct muster_processor *target;

    if (index >= call->facts->processor_count)
        return MUSTER_STATUS_NOT_FOUND;
    target = &call->processor->runtime->processors[index];
    /* Relaxed: ordered by the acquire of muster_remote_wait. */
    result[0] = shared_load_relaxed(&target->order_value[0]);
    result[1] = shared_load_relaxed(&target->order_value[1]);
    return (uint32_t)shared_load_relaxed(&target->order_status);
}
