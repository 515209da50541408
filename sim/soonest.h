/* SPDX-License-Identifier: BSD-2-Clause */
/* A queue of processors: the one whose clock shows least comes first, of two such the one with the
 * lower number. The clock of a processor in the queue must not change. */
#ifndef SIM_SOONEST_H
#define SIM_SOONEST_H

#include <stdbool.h>
#include <stdint.h>

struct soonest {
    const uint64_t *clock; /* of each processor; the caller's */
    uint32_t *heap;
    unsigned count;
};

/* Empty, with room for `processors`. False if there is no memory. */
bool soonest_create(struct soonest *queue, const uint64_t *clock, unsigned processors);
void soonest_destroy(struct soonest *queue);

/* The processor must not be in the queue. */
void soonest_put(struct soonest *queue, unsigned processor);

/* The queue must not be empty. */
unsigned soonest_take(struct soonest *queue);

#endif
