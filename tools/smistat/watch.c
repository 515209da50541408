/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching: look, wait, look again, show the difference. The rings are read many times in
 * between, as they are small; what is lost nevertheless is told.
 *
 * Nothing is fired and nothing is written to the window, so any number may watch, and another
 * smistat may fire meanwhile.
 */
#include "smistat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_SECONDS 0.02 /* between two readings of the rings, and of the keyboard */

/* What goes on from interval to interval. */
struct watcher {
    struct watched *watched;
    struct collector collector;
    struct counts before, after;
    unsigned gaps_position;
    bool json, screen;
    bool shown; /* a picture */
};

bool watched_shows(const struct watched *watched, const struct row *row)
{
    if (row->cpu < 0) /* Linux does not run it: only shown with all */
        return watched->shown.count == watched->machine->online.count;
    return cpulist_has(&watched->shown, (unsigned)row->cpu);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Until `until`; true: it is to end now. */
static bool wait_and_read(struct watcher *watcher, double until)
{
    struct watched *watched = watcher->watched;
    bool end = false;

    for (double left; !end && (left = until - now()) > 0;) {
        double slice = left < DRAIN_SECONDS ? left : DRAIN_SECONDS;

        if (watched->gaps_cpu >= 0)
            spin(watched->machine, watcher->gaps_position,
                 (uint64_t)(slice * (double)watched->ticks_per_second),
                 &watched->interval.gaps);
        end = terminal_wait(watched->gaps_cpu >= 0 ? 0 : slice);
        collector_drain(&watcher->collector);
    }
    return end;
}

static void interval_open(struct watcher *watcher)
{
    struct watched *watched = watcher->watched;
    struct interval *interval = &watched->interval;
    const struct muster_window *header = &watched->machine->window.header;

    memset(interval, 0, sizeof(*interval));
    interval->tally.muster = watched->machine->muster;
    interval->tally.rounds = &interval->rounds;
    rows_make(watched->machine, &interval->tally);
    gaps_start(&interval->gaps, watched->ticks_per_second);
    watcher->collector.rounds.held_limit =
        header->ticks_per_second * SMI_MICROSECONDS_MAX / 1000000;
}

/* The records and counters up to now belong to this interval. */
static void interval_take(struct watcher *watcher, double seconds)
{
    struct watched *watched = watcher->watched;
    struct interval *interval = &watched->interval;
    uint64_t overwritten = collector_overwritten(&watcher->collector);
    struct rounds next = {0};

    counts_read(watched->machine, &watcher->after);
    rows_subtract(&interval->tally, &watcher->before, &watcher->after);
    watcher->before = watcher->after;
    interval->seconds = seconds;
    interval->rounds = watcher->collector.rounds;
    interval_close(interval, &next);
    watcher->collector.rounds = next;
    interval->tally.overwritten = overwritten - watched->history.overwritten;
    history_add(&watched->history, interval);
}

static void show(struct watcher *watcher)
{
    struct watched *watched = watcher->watched;
    char *picture = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&picture, &size);

    if (!out)
        return;
    watched->keys = watcher->screen;
    if (watcher->json)
        watch_json(out, watched);
    else
        watch_text(out, watched);
    fclose(out);
    if (watcher->screen)
        terminal_draw(stdout, picture, terminal_lines());
    else
        printf("%s%s", watcher->json || !watcher->shown ? "" : "\n", picture);
    watcher->shown = true;
    fflush(stdout);
    free(picture);
}

/* The last picture stays on the terminal. */
static void watch_end(struct watcher *watcher)
{
    terminal_leave();
    watcher->shown = watcher->shown && !watcher->screen;
    watcher->screen = watcher->watched->colour = false;
    show(watcher);
    rounds_free(&watcher->watched->interval.rounds);
    rounds_free(&watcher->collector.rounds);
}

static void watch_run(struct watcher *watcher, double duration)
{
    struct watched *watched = watcher->watched;
    const double start = now(), end = duration > 0 ? start + duration : INFINITY;
    double from = start, at;

    counts_read(watched->machine, &watcher->before);
    collector_start(&watcher->collector, watched->machine, &watcher->before);
    interval_open(watcher);
    if (watcher->screen)
        show(watcher); /* empty, but nobody waits for a picture */
    for (;; from = at) {
        bool enough = wait_and_read(watcher, fmin(from + watched->every, end));

        at = now();
        interval_take(watcher, at - from);
        if (enough || at >= end)
            break;
        show(watcher);
        rounds_free(&watched->interval.rounds);
        interval_open(watcher);
    }
    watch_end(watcher);
}

/* On which processor to look for gaps: without muster there is nothing better to look at. The
 * last one, as the first has most of the interrupts. */
static int gaps_prepare(const struct options *options, struct watcher *watcher)
{
    struct watched *watched = watcher->watched;
    const struct cpulist *online = &watched->machine->online;

    watched->gaps_cpu = options->gaps_cpu;
    if (watched->gaps_cpu < 0 && !watched->machine->muster)
        watched->gaps_cpu = online->cpus[online->count - 1];
    if (watched->gaps_cpu < 0)
        return TOOL_OK;
    while (watcher->gaps_position < online->count &&
           online->cpus[watcher->gaps_position] != watched->gaps_cpu)
        watcher->gaps_position++;
    if (watcher->gaps_position == online->count)
        return cannot(NAME,
                      "there is no processor %d to look for gaps on; online are %u, see nproc",
                      watched->gaps_cpu, online->count);
    if (!machine_pin((unsigned)watched->gaps_cpu))
        return cannot(NAME,
                      "processor %d may not be used; leave --gaps out, or run outside of a "
                      "cpuset",
                      watched->gaps_cpu);
    watched->ticks_per_second = spin_ticks_per_second();
    gaps_start(&watched->history.gaps, watched->ticks_per_second);
    return TOOL_OK;
}

int watch(const struct options *options, struct machine *machine)
{
    static struct watched watched;
    static struct watcher watcher = {.watched = &watched};
    int status = machine_choose(machine, options->cpus, &watched.shown);

    if (status == TOOL_OK)
        status = machine_open_counters(machine);
    watched.machine = machine;
    watched.every = options->interval;
    if (status == TOOL_OK)
        status = gaps_prepare(options, &watcher);
    if (status != TOOL_OK)
        return status;
    watcher.json = options->json;
    watcher.screen = terminal_enter(!options->json);
    watched.colour = watcher.screen && !getenv("NO_COLOR");
    watch_run(&watcher, options->duration);
    return TOOL_OK;
}
