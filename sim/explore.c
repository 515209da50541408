/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Depth-first search. A frame is a state with transitions still to take; a state with one
 * transition only is not saved, because nothing comes back to it.
 *
 * Why the reductions are sound is told in docs/simulator.md.
 */
#include <sim/explore.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sim/merge.h>
#include <sim/table.h>
#include <sim/work.h>

#define SLEEPERS_MAX    20u /* processors whose transitions can sleep */
#define BIT_THE_REST    63u /* stands for all transitions that never sleep */
#define POOL_BYTES      (UINT64_C(1) << 28)
#define SHARD_TASKS     16u /* tasks for each shard, so that shards are about equal */
#define LOOK_EVERY      1024u
#define JOBS_MAX        TABLE_VISITORS_MAX
#define CHECKPOINT_MARK UINT64_C(0x315450434d49534d) /* "MSIMCPT1" */

struct frame {
    size_t snapshot;
    unsigned first, next, count; /* its transitions in search.list */
    unsigned depth;
    uint64_t sleeping;
    uint64_t done;
};

/* What all processes of one search share. */
struct shared {
    struct explore_counts counts[JOBS_MAX];
    uint32_t failed;
    uint32_t table_full;
    char property[64];
    char message[512];
    struct path path;
};

/* What one process has. */
static struct {
    const struct explore_options *options;
    struct table table;
    struct pool *pool;
    struct shared *shared;
    struct explore_counts *counts;
    char *initial;
    char *snapshots;
    size_t snapshots_size;
    size_t snapshots_used;
    struct frame *frames;
    unsigned frame_count;
    struct transition *list;
    unsigned list_used;
    struct path path;
    struct task task;
    double started, deadline, told;
    uint64_t told_transitions;
    unsigned worker;
} search;

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- Sleep sets ---- */

/* The bit of a transition that can sleep; BIT_THE_REST for one that depends on everything, and
 * so would be woken by whatever comes next. */
static unsigned sleep_bit(struct transition transition)
{
    if (transition.processor >= SLEEPERS_MAX)
        return BIT_THE_REST;
    switch (transition.kind) {
    case T_STEP:
        switch (engine_processors[transition.processor].op.kind) {
        case OP_CALL:
        case OP_CHOOSE:
        case OP_CLOCK:
            return BIT_THE_REST;
        default:
            return transition.processor;
        }
    case T_COMMIT:
        return SLEEPERS_MAX + transition.processor;
    case T_ENTER:
        return 2 * SLEEPERS_MAX + transition.processor;
    default:
        return BIT_THE_REST;
    }
}

static struct transition sleeper(unsigned bit)
{
    static const uint8_t kinds[3] = {T_STEP, T_COMMIT, T_ENTER};

    return (struct transition){kinds[bit / SLEEPERS_MAX], 0, (uint16_t)(bit % SLEEPERS_MAX)};
}

/* Those of `set` that still sleep after `transition`. Evaluated before it is taken. */
static uint64_t still_asleep(uint64_t set, struct transition transition)
{
    uint64_t result = 0;

    set &= ~(UINT64_C(1) << BIT_THE_REST);
    while (set != 0) {
        unsigned bit = (unsigned)__builtin_ctzll(set);

        if (engine_independent(sleeper(bit), transition))
            result |= UINT64_C(1) << bit;
        set &= set - 1;
    }
    return result;
}

/* ---- Visiting a state ---- */

static void fail(unsigned depth)
{
    struct shared *shared = search.shared;

    pool_lock(search.pool);
    if (shared->failed == 0 || depth < shared->path.length) {
        shared->failed = 1;
        snprintf(shared->property, sizeof(shared->property), "%s", engine.failed);
        snprintf(shared->message, sizeof(shared->message), "%s", engine.failure);
        shared->path = search.path;
        shared->path.length = depth;
    }
    pool_unlock(search.pool);
    __atomic_store_n(&search.pool->stop, 1, __ATOMIC_SEQ_CST);
}

static void snapshot_take(struct frame *frame)
{
    size_t most = engine_save_max();

    if (search.snapshots_used + most > search.snapshots_size) {
        search.snapshots_size = 2 * search.snapshots_size + most;
        search.snapshots = realloc(search.snapshots, search.snapshots_size);
        if (search.snapshots == NULL)
            abort();
    }
    frame->snapshot = search.snapshots_used;
    search.snapshots_used +=
        (engine_save(search.snapshots + search.snapshots_used) + 15) & ~(size_t)15;
}

