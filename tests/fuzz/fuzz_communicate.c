/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer on the communication buffer. The input is the buffer, and behind it what an OS
 * writes into the buffer while it is read: at each read, one word of its choice.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <core/communicate.h>
#include <muster/message.h>

#define WORDS (MUSTER_COMMUNICATE_SIZE / sizeof(uint64_t))

extern const struct muster_handler __start_muster_handlers[];

void (*outside_read_hook)(const void *address, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static struct communicate_copy *buffer;
static const uint8_t *script;
static size_t script_size;
static unsigned reads[WORDS];

static void read_hook(const void *address, size_t size)
{
    size_t word = (size_t)((const uint64_t *)address - (const uint64_t *)buffer);

    if (size != sizeof(uint64_t) || word >= WORDS || reads[word]++ != 0)
        abort();
    if (script_size < 10)
        return;
    memcpy((uint64_t *)buffer + (script[0] | script[1] << 8) % WORDS, script + 2, 8);
    script += 10;
    script_size -= 10;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct muster_facts facts = {.processor_count = 1};
    struct muster_call call = {.facts = &facts, .command = MUSTER_COMMAND_COMMUNICATE};
    size_t taken = size < sizeof(*buffer) ? size : sizeof(*buffer);
    uint32_t status;

    buffer = calloc(1, sizeof(*buffer));
    memcpy(buffer, input, taken);
    script = input + taken;
    script_size = size - taken;
    memset(reads, 0, sizeof(reads));
    outside_read_hook = read_hook;
    facts.communicate = buffer;
    status = __start_muster_handlers[0].function(&call);
    if (status != MUSTER_STATUS_SUCCESS && status != MUSTER_STATUS_BAD_BUFFER_SIZE &&
        status != MUSTER_STATUS_BUFFER_TOO_SMALL && status != MUSTER_STATUS_NOT_FOUND)
        abort();
    free(buffer);
    return 0;
}
