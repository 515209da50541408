/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of processors the way Linux writes them: "0-3,5". */
#include "smistat.h"

#include <ctype.h>

bool cpulist_has(const struct cpulist *list, unsigned cpu)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->cpus[i] == cpu)
            return true;
    return false;
}

static bool cpulist_add(struct cpulist *list, unsigned cpu)
{
    if (cpulist_has(list, cpu))
        return true;
    if (list->count == SMISTAT_PROCESSORS_MAX)
        return false;
    list->cpus[list->count++] = (uint16_t)cpu;
    return true;
}

static bool number_read(const char **text, unsigned *value)
{
    if (!isdigit((unsigned char)**text))
        return false;
    *value = 0;
    while (isdigit((unsigned char)**text)) {
        *value = *value * 10 + (unsigned)(**text - '0');
        if (*value > UINT16_MAX)
            return false;
        (*text)++;
    }
    return true;
}

bool cpulist_parse(const char *text, struct cpulist *list)
{
    list->count = 0;
    for (;;) {
        unsigned from, to;

        if (!number_read(&text, &from))
            return false;
        to = from;
        if (*text == '-') {
            text++;
            if (!number_read(&text, &to) || to < from)
                return false;
        }
        for (unsigned cpu = from; cpu <= to; cpu++)
            if (!cpulist_add(list, cpu))
                return false;
        if (*text == '\0' || *text == '\n')
            return true;
        if (*text++ != ',')
            return false;
    }
}
