/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window describes itself to the OS: where its parts are, how many, how long. All of that is
 * overwritten, the log and the counters too, so that parts overlap, are misaligned, or lie in SMRAM; then
 * a request and a message are fired at their true places. Prints how many were answered as ever.
 */
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>

#define POLLS      100000000u
#define PART_WORDS 1024u

/* A part of the window that is overwritten for one SMI. */
struct part {
    volatile uint32_t *words;
    unsigned count;
    uint32_t before[PART_WORDS];
    uint32_t garbage[PART_WORDS];
};

static struct part part_of(uint32_t offset, uint32_t size)
{
    return (struct part){.words = (volatile uint32_t *)(window_memory() + offset),
                         .count = size / 4 < PART_WORDS ? size / 4 : PART_WORDS};
}

static void part_spoil(struct part *part, uint64_t *random)
{
    for (unsigned word = 0; word < part->count; word++) {
        uint64_t number = random_next(random);

        part->before[word] = part->words[word];
        part->garbage[word] =
            number & 1 ? (uint32_t)hostile((unsigned)(number >> 8)) : (uint32_t)(number >> 32);
        part->words[word] = part->garbage[word];
    }
}

/* But for what the runtime has written meanwhile. */
static void part_restore(struct part *part)
{
    for (unsigned word = 0; word < part->count; word++)
        if (part->words[word] == part->garbage[word])
            part->words[word] = part->before[word];
}

static int request_is_answered(void)
{
    volatile struct muster_slot *slot = window_slot(0);
    int answered;

    slot->command = MUSTER_COMMAND_QUERY;
    slot->argument = 0;
    slot->state = MUSTER_SLOT_REQUEST;
    outb(MUSTER_COMMAND_QUERY, APM_CNT);
    for (unsigned poll = 0; slot->state != MUSTER_SLOT_ANSWERED && poll < POLLS; poll++)
        __builtin_ia32_pause();
    answered = slot->state == MUSTER_SLOT_ANSWERED && slot->status == MUSTER_STATUS_SUCCESS &&
               slot->result[0] == window_header()->runtime_version &&
               slot->result[1] == window_header()->processors;
    slot->state = MUSTER_SLOT_FREE;
    return answered;
}

static int message_is_answered(void)
{
    static const uint8_t guid[16] = MUSTER_WINDOW_GUID;
    volatile uint64_t *words = window_message();

    memcpy((void *)words, guid, sizeof(guid));
    words[2] = sizeof(struct muster_message_window);
    outb(window_command(), APM_CNT);
    for (unsigned poll = 0; words[3] == 0 && poll < POLLS; poll++)
        __builtin_ia32_pause();
    return words[4] == window_header()->window_size;
}

int attack_header(char **words)
{
    const struct muster_window *header = window_header();
    uint32_t counters = header->processors * (uint32_t)sizeof(struct muster_counters);
    struct part parts[] = {part_of(0, header->slots_offset),
                           part_of(header->counters_offset, counters),
                           part_of(header->rings_offset, PART_WORDS * 4)};
    unsigned long count = strtoul(words[0], NULL, 0);
    uint64_t random = 1;
    unsigned answered = 0;

    for (unsigned long turn = 0; turn < count; turn++) {
        for (unsigned part = 0; part < 3; part++)
            part_spoil(&parts[part], &random);
        window_message()[3] = 0;
        answered += (unsigned)(request_is_answered() && message_is_answered());
        for (unsigned part = 0; part < 3; part++)
            part_restore(&parts[part]);
    }
    printf("%u\n", answered);
    return 0;
}
