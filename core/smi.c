/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SMI, from entry to RSM: the whole story, for every role.
 *
 * A processor that enters SMM takes its own request along and looks for a round: it leads one as
 * the monarch, is held in one as a follower, or finds nothing to do. It leaves when its request is
 * answered and nothing is left that only it may know of.
 */
#include <arch/clock.h>
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
static enum muster_need need_to_gather(const struct core_visit *visit)
{
    if (visit->self->runtime->processor_count == 1)
        return MUSTER_NEED_ALONE;
    if (visit->cause.causes & MUSTER_CAUSE_BYTE &&
        !(visit->pending && visit->call.command == visit->cause.command))
        return MUSTER_NEED_ALL;
    return dispatch_need(visit);
}

/* Finds this processor's part in the round in progress, or starts one. Who finds that nobody
 * waits for it looks for causes before it leaves: a cause that is raised after that look has an SMI
 * of its own, and somebody to take it. */
static enum role role_find(struct core_visit *visit)
{
    visit->cause.causes = 0;
    /* A failed election means that another processor was elected, and its round is found at the
     * next look unless it is over by then. Each such round takes an SMI of its own: the loop ends
     * when they do. */
    for (;;) {
        enum round_phase phase = round_look(visit);

        if (phase == ROUND_OPEN)
            return ROLE_FOLLOWER;
        if (phase == ROUND_CLOSED && (visit->pending || !order_frees(visit)))
            return ROLE_LATE;
        visit->cause = port_cause_look();
        if (!visit->pending && visit->cause.causes == 0)
            return ROLE_NOBODY;
        if (phase == ROUND_CLOSED)
            return ROLE_LATE;
        visit->need = need_to_gather(visit);
        if (round_elect(visit, phase,
                        visit->need == MUSTER_NEED_ALONE ? ROUND_CLOSED : ROUND_OPEN))
            return ROLE_MONARCH;
    }
}

/* The round is over for a monarch that was declared lost: whatever it did, it answers nothing.
 */
static void deposed(struct core_visit *visit)
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

/* The monarch: gather, close, find out why, let go who is not needed, handle, release. Causes are
 * taken only after the door is closed, so that those of every follower that is not late are among
 * them; if they need more processors than were gathered, those are gathered then. */
static void lead(struct core_visit *visit)
{
    visit->record.flags |= MUSTER_RECORD_MONARCH;
    visit->record.monarch = (uint16_t)visit->self->index;
    presence_enter(visit->self, visit->round, 0);
    gather_processors(visit, others_are_coming(visit));
    if (visit->need != MUSTER_NEED_ALONE && !round_close(visit)) {
        deposed(visit);
        return;
    }
    visit->cause = port_cause_take();
    visit->need = need_to_gather(visit);
    /* The SMI of what was taken has brought nobody: who came with it found it gone, and left. */
    if (visit->need < visit->gathered)
        gather_processors(visit, false);
    visit->record.gathered = clock_now();
    gather_excuse_lost(visit);
    request_serve_all(visit);
    visit->record.handled = clock_now();
    if (!round_release(visit))
        deposed(visit);
    visit->record.released = clock_now();
    if (visit->record.cause != 0)
        visit->self->totals.rounds++;
    else
        visit->record.flags |= MUSTER_RECORD_EMPTY;
}

/* A follower: tell what it brings, be held, take the answer. One that came late, or had to
 * declare the monarch lost, looks for causes again: nobody has looked since it came. */
static void follow(struct core_visit *visit, bool late)
{
    uint64_t news = request_publish(visit);

    presence_enter(visit->self, visit->round, news);
    if (late)
        visit->record.flags |= MUSTER_RECORD_LATE;
    visit->stays = news != 0 || visit->cause.causes != 0;
    visit->again = late;
    order_wait(visit);
    request_conclude(visit);
    visit->record.released = clock_now();
}

/* Starts the record of a round. Only what every record needs is set: see log.c for what is
 * written of it when. */
static void record_begin(struct core_visit *visit, uint16_t flags)
{
    struct muster_record *record = &visit->record;

    record->flags = flags;
    record->processor = (uint16_t)visit->self->index;
    record->cause = 0;
    record->command = 0;
    record->status = 0;
    record->monarch = MUSTER_RECORD_NOBODY;
    record->came = 0;
    record->answered = 0;
    record->entered = visit->started;
}

static void meet_round(struct core_visit *visit)
{
    enum role role = role_find(visit);

    visit->again = false;
    if (role == ROLE_MONARCH) {
        lead(visit);
    } else if (role == ROLE_NOBODY) {
        visit->record.flags |= MUSTER_RECORD_EMPTY;
        visit->record.released = visit->record.entered;
    } else {
        follow(visit, role == ROLE_LATE);
    }
    if (visit->record.flags & MUSTER_RECORD_BROKEN)
        visit->self->totals.broken++;
    log_write(visit);
}

void muster_smi(struct muster_processor *self)
{
    struct core_visit visit; /* not zeroed: every part is set before it is read */
    unsigned rounds = 0;

    visit.self = self;
    visit.started = clock_now();
    self->totals.visits++;
    record_begin(&visit, MUSTER_RECORD_ENTRY);
    request_collect(&visit);
    for (;;) {
        meet_round(&visit);
        if (!visit.again || ++rounds == ROUNDS_PER_VISIT_MAX) {
            request_answer(&visit);
            /* Once at most: it waits in the slot, and behind a slot nothing waits. */
            if (!request_collect_waiting(&visit))
                break;
            rounds = 0;
        }
        visit.started = clock_now();
        record_begin(&visit, 0);
    }
    presence_leave(self, visit.round);
}
