/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios as text: the same keys and values on the command line and in a replay file, and
 * named ones for the tests.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <sim/machine.h>

/* Two processors, one request, no failures. */
void scenario_default(struct scenario *scenario);

/* Sets one value. False, with the reason in `error`, if there is no such key or value. */
bool scenario_set(struct scenario *scenario, const char *key, const char *value, char *error,
                  size_t size);

/* False if the values do not fit together. */
bool scenario_check(const struct scenario *scenario, char *error, size_t size);

/* "key value" lines that scenario_set would take. */
void scenario_print(const struct scenario *scenario, FILE *file);

/* One line of help for each key. */
void scenario_help(FILE *file);

#endif
