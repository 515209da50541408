/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests: collected by their issuer, served by the monarch, answered by their issuer. The
 * state machine of a record is in request.h. */
#include <arch/outside.h>
#include <core/block.h>
#include <core/dispatch.h>
#include <core/intel64.h>
#include <core/level.h>
#include <core/log.h>
#include <core/order.h>
#include <core/presence.h>
#include <core/request.h>
#include <core/round.h>
#include <core/save_state.h>
#include <muster/port.h>

#define STATE_FREE      UINT64_C(0)
#define STATE_REQUESTED UINT64_C(1)
#define STATE_TAKEN     UINT64_C(2)
#define STATE_ANSWERING UINT64_C(3)
#define STATE_ANSWERED  UINT64_C(4)
#define STATE_MASK      UINT64_C(0x7)
#define STATE_OWING     UINT64_C(8) /* with ANSWERED: its own SMI may be still to come */

#define STATE_MONARCH_SHIFT 4
#define STATE_ROUND_SHIFT   8                             /* of a round */
#define STATE_PLACE_MASK    (~(STATE_MASK | STATE_OWING)) /* round and monarch */

static uint64_t state_in_round(uint64_t round, uint64_t state)
{
    return round << STATE_ROUND_SHIFT | state;
}

/* ---- The issuer's side: registers and slot ---- */

static bool registers_hold_request(const struct muster_processor *self)
{
    return USUAL(save_state_read64(self, SAVE_STATE_RBX) == self->runtime->request_token) &&
           USUAL(save_state_privilege(self) == 0);
}

static bool slot_holds_request(const struct muster_processor *self)
{
    return outside_read32(&self->slot->state) == MUSTER_SLOT_REQUEST;
}

/* Remembers that the SMI of the request just answered may be still to come: its OUT may not
 * have been executed yet when the request was found. */
static void debt_note(struct muster_processor *self, struct core_visit *visit)
{
    self->owes = true;
    self->owed_command = visit->call.command;
    self->owed_source = (uint8_t)visit->source;
}

/* True if the issuer shows that its OUT, and the SMI of it, are behind it: the token it was
 * answered with is gone. */
static bool debt_is_void(const struct muster_processor *self)
{
    uint64_t answered = MUSTER_TOKEN_ANSWERED(self->runtime->request_token);

    if (self->owed_source == SOURCE_SLOT)
        return outside_read32(&self->slot->state) != MUSTER_SLOT_ANSWERED;
    if (ARCH_INTEL64_SERVED && self->owed_source == SOURCE_INTEL64)
        return save_state_read64(self, INTEL64_RBX) != answered;
    return save_state_read64(self, SAVE_STATE_RBX) != answered;
}

/* The request is in the visit from here on. */
static void call_begin(struct muster_processor *self, struct core_visit *visit,
                       enum core_source source, uint8_t command, uint64_t argument)
{
    visit->source = source;
    visit->asked = command;
    visit->call.command = command;
    visit->call.argument = argument;
    visit->call.result[0] = 0;
    visit->call.result[1] = 0;
    visit->call.issuer = self->index;
    self->owes = false;
}

RARE static void slot_collect(struct muster_processor *self, struct core_visit *visit)
{
    struct muster_slot *slot = self->slot;

    outside_write32(&slot->state, MUSTER_SLOT_TAKEN);
    call_begin(self, visit, SOURCE_SLOT, (uint8_t)outside_read32(&slot->command),
               outside_read64(&slot->argument));
}

static bool intel64_collect(struct muster_processor *self, struct core_visit *visit)
{
    if (!intel64_holds_request(self))
        return false;
    call_begin(self, visit, SOURCE_INTEL64, (uint8_t)save_state_read64(self, INTEL64_RAX),
               save_state_read64(self, INTEL64_RCX));
    return true;
}

