/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replay: an execution as a readable text file, its minimisation, and its playback.
 *
 *   muster-sim replay 1
 *   KEY VALUE                  the scenario
 *   property NAME
 *   steps N
 *   KIND PROCESSOR VALUE ; what it means, for people
 *   ...
 *   end
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <sim/engine.h>
#include <sim/machine.h>
#include <tools/muster/log.h>

struct execution {
    struct scenario scenario;
    char property[64]; /* that fails at the end; empty: none */
    struct transition *steps;
    size_t length;
};

/* False, with "FILE:LINE: reason" in `error`, if the file cannot be used. */
bool replay_read(struct execution *execution, const char *name, char *error, size_t size);
bool replay_write(const struct execution *execution, const char *name);

/* Plays it from the start; prints each step to `file` unless NULL. Stops at a failure (then
 * engine.failed tells it) or at a step that is not possible. Returns the steps taken. */
size_t replay_play(const struct execution *execution, FILE *file);

/* After the last step, if all that has to happen has happened: what must be true then. */
void replay_end(void);

/* Plays it from the start and makes an SMI log of it (see replay_log.c), up to a failure or a
 * step that is not possible. For log_free(). False: out of memory. */
bool replay_log(const struct execution *execution, struct log *log);

/* Shortens it, keeping a failure of the same property; gives up after so many seconds. */
void replay_minimise(struct execution *execution, unsigned seconds);

#endif
