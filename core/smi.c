/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SMI, from entry to RSM: the whole story, for every role.
 *
 * A processor that enters SMM takes its own request along and looks for a round: it leads one as
 * the monarch, is held in one as a follower, or finds nothing to do. It leaves when its request is
 * answered and nothing is left that only it may know of.
 */
#include <arch/handler_stack.h>
#include <core/block.h>
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
    ROLE_MONARCH_ALONE, /* one that gathers nobody */
    ROLE_FOLLOWER,
};

/* Who has to come before what is known to be asked for can run. A byte that is not this
 * processor's may be the request of one that is still on its way. */
static enum muster_need need_to_gather(struct muster_processor *self,
                                       const struct core_visit *visit,
                                       struct muster_cause cause)
{
    if (cause.causes & MUSTER_CAUSE_BYTE && cause.command != visit->asked)
        return MUSTER_NEED_ALL;
    if (USUAL_PATH_APART && USUAL(cause.causes == MUSTER_CAUSE_BYTE))
        return dispatch_need_of(self->runtime, cause.command);
    return dispatch_need(self, visit, cause);
}

static enum role in_time(struct core_visit *visit)
{
    visit->again = false;
    visit->stays = false;
    return ROLE_FOLLOWER;
}

/* A follower that found the round CLOSED is held like the others, and looks again afterwards:
 * nobody has looked for causes since it came. */
RARE static enum role late(struct core_visit *visit, struct muster_cause cause)
{
    visit->record.flags |= MUSTER_RECORD_LATE;
    visit->again = true;
    visit->stays = cause.causes != 0;
    return ROLE_FOLLOWER;
}

_Static_assert(ROUND_REST == 0 && ROUND_BROKEN == (NEWS_UNCERTAIN | NEWS_BROKEN),
               "how a round has ended tells what is news in the next");

static uint64_t news_before(enum round_phase phase)
{
    return (uint64_t)phase;
}

/* Whom to gather need not be asked where there is nobody; nor is there an election. */
static enum role lone(struct muster_processor *self, struct core_visit *visit, uint64_t word)
{
    visit->gathered = MUSTER_NEED_ALONE;
    visit->news = 0;
    round_begin_alone(self, visit, word);
    return ROLE_MONARCH_ALONE;
}

/* Finds this processor's part in the round in progress, or starts one. Who finds that nobody
 * waits for it looks for causes before it leaves: a cause that is raised after that look has an SMI
 * of its own, and somebody to take it. `cause` is what that look has shown. `word` is the round word at
 * a look just before, where the usual path has had one. */
static enum role role_find(struct muster_processor *self, struct core_visit *visit,
                           uint64_t word, struct muster_cause *cause)
{
    if (USUAL_PATH_APART && !USUAL(self->others) && request_is_pending(visit))
        return lone(self, visit, word);
    /* A failed election means that another processor was elected, and its round is found at the
     * next look unless it is over by then. Each such round takes an SMI of its own: the loop ends
     * when they do. */
    for (bool again = !USUAL_PATH_APART;; again = true) {
        enum round_phase phase;

        if (again)
            word = round_look(self);
        phase = round_phase(word);
        visit->round = round_of(word);
        cause->causes = 0;
        if (USUAL(phase == ROUND_OPEN))
            return in_time(visit);
        if (phase == ROUND_CLOSED && (request_is_pending(visit) || !order_frees(self, visit)))
            return late(visit, *cause);
        *cause = port_cause_look();
        if (cause->causes == 0 && !request_is_pending(visit))
            return ROLE_NOBODY;
        if (phase == ROUND_CLOSED)
            return late(visit, *cause);
        if (!USUAL(request_is_pending(visit) || !block_is_used(self->runtime)) &&
            round_await(self, visit, word))
            continue;
        visit->gathered = need_to_gather(self, visit, *cause);
        visit->news = news_before(phase);
        if (visit->gathered == MUSTER_NEED_ALONE) {
            visit->news |= self->others ? NEWS_UNCERTAIN : 0;
            if (round_elect(self, visit, word, ROUND_CLOSED))
                return ROLE_MONARCH_ALONE;
        } else if (round_elect(self, visit, word, ROUND_OPEN)) {
            return ROLE_MONARCH;
        }
    }
}

/* The round is over for a monarch that was declared lost: whatever it did, it answers nothing.
 */
RARE static void deposed(struct core_visit *visit)
{
    visit->record.flags |= MUSTER_RECORD_BROKEN;
    request_give_up(visit);
}

/* True if the SMI that brought the byte is on its way to everybody. It is not when others may
 * have taken it already, in a round of which nothing came. */
static bool others_are_coming(const struct core_visit *visit, struct muster_cause cause)
{
    return cause.causes & MUSTER_CAUSE_BYTE && port_smi_is_broadcast() &&
           visit->record.flags & MUSTER_RECORD_ENTRY && !(visit->news & NEWS_BROKEN);
}

/* What was taken may need more than what was looked at. Its SMI has brought nobody: who came with it
 * found it gone, and left. */
static void gather_more(struct muster_processor *self, struct core_visit *visit)
{
    enum muster_need need = need_to_gather(self, visit, visit->cause);

    if (need >= visit->gathered)
        return;
    visit->gathered = need;
    gather_again(self, visit);
}