static bool registers_collect(struct muster_processor *self, struct core_visit *visit)
{
    if (!USUAL(!save_state_is_intel64(self)))
        return intel64_collect(self, visit);
    if (!USUAL(registers_hold_request(self)))
        return false;
    call_begin(self, visit, SOURCE_REGISTERS, (uint8_t)save_state_read64(self, SAVE_STATE_RAX),
               save_state_read64(self, SAVE_STATE_RCX));
    return true;
}

void request_collect_none(struct muster_processor *self, struct core_visit *visit)
{
    visit->source = SOURCE_NONE;
    visit->asked = ASKED_NOTHING;
    if (self->owes && debt_is_void(self))
        self->owes = false;
}

bool request_collect(struct muster_processor *self, struct core_visit *visit)
{
    if (USUAL(registers_collect(self, visit)))
        return true;
    if (slot_holds_request(self)) {
        slot_collect(self, visit);
        return true;
    }
    if (!USUAL_PATH_APART)
        request_collect_none(self, visit);
    return false;
}

bool request_collect_waiting(struct muster_processor *self, struct core_visit *visit)
{
    if (visit->source < SOURCE_REGISTERS || !slot_holds_request(self))
        return false;
    slot_collect(self, visit);
    return true;
}

static void registers_answer(uint8_t *save_state, const struct muster_call *call,
                             uint64_t status)
{
    uint64_t *token = save_state_at(save_state, SAVE_STATE_RBX);

    *save_state_at(save_state, SAVE_STATE_RCX) = status;
    *save_state_at(save_state, SAVE_STATE_RSI) = call->result[0];
    *save_state_at(save_state, SAVE_STATE_RDI) = call->result[1];
    *token = MUSTER_TOKEN_ANSWERED(*token);
}

RARE static void slot_answer(struct muster_slot *slot, const struct muster_call *call,
                             uint64_t status)
{
    outside_write32(&slot->status, (uint32_t)status);
    outside_write64(&slot->result[0], call->result[0]);
    outside_write64(&slot->result[1], call->result[1]);
    outside_write32(&slot->state, MUSTER_SLOT_ANSWERED);
}

RARE void request_give_up(struct core_visit *visit)
{
    visit->call.status = MUSTER_STATUS_BROKEN;
    visit->asked = ASKED_NOTHING;
}

/* Returns the status. A request that was given up did not run, or nobody knows how far; but its byte
 * may still be there to be found. */
static uint64_t status_answer(struct muster_processor *self, struct core_visit *visit)
{
    uint64_t status = visit->call.status;

    if (!USUAL(status != MUSTER_STATUS_BROKEN))
        debt_note(self, visit);
    return status;
}

/* To where it is not the usual one. */
static void other_answer(struct muster_processor *self, struct core_visit *visit)
{
    uint64_t status = status_answer(self, visit);

    if (ARCH_INTEL64_SERVED && visit->source == SOURCE_INTEL64)
        intel64_answer(self, &visit->call, status);
    else
        slot_answer(self->slot, &visit->call, status);
}

void request_answer(struct muster_processor *self, struct core_visit *visit)
{
    if (USUAL(visit->source == SOURCE_REGISTERS))
        registers_answer(self->save_state, &visit->call, status_answer(self, visit));
    else if (visit->source != SOURCE_NONE)
        other_answer(self, visit);
}

/* ---- The issuer's side: the record ---- */

/* True unless a monarch may be at the record: one that was lost in the middle of an answer, or this
 * round's, if the record has been of this round before. Where an INIT is let into SMM, a processor can
 * come to one round twice. */
static bool record_is_usable(const struct muster_processor *self, uint64_t round)
{
    uint64_t state =
        shared_load_acquire(&self->request); /* pairs with the monarch's exchanges */
    uint64_t before = round_of(state >> STATE_ROUND_SHIFT);
    uint32_t monarch = state >> STATE_MONARCH_SHIFT & 0xfff;

    if (before == round)
        return false;
    return (state & STATE_MASK) != STATE_ANSWERING ||
           !presence_is_in(&self->runtime->processors[monarch], before);
}