/* Told at once, by the first who finds it so: states that are not kept are searched again and again, and
 * the search may well not end. */
static void tell_table_full(void)
{
    if (__atomic_exchange_n(&search.shared->table_full, 1, __ATOMIC_RELAXED) == 0)
        fprintf(stderr,
                "muster-sim: the table of states is full: the search goes on, but may not end; "
                "give it more --memory\n");
}

/* The transitions of the state that have to be explored by this visit, and EXPLORE_END if it is
 * an end that has not been looked at. */
static uint64_t visit_table(uint64_t hash, uint64_t sleeping)
{
    bool full = table_is_full(&search.table);
    uint64_t before = table_visit(&search.table, hash, sleeping);

    if (before == TABLE_NOTHING_EXPLORED) {
        search.counts->states++;
        if (full)
            tell_table_full();
    } else {
        search.counts->revisits++;
    }
    return before & ~sleeping;
}

static bool visit_end(unsigned depth)
{
    search.counts->ends++;
    /* Under a guide it may only be that nobody does what is wanted next. */
    if (engine.model->ended != NULL && engine.guide == NULL)
        engine.model->ended();
    if (search.options->at_end != NULL)
        search.options->at_end();
    if (engine.failed == NULL)
        return true;
    fail(depth);
    return false;
}

/* The engine is in a state that `depth` transitions led to. Pushes a frame if there is
 * something to explore. False if the search is over. */
static bool visit(uint64_t sleeping, unsigned depth)
{
    struct transition *list = search.list + search.list_used;
    struct frame *frame = &search.frames[search.frame_count];
    unsigned count;
    unsigned kept = 0;
    uint64_t awake;
    uint64_t hash = 0;

    if (depth > search.counts->depth)
        search.counts->depth = depth;
    if (engine.failed == NULL && depth >= EXPLORE_DEPTH_MAX)
        engine_fail("everyone-leaves", "an execution of %u transitions has no end", depth);
    if (engine.failed != NULL) {
        fail(depth);
        return false;
    }
    if (engine.astray)
        return true;
    if (!search.options->no_table) {
        hash = engine_hash();
        table_expect(&search.table, hash);
    }
    count = engine_enabled(list);
    sleeping = engine.at_rest ? sleeping & ~EXPLORE_END : sleeping | EXPLORE_END;
    awake = ~sleeping;
    if (!search.options->no_table)
        awake = visit_table(hash, sleeping);
    else
        search.counts->states++;
    if (awake & EXPLORE_END && !visit_end(depth))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (awake >> sleep_bit(list[i]) & 1)
            list[kept++] = list[i];
    if (kept == 0)
        return true;
    *frame = (struct frame){
        .first = search.list_used, .count = kept, .depth = depth, .sleeping = sleeping};
    search.list_used += kept;
    if (kept > 1)
        snapshot_take(frame);
    else
        frame->snapshot = search.snapshots_used;
    search.frame_count++;
    return true;
}

static void pop(void)
{
    const struct frame *frame = &search.frames[--search.frame_count];

    search.list_used = frame->first;
    search.snapshots_used = frame->snapshot;
}

static void count_taken(struct transition transition)
{
    search.counts->transitions++;
    search.counts->taken[transition.kind]++;
    if (transition.kind == T_EVENT)
        search.counts->events[transition.value % EXPLORE_EVENTS_MAX]++;
}

/* Picks the frame's next transition, with the sleeping set of the state it leads to. The engine
 * is in the frame's state. */
static struct transition frame_next(struct frame *frame, uint64_t *sleeping)
{
    struct transition transition = search.list[frame->first + frame->next++];

    *sleeping = 0;
    if (!search.options->no_sleep) {
        *sleeping = still_asleep(frame->sleeping | frame->done, transition);
        frame->done |= UINT64_C(1) << sleep_bit(transition);
    }
    return transition;
}

