/* SPDX-License-Identifier: BSD-2-Clause */
/* TCO: the watchdog timer ran out, or the OS sent a TCO message. The platform has cleared the
 * status; the SMI log tells of it. There is nothing more to do on a machine without a watchdog
 * policy, and a policy would be another handler of the same cause. */
#include <muster/handler.h>

static uint32_t tco_handle(struct muster_call *call)
{
    (void)call;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(tco_handler, .name = "tco", .function = tco_handle, .causes = MUSTER_CAUSE_TCO);
