/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One software SMI from Linux, and all of its answer: through the slot of a processor, or as a
 * bare byte with a message in the communication buffer. From processor 0, or from the one that
 * the variable CPU names (the tests give Linux and the runtime the same order).
 *
 *   smi COMMAND [ARGUMENT]        prints "status result result", in hexadecimal
 *   smi until FILE [PAUSE]        fires no-op requests until the file is there, with pauses of so many
 *                                 microseconds (10000); prints how many were answered, and how
 *                                 many not or with an error
 *   smi message GUID LENGTH       puts a message of FFh into the buffer, its header true or not,
 *                                 writes the command that the ACPI table names, and prints
 *                                 "status guid length data" as they are then in the buffer
 *   smi race COUNT                the same many times, while another thread changes the header;
 *                                 prints "status times" for each status that came
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <unistd.h>

#include "window.h"

#define APM_CNT     0xb2
#define APM_STS     0xb3
#define POLLS       200000000u
#define UNTIL_PAUSE 10000 /* microseconds: Linux has to get on, too */
#define SHOWN       24u   /* bytes of an answer */

static unsigned processor_index;

/* This processor's slot, answered; NULL if nobody answers. */
static volatile struct muster_slot *answer_to(uint8_t command, uint64_t argument)
{
    volatile struct muster_slot *slot = window_slot(processor_index);

    slot->command = command;
    slot->argument = argument;
    slot->state = MUSTER_SLOT_REQUEST;
    outb(command, APM_CNT);
    for (unsigned poll = 0; slot->state != MUSTER_SLOT_ANSWERED; poll++)
        if (poll == POLLS)
            return NULL;
    return slot;
}

static int request(uint8_t command, uint64_t argument)
{
    volatile struct muster_slot *slot = answer_to(command, argument);

    if (slot == NULL)
        return 1;
    printf("%x %llx %llx\n", slot->status, (unsigned long long)slot->result[0],
           (unsigned long long)slot->result[1]);
    slot->state = MUSTER_SLOT_FREE;
    return 0;
}

static int until(const char *file, useconds_t pause)
{
    unsigned good = 0, bad = 0;

    while (access(file, F_OK) != 0) {
        volatile struct muster_slot *slot = answer_to(MUSTER_COMMAND_NOOP, 0);

        if (slot == NULL || slot->status != MUSTER_STATUS_SUCCESS)
            bad++;
        else
            good++;
        if (slot != NULL)
            slot->state = MUSTER_SLOT_FREE;
        usleep(pause);
    }
    printf("%u %u\n", good, bad);
    return 0;
}

/* The command as a bare byte; the status from APM_STS. */
static unsigned deliver(void)
{
    uint64_t before = window_visits(processor_index);

    outb(window_command(), APM_CNT);
    for (unsigned poll = 0; window_visits(processor_index) == before && poll < POLLS; poll++)
        __builtin_ia32_pause();
    return inb(APM_STS);
}

static void message_put(const uint8_t guid[16], uint64_t length)
{
    volatile uint64_t *words = window_message();

    memcpy((void *)words, guid, 16);
    words[2] = length;
    for (unsigned word = 3; word < window_header()->communicate_size / sizeof(*words); word++)
        words[word] = UINT64_MAX;
}

static int message(const char *text, uint64_t length)
{
    const volatile uint8_t *bytes = (void *)window_message();
    uint8_t guid[16] = {0};

    for (unsigned byte = 0; byte < sizeof(guid) && text[2 * byte] != 0; byte++)
        sscanf(text + 2 * byte, "%2hhx", &guid[byte]);
    message_put(guid, length);
    printf("%x ", deliver());
    for (unsigned byte = 0; byte < sizeof(guid); byte++)
        printf("%02x", bytes[byte]);
    printf(" %llx ", (unsigned long long)window_message()[2]);
    for (unsigned byte = 0; byte < SHOWN; byte++)
        printf("%02x", bytes[MUSTER_COMMUNICATE_HEADER + byte]);
    putchar('\n');
    return 0;
}

static void *header_spoil(void *nothing)
{
    static const uint64_t lengths[] = {0, 24, 4071, 4072, 4073, UINT64_MAX, UINT64_MAX - 23};
    volatile uint64_t *words = window_message();

    for (unsigned turn = 0;; turn++) {
        words[2] = lengths[turn % 7];
        words[turn % 2] ^= UINT64_C(1) << turn % 64;
    }
    return nothing;
}

static int race(uint64_t count)
{
    static const uint8_t guid[16] = MUSTER_WINDOW_GUID;
    unsigned seen[256] = {0};
    pthread_t thread;
    cpu_set_t other;

    CPU_ZERO(&other);
    CPU_SET(processor_index + 1, &other);
    if (pthread_create(&thread, NULL, header_spoil, NULL) != 0 ||
        pthread_setaffinity_np(thread, sizeof(other), &other) != 0)
        return 1;
    for (uint64_t turn = 0; turn < count; turn++) {
        message_put(guid, sizeof(struct muster_message_window));
        seen[deliver() & 0xff]++;
    }
    for (unsigned status = 0; status < 256; status++)
        if (seen[status] != 0)
            printf("%x %u\n", status, seen[status]);
    return 0;
}

int main(int count, char **words)
{
    const char *processor = getenv("CPU");

    processor_index = processor != NULL ? (unsigned)strtoul(processor, NULL, 0) : 0;
    processor_take(processor_index);
    if (count < 2 || iopl(3) != 0)
        fail("smi COMMAND [ARGUMENT]");
    window_open();
    if (strcmp(words[1], "message") == 0 && count == 4)
        return message(words[2], strtoull(words[3], NULL, 0));
    if (strcmp(words[1], "race") == 0 && count == 3)
        return race(strtoull(words[2], NULL, 0));
    if (strcmp(words[1], "until") == 0 && count == 3)
        return until(words[2], UNTIL_PAUSE);
    if (strcmp(words[1], "until") == 0 && count == 4)
        return until(words[2], (useconds_t)strtoul(words[3], NULL, 0));
    return request((uint8_t)strtoul(words[1], NULL, 0),
                   count > 2 ? strtoull(words[2], NULL, 0) : 0);
}
