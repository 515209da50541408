/* SPDX-License-Identifier: BSD-2-Clause */
/* Feature negotiation. See hub_features.h. */
#include <sim/hub_features.h>

void features_reset(struct features *features, uint64_t supported)
{
    *features = (struct features){.supported = supported};
}

bool features_ok(struct features *features)
{
    if (!features->ok && (features->requested & ~features->supported) == 0) {
        features->negotiated = features->requested;
        features->ok = true;
    }
    return features->ok;
}

bool features_negotiate(struct features *features, bool broadcast)
{
    features->requested = broadcast ? FEATURE_BROADCAST : 0;
    return features_ok(features) && broadcast;
}