uint64_t request_publish(struct muster_processor *self, struct core_visit *visit)
{
    if (USUAL(!request_is_pending(visit) && !self->owes))
        return 0;
    /* Relaxed, all of them: the monarch reads them after the mark, which is stored last, with
     * release. */
    if (!request_is_pending(visit)) {
        shared_store_relaxed(&self->command, self->owed_command);
        return MARK_OWES;
    }
    if (!record_is_usable(self, visit->round)) {
        request_give_up(visit);
        return 0;
    }
    shared_store_relaxed(&self->command, visit->call.command);
    shared_store_relaxed(&self->argument, visit->call.argument);
    shared_store_relaxed(&self->request, state_in_round(visit->round, STATE_REQUESTED));
    return MARK_REQUEST;
}

static void record_take_answer(struct muster_processor *self, struct core_visit *visit,
                               uint64_t state)
{
    /* Relaxed: ordered by the acquire of the state, which the monarch stored after them. */
    visit->call.status = (uint32_t)shared_load_relaxed(&self->status);
    visit->call.result[0] = shared_load_relaxed(&self->result[0]);
    visit->call.result[1] = shared_load_relaxed(&self->result[1]);
    visit->asked = ASKED_NOTHING;
    if (state & STATE_OWING)
        debt_note(self, visit);
}

void request_conclude(struct muster_processor *self, struct core_visit *visit)
{
    uint64_t state;

    if (!request_is_pending(visit))
        return;
    /* Pairs with request_serve: either it takes the request or this takes it back. */
    if (shared_compare_exchange(&self->request, state_in_round(visit->round, STATE_REQUESTED),
                                STATE_FREE)) {
        visit->again = true;
        return;
    }
    state = shared_load_acquire(&self->request); /* pairs with request_serve */
    if ((state & STATE_MASK) == STATE_ANSWERED) {
        record_take_answer(self, visit, state);
        return;
    }
    /* The monarch was lost while the request ran. Pairs with request_serve: its answer is void.
     */
    if ((state & STATE_MASK) == STATE_TAKEN)
        shared_compare_exchange(&self->request, state, STATE_FREE);
    request_give_up(visit);
}

/* ---- The monarch's side ---- */

/* What the monarch knows of the command byte it took, to tell whose SMI has come with it. */
struct byte_seen {
    bool present;
    bool owed; /* it may be that of another request, answered or given up before */
    uint8_t command;
    uint32_t matching; /* requests of this round with the same command */
    uint32_t issuer;   /* ... and whose the last of them is */
};

/* True if the SMI of this processor's request has certainly come: there is one byte, one request
 * for it, and nobody else whose byte it could be. Not that of one who came after they were
 * counted. */
static bool byte_pays(const struct byte_seen *byte, uint32_t issuer)
{
    return byte->present && byte->matching == 1 && byte->issuer == issuer && !byte->owed;
}

/* Serves the request in another processor's record, if it still stands. True if it answered. */
static bool request_serve(struct muster_processor *self, struct core_visit *visit,
                          struct muster_processor *issuer, const struct byte_seen *byte)
{
    uint64_t requested = state_in_round(visit->round, STATE_REQUESTED);
    uint64_t place = visit->round << STATE_ROUND_SHIFT | (uint64_t)self->index
                                                             << STATE_MONARCH_SHIFT;
    /* Relaxed: proved whole by the compare-exchange that follows. */
    struct muster_call call = {
        .argument = shared_load_relaxed(&issuer->argument),
        .issuer = issuer->index,
        .command = (uint8_t)shared_load_relaxed(&issuer->command),
    };

