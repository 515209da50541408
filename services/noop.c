/* SPDX-License-Identifier: BSD-2-Clause */
/* The no-ops: what an SMI costs when it does nothing, with everybody held and with nobody.
 * Latency benchmarks fire them. */
#include <muster/handler.h>

static uint32_t noop_handle(struct muster_call *call)
{
    (void)call;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(noop_handler, .name = "noop", .function = noop_handle,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE,
               .command = MUSTER_COMMAND_NOOP);

MUSTER_HANDLER(alone_handler, .name = "alone", .function = noop_handle,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE,
               .command = MUSTER_COMMAND_ALONE, .need = MUSTER_NEED_ALONE);
