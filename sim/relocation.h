/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start-up, for the cost model: the shared accesses by which all processors but the first are moved to
 * SMBASEs of their own, one after the other, because all run the one default handler.
 *
 *   chain    each processor, when it is out of SMM, prepares the move of the next one and wakes it
 *            (US 7,493,435); the first one waits for the last
 *   central  the first processor does so for each, and waits for it
 *
 * A wake-up is a message to the processor's own line, and costs what a line costs. Of a wait only the
 * last look is counted, so the first processor's is as cheap as it can be.
 */
#ifndef SIM_RELOCATION_H
#define SIM_RELOCATION_H

#include <stdbool.h>

void relocation_setup(unsigned processors, bool chain);

#endif
