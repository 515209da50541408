/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runtime's entry: what the architecture's SMI entry code calls on every processor.
 */
#ifndef MUSTER_MUSTER_H
#define MUSTER_MUSTER_H

#define MUSTER_VERSION_MAJOR 0u /* changes with what an OS or a handler relies on */
#define MUSTER_VERSION_MINOR 1u /* changes with what is new */
#define MUSTER_VERSION_PATCH 0u /* changes with what is corrected */
/* As the window and the query command tell it: major << 16 | minor << 8 | patch. */
#define MUSTER_VERSION                                                                         \
    (MUSTER_VERSION_MAJOR << 16 | MUSTER_VERSION_MINOR << 8 | MUSTER_VERSION_PATCH)

/* One processor's part of the runtime's memory; what is in it is the core's business. */
struct muster_processor;

/* One visit of this processor to SMM, from entry to RSM: the caller executes RSM when it
 * returns. Returns after a bounded number of its own steps and at most the configured
 * deadlines, whatever the other processors do. */
void muster_smi(struct muster_processor *self);

#endif