/* Of a closed round: serves everything that was asked for. False if no handler can run. */
static bool serve(struct muster_processor *self, struct core_visit *visit,
                  struct muster_cause cause)
{
    if (USUAL(request_own_is_all(visit, cause)))
        return handler_stack_call(self, visit, request_serve_own);
    visit->cause = cause;
    if (visit->news & NEWS_UNCERTAIN)
        gather_more(self, visit);
    log_gathered(self);
    return handler_stack_call(self, visit, request_serve_all);
}

/* The monarch: gather, close, find out why, let go who is not needed, handle, release. Causes are
 * taken only after the door is closed, so that those of every follower that is not late are among
 * them; if they need more processors than were gathered, those are gathered then. */
static void lead(struct muster_processor *self, struct core_visit *visit, bool alone,
                 struct muster_cause cause)
{
    struct muster_cause taken;

    visit->record.flags |= MUSTER_RECORD_MONARCH;
    presence_enter(self, visit->round, 0);
    if (alone) {
        gather_nobody(self);
    } else {
        gather_processors(self, visit, others_are_coming(visit, cause));
        if (!round_close(self, visit)) {
            log_deposed(self);
            deposed(visit);
            return;
        }
        gather_excuse_lost(self, visit);
    }
    taken = port_cause_take();
    if (!serve(self, visit, taken))
        request_refuse_all(self, visit, taken);
    log_handled(self);
    if (!round_release(self, visit))
        deposed(visit);
    log_released(self);
}

/* A follower: tell what it brings, be held, take the answer. One that had to declare the monarch
 * lost looks for causes again, like one that came late. */
static void follow(struct muster_processor *self, struct core_visit *visit)
{
    uint64_t news = request_publish(self, visit);

    presence_enter(self, visit->round, news);
    if (!USUAL(!block_is_mine(self)) && !visit->again)
        block_tell(self, visit, news);
    if (news != 0)
        visit->stays = true;
    order_wait(self, visit);
    request_conclude(self, visit);
    log_released(self);
}

/* True if it must meet another one before it leaves. */
static bool meet_round(struct muster_processor *self, struct core_visit *visit, uint64_t word)
{
    struct muster_cause cause;
    enum role role = role_find(self, visit, word, &cause);

    if (role == ROLE_FOLLOWER) {
        follow(self, visit);
        log_end(self, visit);
        return visit->again;
    }
    if (role == ROLE_NOBODY) {
        visit->record.flags |= MUSTER_RECORD_EMPTY;
        log_left(self, visit);
    } else {
        lead(self, visit, role == ROLE_MONARCH_ALONE, cause);
    }
    log_end(self, visit);
    return false;
}

/* A plain follower is one that brings nothing, and is in time: it has but to be in the round until that
 * is over. This is all there is to it where that is soon. */
static bool follow_plainly(struct muster_processor *self, uint64_t round)
{
    presence_enter(self, round, 0);
    if (!USUAL(round_ends_shortly(self, round)))
        return false;
    log_follower(self, round);
    presence_leave(self, round);
    return true;
}

/* One that was not released that soon is a follower like others from here on. False if it must meet
 * another round. */
RARE static bool follow_on(struct muster_processor *self, struct core_visit *visit,
                           uint64_t round)
{
    request_collect_none(self, visit);
    visit->round = round;
    in_time(visit);
    order_wait(self, visit);
    log_released(self);
    log_end(self, visit);
    if (visit->again)
        return false;
    presence_leave(self, round);
    return true;
}

/* The look of the usual path at the round word. Where that is not apart, role_find() has the first. */
static uint64_t look_first(const struct muster_processor *self)
{
    return USUAL_PATH_APART ? round_look(self) : 0;
}

/* Another round in the same visit has a record of its own. */
static uint64_t look_again(struct muster_processor *self, struct core_visit *visit)
{
    LOG_COUNT(self, further);
    log_begin(self, visit, 0);
    return look_first(self);
}

void muster_smi(struct muster_processor *self)
{
    struct core_visit visit; /* not zeroed: every part is set before it is read */
    unsigned rounds = 0;
    bool brings;
    uint64_t word;
    uint64_t round;

    log_begin(self, &visit, MUSTER_RECORD_ENTRY);
    brings = request_collect(self, &visit);
    word = look_first(self);
    if (USUAL_PATH_APART && !brings) {
        if (USUAL(round_is_open(word, &round)) && !self->owes && !block_is_mine(self)) {
            if (follow_plainly(self, round) || follow_on(self, &visit, round))
                return;
            word = look_again(self, &visit);
        }
        request_collect_none(self, &visit);
    }
    for (;;) {
        bool again = meet_round(self, &visit, word);

        if (again && ++rounds == ROUNDS_PER_VISIT_MAX) {
            request_give_up(&visit);
            again = false;
        }
        if (!again) {
            request_answer(self, &visit);
            /* Once at most: it waits in the slot, and behind a slot nothing waits. */
            if (!request_collect_waiting(self, &visit))
                break;
            rounds = 0;
        }
        word = look_again(self, &visit);
    }
    presence_leave(self, visit.round);
}
