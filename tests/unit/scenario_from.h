/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario from "KEY VALUE KEY VALUE ...", for the simulator's tests. */
#ifndef TESTS_UNIT_SCENARIO_FROM_H
#define TESTS_UNIT_SCENARIO_FROM_H

#include <string.h>

#include <cmocka.h>

#include <sim/scenario.h>

static inline struct scenario scenario_from(const char *text)
{
    struct scenario scenario;
    char copy[256];
    char error[256];
    char *rest = NULL;

    scenario_default(&scenario);
    strcpy(copy, text);
    for (char *key = strtok_r(copy, " ", &rest); key != NULL; key = strtok_r(NULL, " ", &rest))
        assert_true(
            scenario_set(&scenario, key, strtok_r(NULL, " ", &rest), error, sizeof(error)));
    return scenario;
}

#endif
