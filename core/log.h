/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMI log: each processor's own ring and counters in the OS window. One writer each, so no
 * record is ever mixed from two; write only, so nothing the OS does to the window comes back
 * in.
 *
 * A fact goes to its place in the ring, and a total to its counter, when it becomes known: nothing
 * is collected to be copied. What is added to bit by bit waits in visit->record.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <arch/outside.h>
#include <core/runtime.h>

/* Adds to a total of this processor. */
#define LOG_ADD(self, total, number)                                                           \
    outside_write64(&(self)->counters->total, (self)->totals.total += (number))
#define LOG_COUNT(self, total) LOG_ADD(self, total, 1)

/* Begins the record of a round; sets visit->started. */
void log_begin(struct muster_processor *self, struct core_visit *visit, uint32_t flags);

/* Times of the record: now. */
void log_gathered(struct muster_processor *self);
void log_handled(struct muster_processor *self);
void log_released(struct muster_processor *self);

/* Monarch: deposed before it could close the round. */
void log_deposed(struct muster_processor *self);

/* Released as soon as it had entered. */
void log_left(struct muster_processor *self, const struct core_visit *visit);

/* Monarch: how many are in the round. */
void log_came(struct muster_processor *self, uint32_t came);

/* Monarch: why the SMI fired, with which command, and how many requests were answered. */
void log_served(struct muster_processor *self, uint32_t cause, uint8_t command,
                uint32_t answered);

/* Monarch: log_gathered and log_served of a round that serves its own request and nothing else. */
void log_own(struct muster_processor *self, uint8_t command);

/* Monarch: what a command byte was answered. */
void log_status(struct muster_processor *self, uint8_t status);

/* Ends the record. */
void log_end(struct muster_processor *self, struct core_visit *visit);

/* The whole rest of the record of a follower that there is nothing to tell of. */
void log_follower(struct muster_processor *self, uint64_t round);

/* The last record of a processor that stays in SMM for good. It belongs to no round; its
 * number is that of the round in progress. */
void log_stop(struct muster_processor *self, const struct muster_fault *fault);

#endif
