/* SPDX-License-Identifier: BSD-2-Clause */
/* The no-op: what an SMI costs when it does nothing. Latency benchmarks fire it. */
#include <muster/handler.h>

static uint32_t noop_handle(struct muster_call *call)
{
    (void)call;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(noop_handler, .name = "noop", .function = noop_handle,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE,
               .command = MUSTER_COMMAND_NOOP);
