/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Minimisation: leave out steps, first many at a time and then single ones, as long as the same
 * property still fails. A step that is no longer possible without the ones left out is left out
 * too. What remains has no step that could be dropped.
 */
#include <sim/replay.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool fails_the_same(const char *property)
{
    if (engine.failed == NULL)
        replay_end();
    return engine.failed != NULL && strcmp(engine.failed, property) == 0;
}

/* Plays all but the steps from..to; keeps in `kept` those taken. Returns their number if the
 * property fails, else 0. */
static size_t try_without(const struct execution *execution, size_t from, size_t to,
                          struct transition *kept)
{
    size_t count = 0;

    machine_setup(&execution->scenario);
    for (size_t i = 0; i < execution->length && engine.failed == NULL; i++) {
        if (i >= from && i < to)
            continue;
        if (engine_take(execution->steps[i]))
            kept[count++] = execution->steps[i];
    }
    return fails_the_same(execution->property) ? count : 0;
}

void replay_minimise(struct execution *execution, unsigned seconds)
{
    struct transition *kept = calloc(execution->length + 1, sizeof(*kept));
    time_t end = time(NULL) + (time_t)seconds;
    size_t chunk = execution->length / 2;

    while (kept != NULL && chunk != 0 && time(NULL) <= end) {
        bool shorter = false;

        for (size_t from = 0; from < execution->length && time(NULL) <= end;) {
            size_t count = try_without(execution, from, from + chunk, kept);

            if (count == 0 || count >= execution->length) {
                from += chunk;
                continue;
            }
            memcpy(execution->steps, kept, count * sizeof(*kept));
            execution->length = count;
            shorter = true;
        }
        if (!shorter || chunk > 1)
            chunk /= 2;
    }
    free(kept);
}
