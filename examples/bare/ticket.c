/* SPDX-License-Identifier: BSD-2-Clause */
/* A handler of our own, in the SMM image: hands out numbered tickets, to requests and to the
 * doorbell. No locking: it runs on one processor while all others are held. */
#include <muster/handler.h>

#include "ticket.h"

static uint64_t tickets;

static uint32_t ticket_draw(struct muster_call *call)
{
    call->result[0] = ++tickets;
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(ticket_handler, .name = "ticket", .function = ticket_draw,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE, .command = TICKET_COMMAND);