/* Hands the frame's remaining transitions to the pool. False if the pool is full. */
static bool frame_give_away(struct frame *frame)
{
    if (frame->next == frame->count)
        return true;
    engine_restore(search.snapshots + frame->snapshot);
    memcpy(search.task.path.steps, search.path.steps,
           frame->depth * sizeof(search.path.steps[0]));
    search.task.path.length = frame->depth + 1;
    while (frame->next != frame->count) {
        search.task.path.steps[frame->depth] = frame_next(frame, &search.task.sleeping);
        if (!pool_put(search.pool, &search.task))
            return false;
    }
    return true;
}

static void give_to_idle(void)
{
    for (unsigned i = 0; i < search.frame_count; i++)
        if (search.frames[i].next != search.frames[i].count) {
            frame_give_away(&search.frames[i]);
            return;
        }
}

static struct explore_counts counts_sum(void)
{
    struct explore_counts sum = {0};

    for (unsigned i = 0; i < JOBS_MAX; i++) {
        const struct explore_counts *counts = &search.shared->counts[i];

        sum.transitions += counts->transitions;
        sum.states += counts->states;
        sum.revisits += counts->revisits;
        sum.ends += counts->ends;
        sum.buffer_full += counts->buffer_full;
        sum.depth = sum.depth > counts->depth ? sum.depth : counts->depth;
        for (unsigned kind = 0; kind < T_KINDS; kind++)
            sum.taken[kind] += counts->taken[kind];
        for (unsigned event = 0; event < EXPLORE_EVENTS_MAX; event++)
            sum.events[event] += counts->events[event];
    }
    return sum;
}

static void show_progress(double now)
{
    struct explore_counts sum = counts_sum();

    fprintf(
        stderr,
        "muster-sim: %.0f s, %llu states, %llu transitions (%.2f M/s), depth %llu, pool %u%s\n",
        now - search.started, (unsigned long long)sum.states,
        (unsigned long long)sum.transitions,
        (double)(sum.transitions - search.told_transitions) / (now - search.told) / 1e6,
        (unsigned long long)sum.depth, search.pool->tasks,
        search.shared->table_full != 0 ? ", table full" : "");
    search.told = now;
    search.told_transitions = sum.transitions;
}

/* Looks around now and then. True if the search has to stop. */
static bool look_around(void)
{
    double now = seconds_now();

    search.counts->buffer_full = engine.buffer_full;
    if (search.worker == 0 && search.options->progress && now - search.told > 2)
        show_progress(now);
    if (interrupted || now > search.deadline)
        __atomic_store_n(&search.pool->stop, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&search.pool->stop, __ATOMIC_SEQ_CST) != 0;
}

/* Everything below the present frames. False if the search stops before that is done. */
static bool search_frames(void)
{
    unsigned until_look = LOOK_EVERY;

    while (search.frame_count != 0) {
        struct frame *frame = &search.frames[search.frame_count - 1];
        uint64_t sleeping;
        struct transition transition;

        if (frame->next == frame->count) {
            pop();
            continue;
        }
        if (frame->next != 0) {
            if (until_look-- == 0) {
                until_look = LOOK_EVERY;
                if (look_around())
                    return false;
                if (__atomic_load_n(&search.pool->idle, __ATOMIC_RELAXED) != 0 &&
                    search.pool->tasks == 0) {
                    give_to_idle();
                    continue;
                }
            }
            engine_restore(search.snapshots + frame->snapshot);
        }
        transition = frame_next(frame, &sleeping);
        search.path.steps[frame->depth] = transition;
        engine_take_listed(transition);
        count_taken(transition);
        if (!visit(sleeping, frame->depth + 1))
            return false;
    }
    return true;
}

/* Brings the engine to the state where the task begins, and visits it. */
static bool task_begin(void)
{
    engine_restore(search.initial);
    search.path.length = search.task.path.length;
    memcpy(search.path.steps, search.task.path.steps,
           search.task.path.length * sizeof(search.path.steps[0]));
    for (unsigned i = 0; i < search.path.length; i++)
        if (!engine_take(search.path.steps[i]))
            engine_fail("replay", "step %u of a task is not possible", i);
    if (search.path.length != 0)
        count_taken(search.path.steps[search.path.length - 1]);
    search.frame_count = 0;
    search.list_used = 0;
    search.snapshots_used = 0;
    return visit(search.task.sleeping, search.path.length);
}

