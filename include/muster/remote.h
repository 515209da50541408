/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running a function on other processors, from a handler. They are parked in SMM; each that is
 * named runs the function with its own registers and on its own stack, and waits again. The
 * handler goes on meanwhile, or waits for it.
 *
 * What a handler has started ends with it: when it returns, a function that has not begun never
 * will, and one that has begun is waited for, for half of the second deadline (muster/install.h) at
 * most. Longer is in the log as a budget overrun. So what `argument` points to has to live in the
 * image, not on the handler's stack, if the function may hang.
 *
 * All waits of a round, these and the handlers' own, end half of that deadline before those who are held
 * lose patience with the monarch, whatever they were given.
 *
 * In images for 128 KiB of SMRAM handlers share two stacks, of which the monarch has one: functions
 * run one after the other there.
 *
 * A function that faults is ended as a handler is (status MUSTER_STATUS_FAULT), and its processor's
 * own record tells of it. Nothing here may be called from a function that runs on another processor:
 * it finds nobody present, and is refused with MUSTER_STATUS_NO_REQUEST.
 *
 * Memory order: what the handler has stored before muster_remote_start is seen by the function, and
 * what the function has stored is seen after the wait that it ended.
 */
#ifndef MUSTER_REMOTE_H
#define MUSTER_REMOTE_H

#include <stdbool.h>

#include <muster/handler.h>

/* Times that a round's handlers can start something, together: steps of one word. One less if the
 * round has let somebody go. */
#define MUSTER_REMOTE_STARTS_MAX 254u

/* Processors by index: bit i of word i / 64. */
struct muster_set {
    uint64_t words[MUSTER_SET_WORDS]; /* by muster_set_has and so on */
};

/* What was started: those of whom it is not known that they are finished. */
struct muster_token {
    struct muster_set running; /* a copy of whom it was started on, without those finished */
};

static inline bool muster_set_has(const struct muster_set *set, uint32_t index)
{
    return set->words[index / 64] >> (index % 64) & 1;
}

static inline void muster_set_add(struct muster_set *set, uint32_t index)
{
    set->words[index / 64] |= UINT64_C(1) << (index % 64);
}

static inline void muster_set_remove(struct muster_set *set, uint32_t index)
{
    set->words[index / 64] &= ~(UINT64_C(1) << (index % 64));
}

/* The index of the processor that this runs on. */
uint32_t muster_remote_self(const struct muster_call *call);

/* Fills `present` with those that a function can be run on now: in the round, not let go, and not
 * this one. */
void muster_remote_present(const struct muster_call *call, struct muster_set *present);

/* Starts the function on all of `targets`, each with a call of its own: `argument` as given,
 * issuer and command those of `call`, the rest zero. Either all are started or none:
 *   MUSTER_STATUS_SUCCESS           all, and `token` is for muster_remote_wait
 *   MUSTER_STATUS_NOT_FOUND         somebody is not in the round: not among those present
 *   MUSTER_STATUS_NOT_READY         somebody is not finished with what was started before
 *   MUSTER_STATUS_OUT_OF_RESOURCES  more than MUSTER_REMOTE_STARTS_MAX in this round
 *   MUSTER_STATUS_BROKEN            this processor was declared lost and the round is over: some may
 *                                   have begun
 *   MUSTER_STATUS_NO_REQUEST        not called from a handler on the monarch */
uint32_t muster_remote_start(const struct muster_call *call, const struct muster_set *targets,
                             muster_handler_function *function, uint64_t argument,
                             struct muster_token *token);

/* Waits until everybody in `token` has finished, and takes those out of it.
 *   MUSTER_STATUS_TIMEOUT  somebody has not in this time, or the round's: still in `token`. The
 *                          function has not begun there, and never will; or it has, and hangs
 *   otherwise              the first status, by index, that is not MUSTER_STATUS_SUCCESS; or that
 * With 0 microseconds it only looks; then nothing is called off, and waiting again is right. */
uint32_t muster_remote_wait(const struct muster_call *call, struct muster_token *token,
                            uint32_t microseconds);

/* The status of the last function that has finished on this processor, and its results. They last
 * until the next start. */
uint32_t muster_remote_result(const struct muster_call *call, uint32_t index,
                              uint64_t result[2]);

/* Starts and waits. */
static inline uint32_t muster_remote_run(const struct muster_call *call,
                                         const struct muster_set *targets,
                                         muster_handler_function *function, uint64_t argument,
                                         uint32_t microseconds)
{
    struct muster_token token;
    uint32_t status = muster_remote_start(call, targets, function, argument, &token);

    if (status != MUSTER_STATUS_SUCCESS)
        return status;
    return muster_remote_wait(call, &token, microseconds);
}

#endif
