/* SPDX-License-Identifier: BSD-2-Clause */
/* A handler that stays in SMM, with nobody else held, until port B3h shows its argument. Only in
 * build/test/muster-startup.rom. */
#include <arch/port_io.h>
#include <muster/handler.h>

#include "stay.h"

#define APM_STS   0xb3
#define POLLS_MAX 100000000u

static uint32_t stay_handle(struct muster_call *call)
{
    for (unsigned poll = 0; poll < POLLS_MAX; poll++) {
        if (port_in8(APM_STS) == call->argument)
            return MUSTER_STATUS_SUCCESS;
        __builtin_ia32_pause();
    }
    return MUSTER_STATUS_TIMEOUT;
}

MUSTER_HANDLER(stay_handler, .name = "stay", .function = stay_handle,
               .causes = MUSTER_CAUSE_REQUEST, .command = STAY_COMMAND,
               .need = MUSTER_NEED_ALONE);
