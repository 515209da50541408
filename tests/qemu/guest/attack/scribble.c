/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A storm from all processors, each of which writes into everybody's slots and into the message, while
 * they are read: states, commands, lengths, misaligned and overlapping addresses. Between two strokes it
 * fires: a byte, a 16-bit write, a TCO message. Prints "status times" for what APM_STS said.
 */
#include "attack.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>

#define STROKES 40u /* between two SMIs */

static unsigned long count;
static unsigned seen[256];

static uint64_t garbage(uint64_t *random)
{
    uint64_t number = random_next(random);

    return number & 1 ? hostile((unsigned)(number >> 8)) : number;
}

static void slot_scribble(volatile struct muster_slot *slot, uint64_t *random)
{
    static const uint32_t states[] = {MUSTER_SLOT_FREE,    MUSTER_SLOT_REQUEST,
                                      MUSTER_SLOT_TAKEN,   MUSTER_SLOT_ANSWERED,
                                      MUSTER_SLOT_REQUEST, UINT32_MAX};
    uint64_t number = random_next(random);

    switch (number % 4) {
    case 0:
        slot->state = states[number / 4 % 6];
        break;
    case 1:
        slot->command = number & 0x100 ? random_command(random) : (uint32_t)garbage(random);
        break;
    case 2:
        slot->argument = garbage(random);
        break;
    default:
        slot->result[number / 4 % 2] = garbage(random);
    }
}

static void message_scribble(uint64_t *random)
{
    static const uint8_t guid[16] = MUSTER_WINDOW_GUID;
    volatile uint64_t *words = window_message();
    uint64_t number = random_next(random);
    unsigned word = (unsigned)(number / 4 % (MUSTER_COMMUNICATE_SIZE / 8));

    if (number % 4 == 0)
        words[2] = garbage(random);
    else if (number % 4 == 1)
        words[2] = number / 4 % (MUSTER_COMMUNICATE_SIZE + 64);
    else if (number % 4 == 2)
        words[word % 2] = ((const uint64_t *)(const void *)guid)[word % 2];
    else
        words[word] = garbage(random);
}

static void fire(uint64_t *random)
{
    uint64_t number = random_next(random);

    if (number % 8 == 0)
        outb((uint8_t)number, TCO_DATA_IN);
    else if (number % 8 == 1)
        outw((uint16_t)(number & 0x7f00) | random_command(random), APM_CNT);
    else
        outb(number % 8 < 5 ? window_command() : random_command(random), APM_CNT);
    __atomic_fetch_add(&seen[inb(APM_STS)], 1, __ATOMIC_RELAXED); /* a sum, read at the end */
}

static void *storm(void *index)
{
    unsigned self = (unsigned)(uintptr_t)index;
    uint64_t random = 0x9e3779b97f4a7c15 * (self + 1);

    if (iopl(3) != 0)
        fail("iopl");
    processor_take(self);
    for (unsigned long shot = 0; shot < count; shot++) {
        for (unsigned stroke = 0; stroke < STROKES; stroke++) {
            slot_scribble(
                window_slot((unsigned)random_next(&random) % window_header()->processors),
                &random);
            message_scribble(&random);
        }
        fire(&random);
    }
    return NULL;
}

int attack_scribble(char **words)
{
    unsigned processors = window_header()->processors;
    pthread_t threads[64];

    count = strtoul(words[0], NULL, 0);
    for (unsigned index = 0; index < processors; index++)
        if (pthread_create(&threads[index], NULL, storm, (void *)(uintptr_t)index) != 0)
            fail("a thread");
    for (unsigned index = 0; index < processors; index++)
        pthread_join(threads[index], NULL);
    for (unsigned index = 0; index < processors; index++)
        window_slot(index)->state = MUSTER_SLOT_FREE;
    for (unsigned status = 0; status < 256; status++)
        if (seen[status] != 0)
            printf("%x %u\n", status, seen[status]);
    return 0;
}
