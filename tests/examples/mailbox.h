/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a made-up chipset: a mailbox in memory. See mailbox_port.c. */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdint.h>

#define MAILBOX_FULL (1u << 8) /* in `doorbell`: a byte has been written and not been taken */

struct mailbox {
    uint32_t doorbell; /* the byte in bits 7:0. A write raises an SMI on the writer */
    uint32_t status;   /* for whoever wrote the byte */
};

extern volatile struct mailbox *const mailbox;

#endif
