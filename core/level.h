/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Level causes: those that stay raised at their source until somebody puts them down (window.h
 * names them). Such an SMI comes again for as long as its source is raised, and could keep the
 * machine in SMM. Two rules bound that:
 *
 *   - A cause that no handler serves is switched off at its first SMI, if it has a source.
 *   - One that is raised again when its handlers have returned may be a new event or a device
 *     that nothing has put down. Its SMI comes again. In LEVEL_REPEATS_MAX such rounds running that
 *     one processor led it is switched off too.
 *
 * Both are in the log (MUSTER_RECORD_AGAIN, MUSTER_RECORD_SWITCHED_OFF).
 */
#ifndef CORE_LEVEL_H
#define CORE_LEVEL_H

#include <core/runtime.h>

#define LEVEL_REPEATS_MAX 8u

/* Monarch: runs the handlers of these level causes, all that were taken in this round. */
void level_serve(struct muster_processor *self, struct core_visit *visit, uint32_t causes);

/* The same where no handler can run: the events are lost, and the rules hold for their sources. */
void level_refuse(struct muster_processor *self, struct core_visit *visit, uint32_t causes);

#endif
