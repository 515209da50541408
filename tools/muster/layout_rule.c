/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many processors coreboot fits into SMRAM, for comparison: sizes are those of its build for
 * q35 in 2026.
 *
 * Its rule: the handler at the top; below it one 64 KiB segment whose processors' SMBASEs step
 * down by the larger of save state and stub, as many as keep save states off the first stub; then
 * the next segment, 64 KiB lower; stacks from the bottom up.
 */
#include "layout_rule.h"

#include <stdbool.h>

#define SEGMENT      0x10000
#define ENTRY_OFFSET 0x8000
#define LINE         64

static bool rule_fits(int64_t size, uint32_t processors)
{
    const int64_t in_segment = (SEGMENT - ENTRY_OFFSET - LAYOUT_RULE_ENTRY) / LAYOUT_RULE_SAVE;
    const int64_t first = (size - LAYOUT_RULE_HANDLER) / LINE * LINE - SEGMENT;
    const int64_t last = processors - 1;
    const int64_t smbase =
        first - last / in_segment * SEGMENT - last % in_segment * LAYOUT_RULE_SAVE;

    return smbase + ENTRY_OFFSET >= (int64_t)processors * LAYOUT_RULE_STACK;
}

uint32_t layout_rule_capacity(uint64_t smram_size, uint32_t most)
{
    uint32_t processors = 0;

    while (processors < most && rule_fits((int64_t)smram_size, processors + 1))
        processors++;
    return processors;
}
