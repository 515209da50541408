/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a handler of messages is written: what the OS puts into the communication buffer
 * (muster/window.h) and has delivered by MUSTER_COMMAND_COMMUNICATE. It is found by the GUID in
 * the message's header, and registered at build time like any handler.
 *
 * It sees a copy in SMRAM, made once: what the OS does to the buffer meanwhile changes nothing.
 * It is given no pointer to the outside, and must take none from the message.
 */
#ifndef MUSTER_MESSAGE_H
#define MUSTER_MESSAGE_H

#include <stdint.h>

#include <muster/handler.h>

/* One message: the handler's until it returns. */
struct muster_message {
    const struct muster_facts *facts; /* in SMRAM, constant */
    uint8_t *data;                    /* the copy, aligned to 8; the answer takes its place */
    uint64_t capacity;                /* bytes in `data` as the OS gave them */
    uint64_t length; /* of the answer, at most `capacity`; as it starts: capacity. With
                          MUSTER_STATUS_BUFFER_TOO_SMALL: what the answer would take */
};

/* Returns a MUSTER_STATUS_*. The answer is handed out with SUCCESS only, its length also with
 * BUFFER_TOO_SMALL. */
typedef uint32_t muster_message_function(struct muster_message *message);

/* A message handler's descriptor: constant, in the image. */
struct muster_message_handler {
    const char *name;                  /* for people */
    muster_message_function *function; /* what serves; not NULL */
    uint8_t guid[16]; /* in the byte order of an EFI_GUID in memory; one handler each */
};

/* Registers a handler of messages, as MUSTER_HANDLER does one of commands. */
#define MUSTER_MESSAGE_HANDLER(identifier, ...)                                                \
    __attribute__((section("muster_messages"), used,                                           \
                   aligned(8))) static const struct muster_message_handler identifier = {      \
        __VA_ARGS__}

#endif
