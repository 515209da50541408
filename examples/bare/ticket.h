/* SPDX-License-Identifier: BSD-2-Clause */
/* The command that draws a ticket: result 0 is its number, from 1 on, each given once. */
#ifndef TICKET_H
#define TICKET_H

#define TICKET_COMMAND 0x20

#endif
