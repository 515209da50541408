/* SPDX-License-Identifier: BSD-2-Clause */
/* A handler for tests: leaves a recognisable secret in SMRAM, for a search of all memory after
 * a reset to look for. Only in build/test/muster-pattern*.rom. */
#include <muster/handler.h>

#define PATTERN_COMMAND 0x1fu
#define PATTERN_COPIES  40u

static const char pattern[] = "MUSTERSECRETPATTERN";

static uint32_t pattern_handle(struct muster_call *call)
{
    /* On the stack: the next boot writes its image and its structures over those of this one,
     * but its stacks are not touched so far down. */
    volatile char secret[PATTERN_COPIES * (sizeof(pattern) - 1)];
    volatile char *to = secret;

    (void)call;
    for (unsigned copy = 0; copy < PATTERN_COPIES; copy++)
        for (unsigned byte = 0; byte < sizeof(pattern) - 1; byte++)
            *to++ = pattern[byte];
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(pattern_handler, .name = "pattern", .function = pattern_handle,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE, .command = PATTERN_COMMAND);
