/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages in the communication buffer (muster/message.h): the command that delivers them, and
 * the one message that every runtime understands.
 *
 * There is one copy. A monarch that was declared lost may still be at work on it, so it is
 * taken and given back; while it is taken, another message is answered NOT_READY.
 */
#include <core/communicate.h>
#include <core/dispatch.h>
#include <core/section.h>
#include <muster/message.h>
#include <muster/muster.h>

extern const struct muster_message_handler __start_muster_messages[]
    __attribute__((visibility("hidden")));
extern const struct muster_message_handler __stop_muster_messages[]
    __attribute__((visibility("hidden")));

static struct shared_word owner; /* 0, or the address of the call that has the copy */
static struct communicate_copy copy NOT_ZEROED;

static const struct muster_message_handler *handler_find(const uint64_t guid[2])
{
    for (const struct muster_message_handler *handler = __start_muster_messages;
         handler != __stop_muster_messages; handler++) {
        const uint8_t *bytes = (const uint8_t *)guid;
        unsigned same = 0;

        while (same < sizeof(handler->guid) && handler->guid[same] == bytes[same])
            same++;
        if (same == sizeof(handler->guid))
            return handler;
    }
    return NULL;
}

static uint32_t message_deliver(const struct muster_facts *facts)
{
    const struct muster_message_handler *handler = handler_find(copy.guid);
    struct muster_message message = {
        .facts = facts,
        .data = (uint8_t *)copy.data,
        .capacity = copy.length,
        .length = copy.length,
    };
    uint32_t status;

    if (handler == NULL)
        return MUSTER_STATUS_NOT_FOUND;
    status = handler->function(&message);
    if (status == MUSTER_STATUS_BUFFER_TOO_SMALL)
        communicate_write_length(facts->communicate, message.length);
    if (status != MUSTER_STATUS_SUCCESS)
        return status;
    if (message.length > message.capacity)
        return MUSTER_STATUS_FAULT;
    copy.length = message.length;
    communicate_write(facts->communicate, &copy);
    return MUSTER_STATUS_SUCCESS;
}

static void communicate_abandon(struct muster_call *call)
{
    /* Pairs with communicate_handle. Fails if it is not this call's. */
    shared_compare_exchange(&owner, (uintptr_t)call, 0);
}

static uint32_t communicate_handle(struct muster_call *call)
{
    uint32_t status;

    /* Pairs with communicate_abandon, here or elsewhere. */
    if (!shared_compare_exchange(&owner, 0, (uintptr_t)call))
        return MUSTER_STATUS_NOT_READY;
    status = communicate_read(call->facts->communicate, &copy);
    if (status == MUSTER_STATUS_SUCCESS)
        status = message_deliver(call->facts);
    communicate_abandon(call);
    return status;
}

/* The message of the window's own GUID: which runtime this is, and where its window lies. */
static uint32_t window_describe(struct muster_message *message)
{
    struct muster_message_window *answer = (void *)message->data;

    message->length = sizeof(*answer);
    if (message->capacity < sizeof(*answer))
        return MUSTER_STATUS_BUFFER_TOO_SMALL;
    *answer = (struct muster_message_window){
        .window_address = message->facts->window_address,
        .window_size = message->facts->window_size,
        .runtime_version = MUSTER_VERSION,
        .processors = message->facts->processor_count,
    };
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(communicate_handler, .name = "message", .function = communicate_handle,
               .abandon = communicate_abandon,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE,
               .command = MUSTER_COMMAND_COMMUNICATE);

MUSTER_MESSAGE_HANDLER(window_message, .name = "window", .function = window_describe,
                       .guid = MUSTER_WINDOW_GUID);