    /* Not with so few processors in the round: the issuer takes it along to the next. */
    if (dispatch_need_of(self->runtime, call.command) < visit->gathered)
        return false;
    /* Pairs with request_conclude. */
    if (!shared_compare_exchange(&issuer->request, requested, place | STATE_TAKEN))
        return false;
    dispatch_call(self, visit, &call);
    /* Pairs with request_conclude: an issuer that gave up finds nothing written to its record.
     */
    if (!shared_compare_exchange(&issuer->request, place | STATE_TAKEN,
                                 place | STATE_ANSWERING))
        return false;
    shared_store_relaxed(&issuer->status, call.status);
    shared_store_relaxed(&issuer->result[0], call.result[0]);
    shared_store_relaxed(&issuer->result[1], call.result[1]);
    /* Release: pairs with request_conclude. */
    shared_store_release(&issuer->request,
                         place | STATE_ANSWERED |
                             (byte_pays(byte, issuer->index) ? 0 : STATE_OWING));
    return true;
}

static bool mark_requests(const struct core_visit *visit, const struct muster_processor *other)
{
    /* Acquire: pairs with presence_enter. */
    uint64_t mark = shared_load_acquire(&other->mark) & ~MARK_BLOCK_MASK;

    return mark == (mark_in_round(visit->round) | MARK_REQUEST);
}

/* Looks at what every processor brought: how many requests there are, how many of them the byte
 * could belong to, and what their handlers need. Returns the first. */
static uint32_t requests_count(struct muster_processor *self, const struct core_visit *visit,
                               struct byte_seen *byte, enum muster_need *need)
{
    const struct muster_runtime *runtime = self->runtime;
    uint32_t count = request_is_pending(visit) ? 1 : 0;

    byte->matching = visit->asked == byte->command;
    byte->issuer = self->index;
    if (!(visit->news & MARK_REQUEST))
        return count;
    for (uint32_t index = 0; index < runtime->processor_count;
         index = block_next(runtime, visit, index, MARK_REQUEST)) {
        const struct muster_processor *other = &runtime->processors[index];
        uint8_t command;

        if (!mark_requests(visit, other))
            continue;
        /* Relaxed: ordered by the acquire of the mark. */
        command = (uint8_t)shared_load_relaxed(&other->command);
        count++;
        if (command == byte->command) {
            byte->matching++;
            byte->issuer = index;
        }
        if (dispatch_need_of(runtime, command) < *need)
            *need = dispatch_need_of(runtime, command);
    }
    return count;
}

/* Returns how many it has answered. */
static uint32_t requests_serve(struct muster_processor *self, struct core_visit *visit,
                               const struct byte_seen *byte)
{
    struct muster_runtime *runtime = self->runtime;
    uint32_t answered = 0;

    if (request_is_pending(visit)) {
        dispatch_call(self, visit, &visit->call);
        visit->asked = ASKED_NOTHING;
        answered++;
        if (!byte_pays(byte, self->index))
            debt_note(self, visit);
    }
    if (!(visit->news & MARK_REQUEST))
        return answered;
    for (uint32_t index = 0; index < runtime->processor_count;
         index = block_next(runtime, visit, index, MARK_REQUEST)) {
        struct muster_processor *other = &runtime->processors[index];

        if (mark_requests(visit, other))
            answered += request_serve(self, visit, other, byte);
    }
    return answered;
}

/* True if this processor brought word of an SMI still to come with this command. */
static bool mark_owes(const struct core_visit *visit, const struct muster_processor *other,
                      uint8_t command)
{
    /* Acquire: pairs with presence_enter. Relaxed: ordered by it. */
    uint64_t mark = shared_load_acquire(&other->mark) & ~MARK_BLOCK_MASK;

    return mark == (mark_in_round(visit->round) | MARK_OWES) &&
           shared_load_relaxed(&other->command) == command;
}

/* True if an SMI with this command is still to come from somebody. */
static bool debt_exists(struct muster_processor *self, const struct core_visit *visit,
                        uint8_t command)
{
    const struct muster_runtime *runtime = self->runtime;

    if (self->owes && self->owed_command == command)
        return true;
    if (!(visit->news & MARK_OWES))
        return false;
    for (uint32_t index = 0; index < runtime->processor_count;
         index = block_next(runtime, visit, index, MARK_OWES))
        if (mark_owes(visit, &runtime->processors[index], command))
            return true;
    return false;
}

