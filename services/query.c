/* SPDX-License-Identifier: BSD-2-Clause */
/* The queries: which runtime this is, how many processors it holds, where its log is. */
#include <muster/handler.h>
#include <muster/muster.h>

static uint32_t query_handle(struct muster_call *call)
{
    call->result[0] = MUSTER_VERSION;
    call->result[1] = call->facts->processor_count;
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t log_handle(struct muster_call *call)
{
    call->result[0] = call->facts->window_address;
    call->result[1] = call->facts->window_size;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(query_handler, .name = "query", .function = query_handle,
               .causes = MUSTER_CAUSE_REQUEST, .command = MUSTER_COMMAND_QUERY);

MUSTER_HANDLER(log_handler, .name = "log", .function = log_handle,
               .causes = MUSTER_CAUSE_REQUEST, .command = MUSTER_COMMAND_LOG);
