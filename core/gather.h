/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathering: the monarch waits until every processor that runs is in SMM and in its round.
 *
 * It only reads: one line for each follower, no locked operation. A processor that does not
 * come is sent a directed SMI after the first deadline and declared lost after the second. A
 * lost one is not waited for again until its mark shows that it has been back.
 */
#ifndef CORE_GATHER_H
#define CORE_GATHER_H

#include <core/runtime.h>

/* Monarch: the round of one that needs nobody else. */
void gather_nobody(struct muster_processor *self);

/* Monarch: gathers those that visit->gathered names into visit->round; calls them first, unless
 * they are `coming` already. Fills visit->news and the record's `came`, `lost` and `directed`. */
void gather_processors(struct muster_processor *self, struct core_visit *visit, bool coming);

/* Monarch of a closed round: gathers those that visit->gathered names by now. */
void gather_again(struct muster_processor *self, struct core_visit *visit);

/* Monarch, when it has closed the round: those it declared lost are not waited for again until
 * they have been back. Not before it has closed: in a round that is broken meanwhile, a
 * processor that comes meets another round, and would look lost. */
void gather_excuse_lost(struct muster_processor *self, struct core_visit *visit);

#endif
