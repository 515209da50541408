/* SPDX-License-Identifier: BSD-2-Clause */
/* Doubles a number: the example of a handler in CONTRIBUTING.md. */
#include <muster/handler.h>

#define DOUBLE_COMMAND 0x20u

static uint32_t double_handle(struct muster_call *call)
{
    if (call->argument > UINT64_MAX / 2)
        return MUSTER_STATUS_UNSUPPORTED;
    call->result[0] = call->argument * 2;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(double_handler, .name = "double", .function = double_handle,
               .causes = MUSTER_CAUSE_REQUEST, .command = DOUBLE_COMMAND);
