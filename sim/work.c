/* SPDX-License-Identifier: BSD-2-Clause */
/* A stack of tasks in shared memory, behind a lock that is held for a copy at a time. */
#include <sim/work.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A task is kept as its steps, its sleeping set and, last, the number of steps. */
struct task_end {
    uint64_t sleeping;
    uint64_t length;
};

struct pool *pool_create(uint64_t bytes)
{
    struct pool *pool = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (pool == MAP_FAILED)
        return NULL;
    pool->size = bytes - sizeof(*pool);
    return pool;
}

void pool_destroy(struct pool *pool)
{
    munmap(pool, pool->size + sizeof(*pool));
}

void pool_lock(struct pool *pool)
{
    while (__atomic_exchange_n(&pool->lock, 1, __ATOMIC_ACQUIRE) != 0)
        usleep(1);
}

void pool_unlock(struct pool *pool)
{
    __atomic_store_n(&pool->lock, 0, __ATOMIC_RELEASE);
}

bool pool_put(struct pool *pool, const struct task *task)
{
    struct task_end end = {task->sleeping, task->path.length};
    size_t steps = task->path.length * sizeof(task->path.steps[0]);
    bool fits;

    pool_lock(pool);
    fits = pool->size - pool->used >= steps + sizeof(end);
    if (fits) {
        memcpy(pool->bytes + pool->used, task->path.steps, steps);
        memcpy(pool->bytes + pool->used + steps, &end, sizeof(end));
        pool->used += steps + sizeof(end);
        pool->tasks++;
    }
    pool_unlock(pool);
    return fits;
}

bool pool_get(struct pool *pool, struct task *task)
{
    struct task_end end;
    bool found;

    pool_lock(pool);
    found = pool->tasks != 0;
    if (found) {
        pool->used -= sizeof(end);
        memcpy(&end, pool->bytes + pool->used, sizeof(end));
        task->sleeping = end.sleeping;
        task->path.length = (unsigned)end.length;
        pool->used -= end.length * sizeof(task->path.steps[0]);
        memcpy(task->path.steps, pool->bytes + pool->used,
               end.length * sizeof(task->path.steps[0]));
        pool->tasks--;
    }
    pool_unlock(pool);
    return found;
}

bool pool_wait(struct pool *pool, unsigned processes, struct task *task)
{
    __atomic_fetch_add(&pool->idle, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        if (__atomic_load_n(&pool->stop, __ATOMIC_SEQ_CST) != 0)
            return false;
        if (__atomic_load_n(&pool->tasks, __ATOMIC_SEQ_CST) != 0) {
            /* Not idle while it tries: else the others might think that all is done. */
            __atomic_fetch_sub(&pool->idle, 1, __ATOMIC_SEQ_CST);
            if (pool_get(pool, task))
                return true;
            __atomic_fetch_add(&pool->idle, 1, __ATOMIC_SEQ_CST);
        } else if (__atomic_load_n(&pool->idle, __ATOMIC_SEQ_CST) == processes) {
            return false;
        }
        usleep(50);
    }
}

bool pool_write(const struct pool *pool, FILE *file)
{
    return fwrite(&pool->tasks, sizeof(pool->tasks), 1, file) == 1 &&
           fwrite(&pool->used, sizeof(pool->used), 1, file) == 1 &&
           fwrite(pool->bytes, 1, pool->used, file) == pool->used;
}

bool pool_read(struct pool *pool, FILE *file)
{
    return fread(&pool->tasks, sizeof(pool->tasks), 1, file) == 1 &&
           fread(&pool->used, sizeof(pool->used), 1, file) == 1 && pool->used <= pool->size &&
           fread(pool->bytes, 1, pool->used, file) == pool->used;
}
