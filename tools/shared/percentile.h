/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of sorted values is a percentile, in every tool the same (page.html too): the least that
 * so many of a hundred do not exceed. It is one of the values, and of few it is the greatest.
 */
#ifndef TOOLS_SHARED_PERCENTILE_H
#define TOOLS_SHARED_PERCENTILE_H

#include <stddef.h>

/* `count` and `percent` are at least 1. */
static inline size_t percentile_index(size_t count, unsigned percent)
{
    return (count * percent + 99) / 100 - 1;
}

#endif
