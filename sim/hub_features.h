/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hub's SMI features and their negotiation, by three files of its configuration interface:
 *
 *   etc/smi/supported-features  what it offers
 *   etc/smi/requested-features  what the firmware wants; may be written at any time
 *   etc/smi/features-ok         to read it is to ask. If all that is wanted is offered the answer is 1,
 *                               and what is wanted holds until the next reset, whatever is requested
 *                               later. If not, it is 0, nothing holds, and the firmware may ask for less
 */
#ifndef SIM_HUB_FEATURES_H
#define SIM_HUB_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#define FEATURE_BROADCAST (UINT64_C(1) << 0) /* a command byte's SMI goes to every processor */

struct features {
    uint64_t supported;
    uint64_t requested;
    uint64_t negotiated; /* what the hub does */
    bool ok;
};

void features_reset(struct features *features, uint64_t supported);
bool features_ok(struct features *features);

/* What firmware does that wants the broadcast, or wants nothing: true if it has it. */
bool features_negotiate(struct features *features, bool broadcast);

#endif
