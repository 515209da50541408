/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The communication buffer's way into SMRAM and back. The buffer is the OS's to change at any
 * moment, so each word of it is read once, into a copy, and only the copy is looked at.
 */
#ifndef CORE_COMMUNICATE_H
#define CORE_COMMUNICATE_H

#include <stdint.h>

#include <muster/window.h>

struct communicate_copy {
    uint64_t guid[2];
    uint64_t length; /* bytes in use of `data` */
    uint64_t data[(MUSTER_COMMUNICATE_SIZE - MUSTER_COMMUNICATE_HEADER) / sizeof(uint64_t)];
};

_Static_assert(sizeof(struct communicate_copy) == MUSTER_COMMUNICATE_SIZE, "as in the window");

/* Copies a message in. MUSTER_STATUS_SUCCESS, or MUSTER_STATUS_BAD_BUFFER_SIZE if it says that
 * it is longer than the buffer; then nothing of its data has been read. What follows the message
 * in the copy's last word is zero. */
uint32_t communicate_read(const struct communicate_copy *outside,
                          struct communicate_copy *copy);

/* Copies the data of an answer out, then its length. */
void communicate_write(struct communicate_copy *outside, const struct communicate_copy *copy);

/* Tells the OS how long the answer would be. */
void communicate_write_length(struct communicate_copy *outside, uint64_t length);

#endif
