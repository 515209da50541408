/* SPDX-License-Identifier: BSD-2-Clause */
/* A handler for tests: how many exceptions the 16-bit part of entry has come back from, on the
 * processor that runs it. Only in build/test/muster-early.rom, where each SMI provokes two. */
#include <arch/x86/context.h>
#include <muster/handler.h>

static uint32_t early_handle(struct muster_call *call)
{
    call->result[0] = context_own()->tss.early;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(early_handler, .name = "early", .function = early_handle,
               .causes = MUSTER_CAUSE_REQUEST, .command = 0x53);
