/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SMI, from entry to RSM: the whole story, for every role.
 *
 * A processor that enters SMM takes its own request along and looks for a round: it leads one as
 * the monarch, is held in one as a follower, or finds nothing to do. It leaves when its request is
 * answered and nothing is left that only it may know of.
 */
#include <arch/clock.h>
#include <arch/handler_stack.h>
#include <core/dispatch.h>
#include <core/gather.h>
#include <core/log.h>
#include <core/order.h>
#include <core/presence.h>
#include <core/request.h>
#include <core/round.h>
#include <muster/muster.h>
#include <muster/port.h>

/* Rounds a processor meets in one visit before it leaves with a request unanswered. Each of
 * them but its own was led by another processor, which takes an SMI of its own every time. */
#define ROUNDS_PER_VISIT_MAX 64u

enum role {
    ROLE_NOBODY, /* there is nothing to do */
    ROLE_MONARCH,
    ROLE_FOLLOWER,
    ROLE_LATE, /* a follower that found the round CLOSED: held like the others */
};

/* Who has to come before what is known to be asked for can run. A byte that is not this
 * processor's may be the request of one that is still on its way. */
static enum muster_need need_to_gather(struct muster_processor *self,
                                       const struct core_visit *visit)
{
    if (self->runtime->processor_count == 1)
        return MUSTER_NEED_ALONE;
    if (visit->cause.causes & MUSTER_CAUSE_BYTE &&
        !(visit->pending && visit->call.command == visit->cause.command))
        return MUSTER_NEED_ALL;
    return dispatch_need(self, visit);
}

/* Finds this processor's part in the round in progress, or starts one. Who finds that nobody
 * waits for it looks for causes before it leaves: a cause that is raised after that look has an SMI
 * of its own, and somebody to take it. */
static enum role role_find(struct muster_processor *self, struct core_visit *visit)
{
    /* A failed election means that another processor was elected, and its round is found at the
     * next look unless it is over by then. Each such round takes an SMI of its own: the loop ends
     * when they do. */
    for (;;) {
        enum round_phase phase = round_look(self, visit);

        visit->cause.causes = 0;
        if (phase == ROUND_OPEN)
            return ROLE_FOLLOWER;
        if (phase == ROUND_CLOSED && (visit->pending || !order_frees(self, visit)))
            return ROLE_LATE;
        visit->cause = port_cause_look();
        if (!visit->pending && visit->cause.causes == 0)
            return ROLE_NOBODY;
        if (phase == ROUND_CLOSED)
            return ROLE_LATE;
        visit->need = need_to_gather(self, visit);
        if (round_elect(self, visit, phase,
                        visit->need == MUSTER_NEED_ALONE ? ROUND_CLOSED : ROUND_OPEN))
            return ROLE_MONARCH;
    }
}

/* The round is over for a monarch that was declared lost: whatever it did, it answers nothing.
 */
RARE static void deposed(struct core_visit *visit)
{
    visit->record.handled = visit->record.released = clock_now();
    visit->record.flags |= MUSTER_RECORD_BROKEN;
    visit->call.status = MUSTER_STATUS_BROKEN;
    visit->pending = false;
}

/* True if the SMI that brought the byte is on its way to everybody. It is not when others may
 * have taken it already, in a round of which nothing came. */
static bool others_are_coming(const struct core_visit *visit)
{
    return visit->cause.causes & MUSTER_CAUSE_BYTE && port_smi_is_broadcast() &&
           visit->record.flags & MUSTER_RECORD_ENTRY && !visit->after_broken;
}

/* What was taken may need more than what was looked at. Its SMI has brought nobody: who came with it
 * found it gone, and left. */
static void gather_more(struct muster_processor *self, struct core_visit *visit)
{
    visit->need = need_to_gather(self, visit);
    if (visit->need < visit->gathered)
        gather_processors(self, visit, false);
}

/* The monarch: gather, close, find out why, let go who is not needed, handle, release. Causes are
 * taken only after the door is closed, so that those of every follower that is not late are among
 * them; if they need more processors than were gathered, those are gathered then. */
static void lead(struct muster_processor *self, struct core_visit *visit)
{
    visit->record.flags |= MUSTER_RECORD_MONARCH;
    visit->record.monarch = (uint16_t)self->index;
    presence_enter(self, visit->round, 0);
    if (visit->need == MUSTER_NEED_ALONE) {
        gather_nobody(self, visit);
    } else {
        gather_processors(self, visit, others_are_coming(visit));
        if (!round_close(self, visit)) {
            visit->record.gathered = clock_now();
            deposed(visit);
            return;
        }
    }
    visit->cause = port_cause_take();
    if (visit->gathered != MUSTER_NEED_ALL)
        gather_more(self, visit);
    visit->record.gathered = clock_now();
    gather_excuse_lost(self, visit);
    if (!handler_stack_call(self, visit, request_serve_all))
        request_refuse_all(visit);
    visit->record.handled = clock_now();
    if (!round_release(self, visit))
        deposed(visit);
    visit->record.released = clock_now();
    if (visit->record.cause != 0)
        self->totals.rounds++;
    else
        visit->record.flags |= MUSTER_RECORD_EMPTY;
}

/* A follower: tell what it brings, be held, take the answer. One that came late, or had to
 * declare the monarch lost, looks for causes again: nobody has looked since it came. */
static void follow(struct muster_processor *self, struct core_visit *visit, bool late)
{
    uint64_t news = request_publish(self, visit);

    presence_enter(self, visit->round, news);
    if (late)
        visit->record.flags |= MUSTER_RECORD_LATE;
    visit->stays = news != 0 || visit->cause.causes != 0;
    visit->again = late;
    order_wait(self, visit);
    request_conclude(self, visit);
    visit->record.released = clock_now();
}

/* Starts the record of a round. Only what every record needs is set: see log.c for what is
 * written of it when. */
static void record_begin(struct muster_processor *self, struct core_visit *visit,
                         uint16_t flags)
{
    struct muster_record *record = &visit->record;

    record->flags = flags;
    record->processor = (uint16_t)self->index;
    record->cause = 0;
    record->command = 0;
    record->status = 0;
    record->monarch = MUSTER_RECORD_NOBODY;
    record->came = 0;
    record->answered = 0;
    record->entered = visit->started;
}

static void meet_round(struct muster_processor *self, struct core_visit *visit)
{
    enum role role = role_find(self, visit);

    visit->again = false;
    if (role == ROLE_MONARCH) {
        lead(self, visit);
    } else if (role == ROLE_NOBODY) {
        visit->record.flags |= MUSTER_RECORD_EMPTY;
        visit->record.released = visit->record.entered;
    } else {
        follow(self, visit, role == ROLE_LATE);
    }
    if (visit->record.flags & MUSTER_RECORD_BROKEN)
        self->totals.broken++;
    log_write(self, visit);
}

void muster_smi(struct muster_processor *self)
{
    struct core_visit visit; /* not zeroed: every part is set before it is read */
    unsigned rounds = 0;

    visit.started = clock_now();
    self->totals.visits++;
    record_begin(self, &visit, MUSTER_RECORD_ENTRY);
    request_collect(self, &visit);
    for (;;) {
        meet_round(self, &visit);
        if (!visit.again || ++rounds == ROUNDS_PER_VISIT_MAX) {
            request_answer(self, &visit);
            /* Once at most: it waits in the slot, and behind a slot nothing waits. */
            if (!request_collect_waiting(self, &visit))
                break;
            rounds = 0;
        }
        visit.started = clock_now();
        record_begin(self, &visit, 0);
    }
    presence_leave(self, visit.round);
}