static void work(unsigned worker)
{
    bool going = true;

    search.worker = worker;
    table_join(&search.table, worker);
    search.counts = &search.shared->counts[worker];
    while (going && pool_wait(search.pool, search.options->jobs, &search.task))
        going = task_begin() && search_frames();
    if (search.shared->failed == 0)
        for (unsigned i = 0; i < search.frame_count; i++)
            if (!frame_give_away(&search.frames[i]))
                fprintf(stderr, "muster-sim: the checkpoint is not whole: too much work\n");
    search.counts->buffer_full = engine.buffer_full;
}

/* ---- Starting and stopping ---- */

/* Splits the search into tasks, breadth first and the same for every shard, and keeps ours. */
static bool split_into_shards(void)
{
    unsigned wanted = search.options->shards * SHARD_TASKS;
    struct task *tasks = calloc(wanted + engine_transitions_max() + 1, sizeof(*tasks));
    unsigned first = 0;
    unsigned end = 1;
    bool good = tasks != NULL;

    while (good && first != end && end - first < wanted) {
        search.task = tasks[first++];
        memmove(tasks, tasks + first, (end - first) * sizeof(*tasks));
        end -= first;
        first = 0;
        good = task_begin();
        if (good && search.frame_count != 0) {
            struct frame *frame = &search.frames[0];

            while (frame->next != frame->count) {
                struct task *task = &tasks[end++];

                task->path = search.path;
                task->path.length = frame->depth + 1;
                task->path.steps[frame->depth] = frame_next(frame, &task->sleeping);
            }
        }
    }
    for (unsigned i = first; good && i < end; i++)
        if (i % search.options->shards == search.options->shard - 1)
            good = pool_put(search.pool, &tasks[i]);
    if (search.options->shard != 1)
        *search.counts = (struct explore_counts){0};
    free(tasks);
    return good;
}

struct checkpoint {
    uint64_t mark;
    uint64_t identity; /* of the initial state */
    struct explore_counts counts;
    double seconds;
};

static bool checkpoint_write(double seconds)
{
    struct checkpoint head = {CHECKPOINT_MARK, 0, counts_sum(), seconds};
    char name[4096];
    FILE *file;
    bool good;

    engine_restore(search.initial);
    head.identity = engine_hash();
    snprintf(name, sizeof(name), "%s.new", search.options->checkpoint);
    file = fopen(name, "wb");
    if (file == NULL)
        return false;
    good = fwrite(&head, sizeof(head), 1, file) == 1 && table_write(&search.table, file) &&
           pool_write(search.pool, file);
    good = fclose(file) == 0 && good;
    return good && rename(name, search.options->checkpoint) == 0;
}

/* 1 if the search goes on from a checkpoint, 0 if there is none, -1 if it cannot be used. */
static int checkpoint_read(double *seconds)
{
    struct checkpoint head;
    FILE *file = fopen(search.options->checkpoint, "rb");
    bool good;

    if (file == NULL)
        return 0;
    good = fread(&head, sizeof(head), 1, file) == 1 && head.mark == CHECKPOINT_MARK &&
           head.identity == engine_hash() && table_read(&search.table, file) &&
           pool_read(search.pool, file);
    fclose(file);
    if (!good)
        return -1;
    search.shared->counts[JOBS_MAX - 1] = head.counts;
    *seconds = head.seconds;
    return 1;
}

static bool allocate(void)
{
    size_t transitions = (size_t)(EXPLORE_DEPTH_MAX + 2) * engine_transitions_max();

    if (!table_create(&search.table, search.options->no_table ? 0 : search.options->memory))
        return false;
    search.pool = pool_create(POOL_BYTES);
    search.shared = mmap(NULL, sizeof(*search.shared), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    search.initial = malloc(engine_save_max());
    search.frames = calloc(EXPLORE_DEPTH_MAX + 2, sizeof(*search.frames));
    search.list = calloc(transitions, sizeof(*search.list));
    search.snapshots_size = 64 * engine_save_max();
    search.snapshots = malloc(search.snapshots_size);
    return search.pool != NULL && search.shared != MAP_FAILED && search.initial != NULL &&
           search.frames != NULL && search.list != NULL && search.snapshots != NULL;
}

static void release(void)
{
    table_destroy(&search.table);
    pool_destroy(search.pool);
    munmap(search.shared, sizeof(*search.shared));
    free(search.initial);
    free(search.frames);
    free(search.list);
    free(search.snapshots);
}

static void run_processes(unsigned jobs)
{
    fflush(NULL);
    if (jobs == 1) {
        work(0);
        return;
    }
    for (unsigned worker = 0; worker < jobs; worker++)
        if (fork() == 0) {
            work(worker);
            _exit(0);
        }
    for (unsigned worker = 0; worker < jobs;) {
        int status;

        if (wait(&status) < 0)
            continue;
        worker++;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            /* A process that crashed has lost its part of the search: nothing may be claimed.
             */
            snprintf(search.shared->property, sizeof(search.shared->property), "crash");
            snprintf(search.shared->message, sizeof(search.shared->message),
                     "a searching process ended with status %#x", (unsigned)status);
            search.shared->failed = 1;
            search.pool->stop = 1;
        }
    }
}

