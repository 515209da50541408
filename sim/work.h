/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pool of work that searching processes share: places in the search tree still to be
 * explored, each as the path that leads there and the transitions that sleep there. Idle
 * processes take from it, busy ones fill it when somebody is idle. A checkpoint is its
 * contents.
 */
#ifndef SIM_WORK_H
#define SIM_WORK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <sim/explore.h>

struct task {
    uint64_t sleeping;
    struct path path;
};

struct pool {
    uint32_t lock;
    uint32_t idle;  /* processes waiting for work */
    uint32_t tasks; /* in the pool */
    uint32_t stop;  /* everybody stops: a failure, a signal, the time is over */
    uint64_t used;
    uint64_t size;
    char bytes[];
};

/* Shared with processes forked later. NULL if there is not so much memory. */
struct pool *pool_create(uint64_t bytes);
void pool_destroy(struct pool *pool);

/* False if the pool is full. */
bool pool_put(struct pool *pool, const struct task *task);
/* Takes the task put in last, so that the pool stays small. False if there is none. */
bool pool_get(struct pool *pool, struct task *task);

/* Waits for work. False when all `processes` wait, or when the search stops. */
bool pool_wait(struct pool *pool, unsigned processes, struct task *task);

bool pool_write(const struct pool *pool, FILE *file);
bool pool_read(struct pool *pool, FILE *file);

void pool_lock(struct pool *pool);
void pool_unlock(struct pool *pool);

#endif
