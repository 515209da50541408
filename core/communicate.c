/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying a message in and an answer out. See communicate.h. */
#include <stddef.h>

#include <arch/outside.h>
#include <core/communicate.h>

/* Words that hold so many bytes. No overflow: the length has been checked. */
static uint64_t words_of(uint64_t length)
{
    return (length + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

/* Zeroes what is left of the last word: it is not part of the message. */
static void tail_clear(struct communicate_copy *copy)
{
    uint64_t rest = copy->length % sizeof(uint64_t);

    if (rest != 0)
        copy->data[copy->length / sizeof(uint64_t)] &= (UINT64_C(1) << 8 * rest) - 1;
}

uint32_t communicate_read(const struct communicate_copy *outside, struct communicate_copy *copy)
{
    copy->length = outside_read64(&outside->length);
    if (copy->length > sizeof(copy->data))
        return MUSTER_STATUS_BAD_BUFFER_SIZE;
    copy->guid[0] = outside_read64(&outside->guid[0]);
    copy->guid[1] = outside_read64(&outside->guid[1]);
    for (uint64_t word = 0; word < words_of(copy->length); word++)
        copy->data[word] = outside_read64(&outside->data[word]);
    tail_clear(copy);
    return MUSTER_STATUS_SUCCESS;
}

void communicate_write(struct communicate_copy *outside, const struct communicate_copy *copy)
{
    for (uint64_t word = 0; word < words_of(copy->length); word++)
        outside_write64(&outside->data[word], copy->data[word]);
    communicate_write_length(outside, copy->length);
}

void communicate_write_length(struct communicate_copy *outside, uint64_t length)
{
    outside_write64(&outside->length, length);
}
