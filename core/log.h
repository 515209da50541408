/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMI log: each processor's own ring and counters in the OS window. One writer each, so no
 * record is ever mixed from two; write only, so nothing the OS does to the window comes back
 * in.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <core/runtime.h>

/* Appends visit->record to this processor's ring and publishes its totals. */
void log_write(struct muster_processor *self, struct core_visit *visit);

/* The last record of a processor that stays in SMM for good. It belongs to no round; its
 * number is that of the round in progress. */
void log_stop(struct muster_processor *self, const struct muster_fault *fault);

#endif
