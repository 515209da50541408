/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gaps between two readings of the time-stamp counter by a processor that does nothing else.
 * Something took the processor away meanwhile: an SMI, an interrupt, another program, or a
 * machine below this one. Only those in which MSR 34h counted are certain to be SMIs.
 *
 * Bins and threshold are those of the BIOS Implementation Test Suite's SMI latency test, so that
 * figures can be compared.
 */
#include "smistat.h"

static const char *const names[GAP_BINS] = {
    "      t <=   1 us",    "  1 us < t <=  10 us", " 10 us < t <= 100 us",
    "100 us < t <=   1 ms", "  1 ms < t <=  10 ms", " 10 ms < t <= 100 ms",
    "100 ms < t <=   1 s",  "   1 s < t <=  10 s",  "  10 s < t <= 100 s",
    " 100 s < t",
};

const char *gap_bin_name(unsigned bin)
{
    return names[bin];
}

void gaps_start(struct gaps *gaps, uint64_t ticks_per_second)
{
    *gaps = (struct gaps){0};
    for (uint64_t i = 1, microseconds = 1; i < GAP_BINS; i++, microseconds *= 10)
        gaps->edges[i] = microseconds * ticks_per_second / 1000000;
}

void gaps_add(struct gaps *gaps, uint64_t ticks, uint64_t smis)
{
    unsigned bin = GAP_BINS - 1;

    while (bin > 0 && ticks <= gaps->edges[bin])
        bin--;
    gaps->bins[bin].count++;
    gaps->bins[bin].with_smi += smis > 0;
    if (ticks > gaps->bins[bin].longest)
        gaps->bins[bin].longest = ticks;
    gaps->smis += smis;
    if (smis > 0 && ticks > gaps->longest_with_smi)
        gaps->longest_with_smi = ticks;
}

void gaps_merge(struct gaps *into, const struct gaps *what)
{
    for (unsigned i = 0; i < GAP_BINS; i++) {
        struct gap_bin *bin = &into->bins[i];

        bin->count += what->bins[i].count;
        bin->with_smi += what->bins[i].with_smi;
        if (what->bins[i].longest > bin->longest)
            bin->longest = what->bins[i].longest;
    }
    into->smis += what->smis;
    if (what->longest_with_smi > into->longest_with_smi)
        into->longest_with_smi = what->longest_with_smi;
}
