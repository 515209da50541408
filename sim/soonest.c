/* SPDX-License-Identifier: BSD-2-Clause */
/* A binary heap in an array. See soonest.h. */
#include <sim/soonest.h>

#include <stdlib.h>

bool soonest_create(struct soonest *queue, const uint64_t *clock, unsigned processors)
{
    *queue = (struct soonest){.clock = clock, .heap = calloc(processors, sizeof(*queue->heap))};
    return queue->heap != NULL;
}

void soonest_destroy(struct soonest *queue)
{
    free(queue->heap);
}

static bool goes_before(const struct soonest *queue, uint32_t one, uint32_t other)
{
    uint64_t first = queue->clock[one];
    uint64_t second = queue->clock[other];

    return first != second ? first < second : one < other;
}

void soonest_put(struct soonest *queue, unsigned processor)
{
    unsigned at = queue->count++;

    for (; at != 0 && goes_before(queue, processor, queue->heap[(at - 1) / 2]);
         at = (at - 1) / 2)
        queue->heap[at] = queue->heap[(at - 1) / 2];
    queue->heap[at] = processor;
}

/* Of the two below `at` the one that goes first; `count` if there is none. */
static unsigned child_of(const struct soonest *queue, unsigned at)
{
    unsigned child = 2 * at + 1;

    if (child >= queue->count)
        return queue->count;
    if (child + 1 < queue->count &&
        goes_before(queue, queue->heap[child + 1], queue->heap[child]))
        child++;
    return child;
}

unsigned soonest_take(struct soonest *queue)
{
    unsigned first = queue->heap[0];
    uint32_t last = queue->heap[--queue->count];
    unsigned at = 0;
    unsigned child;

    while ((child = child_of(queue, at)) < queue->count &&
           goes_before(queue, queue->heap[child], last)) {
        queue->heap[at] = queue->heap[child];
        at = child;
    }
    queue->heap[at] = last;
    return first;
}
