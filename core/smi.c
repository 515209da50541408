/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SMI, from entry to RSM: the whole story, for every role.
 *
 * A processor that enters SMM takes its own request along and meets a round: it leads one as
 * the monarch, or is held in one as a follower. It leaves when its request is answered and
 * nothing is left that only it may know of.
 */
#include <arch/clock.h>
#include <core/gather.h>
#include <core/log.h>
#include <core/presence.h>
#include <core/request.h>
#include <core/round.h>
#include <muster/muster.h>
#include <muster/port.h>

/* Rounds a processor meets in one visit before it leaves with a request unanswered. Each of
 * them but its own was led by another processor, which takes an SMI of its own every time. */
#define ROUNDS_PER_VISIT_MAX 64u

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
static bool others_are_coming(const struct core_visit *visit, struct muster_cause cause)
{
    return cause.causes & MUSTER_CAUSE_BYTE && port_smi_is_broadcast() &&
           visit->record.flags & MUSTER_RECORD_ENTRY && !visit->after_broken;
}

/* The end of a round that waited for nobody. A cause that came meanwhile is for the next round; but
 * the SMIs that came with it may have been taken by followers of this one, so they are sent anew. */
static void look_again(struct core_visit *visit)
{
    visit->again = port_cause_look().causes != 0;
    if (visit->again)
        gather_call_others(visit);
}

/* The monarch: gather, close, find out why, handle, release. A round without a cause is empty:
 * it ends at once and waits for nobody. Causes are taken only after the door is closed, so that
 * those of every follower that is not late are among them. */
static void lead(struct core_visit *visit)
{
    struct muster_cause cause = port_cause_look();
    bool wanted = visit->pending || cause.causes != 0;

    visit->record.flags |= MUSTER_RECORD_MONARCH;
    visit->record.monarch = (uint16_t)visit->self->index;
    presence_enter(visit->self, visit->round, 0);
    if (wanted)
        gather_processors(visit, others_are_coming(visit, cause));
    visit->record.gathered = clock_now();
    if (!round_close(visit)) {
        deposed(visit);
        return;
    }
    gather_excuse_lost(visit);
    if (wanted)
        request_serve_all(visit);
    else
        look_again(visit);
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
 * declare the monarch lost, looks for causes in a round of its own: nobody has looked since it
 * came. */
static void follow(struct core_visit *visit, bool late)
{
    uint64_t news = request_publish(visit);

    presence_enter(visit->self, visit->round, news);
    if (late)
        visit->record.flags |= MUSTER_RECORD_LATE;
    visit->again = !round_wait(visit) || late;
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
    enum round_role role = round_join(visit);

    visit->again = false;
    visit->seen = 0;
    visit->absent = false;
    if (role == ROLE_MONARCH)
        lead(visit);
    else
        follow(visit, role == ROLE_LATE);
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