/* A byte that no request of this round explains. An uncertain one is refused, not run: its request
 * may run yet. True if it was a cause of its own. */
static bool byte_serve(struct muster_processor *self, struct core_visit *visit, uint8_t command)
{
    struct muster_call call = {
        .issuer = self->index, .command = command, .status = MUSTER_STATUS_BROKEN};

    if (!(visit->news & NEWS_UNCERTAIN) && debt_exists(self, visit, command)) {
        visit->record.flags |= MUSTER_RECORD_ALREADY;
        LOG_COUNT(self, already_answered);
        return false;
    }
    /* The debt may have left with its processor, if the round is broken. */
    if (!round_stands(self, visit))
        return false;
    if (!(visit->news & NEWS_UNCERTAIN))
        dispatch_byte(self, visit, &call);
    port_status_write((uint8_t)call.status);
    log_status(self, (uint8_t)call.status);
    LOG_COUNT(self, bytes);
    return true;
}

/* The requests and the byte of this round. Returns those that were causes, MUSTER_CAUSE_*. */
static uint32_t commands_serve(struct muster_processor *self, struct core_visit *visit,
                               struct muster_cause cause, uint32_t *answered)
{
    uint32_t served = 0;
    enum muster_need need = dispatch_need(self, visit, cause);
    struct byte_seen byte = {
        .present = (cause.causes & MUSTER_CAUSE_BYTE) != 0,
        .owed = visit->news & NEWS_UNCERTAIN || debt_exists(self, visit, cause.command),
        .command = cause.command,
    };
    uint32_t requests = requests_count(self, visit, &byte, &need);

    /* Of a round that is broken, followers have taken their requests along: what was counted is
     * not what there was, and the byte may be one of theirs. */
    if (!round_stands(self, visit))
        return 0;
    order_free(self, visit, need < visit->gathered ? visit->gathered : need);
    if (requests != 0) {
        served |= MUSTER_CAUSE_REQUEST;
        *answered = requests_serve(self, visit, &byte);
    }
    if (byte.present && byte.matching == 0 && byte_serve(self, visit, byte.command))
        served |= MUSTER_CAUSE_BYTE;
    return served;
}

void request_serve_own(struct muster_processor *self, struct core_visit *visit)
{
    log_own(self, visit->call.command);
    /* Nothing asks any more whether it has an answer: it is written next. */
    dispatch_call(self, visit, &visit->call);
}

RARE void request_serve_all(struct muster_processor *self, struct core_visit *visit)
{
    const struct muster_cause cause = visit->cause;
    uint8_t command = cause.causes & MUSTER_CAUSE_BYTE ? cause.command
                      : request_is_pending(visit)      ? visit->call.command
                                                       : 0;
    uint32_t answered = 0;
    uint32_t served = cause.causes & ~MUSTER_CAUSE_BYTE;

    served |= commands_serve(self, visit, cause, &answered);
    if (cause.causes & ~CAUSES_OF_COMMAND)
        level_serve(self, visit, cause.causes & ~CAUSES_OF_COMMAND);
    log_served(self, served, command, answered);
    if (served == 0)
        visit->record.flags |= MUSTER_RECORD_EMPTY;
}

RARE void request_refuse_all(struct muster_processor *self, struct core_visit *visit,
                             struct muster_cause cause)
{
    request_give_up(visit);
    log_gathered(self);
    log_served(self, cause.causes, cause.command, 0);
    if (cause.causes & MUSTER_CAUSE_BYTE) {
        port_status_write(MUSTER_STATUS_BROKEN);
        log_status(self, MUSTER_STATUS_BROKEN);
    }
    if (cause.causes & ~CAUSES_OF_COMMAND)
        level_refuse(self, visit, cause.causes & ~CAUSES_OF_COMMAND);
}