static bool begin(struct explore_result *result, double *before)
{
    int resumed = 0;

    if (search.options->checkpoint != NULL)
        resumed = checkpoint_read(before);
    if (resumed < 0) {
        snprintf(result->message, sizeof(result->message),
                 "checkpoint '%s' is damaged or of another search; remove it to start anew",
                 search.options->checkpoint);
        return false;
    }
    if (resumed > 0)
        return true;
    search.task = (struct task){0};
    if (search.options->shards == 0)
        return pool_put(search.pool, &search.task);
    return split_into_shards() || search.shared->failed != 0;
}

static bool states_write(const struct explore_result *result)
{
    struct merge_head head = {.mark = MERGE_MARK,
                              .shard = search.options->shard,
                              .shards = search.options->shards,
                              .outcome = result->outcome,
                              .table_full = result->table_full,
                              .hash_seed = search.options->hash_seed,
                              .seconds = result->seconds,
                              .counts = result->counts};
    FILE *file = fopen(search.options->states, "wb");
    bool good;

    if (file == NULL)
        return false;
    engine_restore(search.initial);
    head.identity = engine_hash();
    good =
        fwrite(&head, sizeof(head), 1, file) == 1 && table_write_in_order(&search.table, file);
    return fclose(file) == 0 && good;
}

static void conclude(struct explore_result *result, double before)
{
    const struct shared *shared = search.shared;

    result->counts = counts_sum();
    result->table_full = shared->table_full != 0;
    result->seconds = before + seconds_now() - search.started;
    result->outcome = shared->failed != 0       ? EXPLORE_FAILED
                      : search.pool->tasks != 0 ? EXPLORE_STOPPED
                                                : EXPLORE_COMPLETE;
    if (shared->failed != 0) {
        memcpy(result->property, shared->property, sizeof(result->property));
        memcpy(result->message, shared->message, sizeof(result->message));
        result->path = shared->path;
    }
    if (search.options->states != NULL && !states_write(result))
        fprintf(stderr, "muster-sim: cannot write '%s'\n", search.options->states);
    if (search.options->checkpoint == NULL)
        return;
    if (result->outcome != EXPLORE_STOPPED)
        unlink(search.options->checkpoint);
    else if (!checkpoint_write(result->seconds))
        fprintf(stderr, "muster-sim: cannot write checkpoint '%s'\n",
                search.options->checkpoint);
}

bool explore(const struct explore_options *options, struct explore_result *result)
{
    double before = 0;
    bool good;

    memset(result, 0, sizeof(*result));
    memset(&search, 0, sizeof(search));
    search.options = options;
    options->setup(options->scenario);
    engine.hash_seed = options->hash_seed;
    if (!options->no_sleep && engine.processors > SLEEPERS_MAX) {
        snprintf(result->message, sizeof(result->message),
                 "sleep sets are for at most %u processors; random takes more", SLEEPERS_MAX);
        return false;
    }
    if (!allocate()) {
        snprintf(result->message, sizeof(result->message), "not enough memory");
        return false;
    }
    search.counts = &search.shared->counts[0];
    search.started = search.told = seconds_now();
    search.deadline = options->seconds != 0 ? search.started + (double)options->seconds : 1e300;
    interrupted = 0;
    if (options->checkpoint != NULL) {
        signal(SIGINT, on_signal);
        signal(SIGTERM, on_signal);
    }
    engine_save(search.initial);
    good = begin(result, &before);
    if (good) {
        if (search.shared->failed == 0)
            run_processes(options->jobs);
        conclude(result, before);
    }
    release();
    return good;
}
