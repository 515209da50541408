/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses in SMRAM and other numbers that could hurt, as the argument of every command and as the
 * content of a message. Prints each answer once: "command status result result", and for a message
 * "message" and the words of its answer.
 */
#include "attack.h"

#include <stdio.h>
#include <string.h>
#include <sys/io.h>

#define POLLS     100000000u
#define LINES_MAX 1024u

static char lines[LINES_MAX][96];
static unsigned line_count;

static void line_print_once(const char *line)
{
    for (unsigned known = 0; known < line_count; known++)
        if (strcmp(lines[known], line) == 0)
            return;
    if (line_count < LINES_MAX)
        strcpy(lines[line_count++], line);
    puts(line);
}

static void request_fire(uint8_t command, uint64_t argument)
{
    volatile struct muster_slot *slot = window_slot(0);
    char line[96];

    slot->command = command;
    slot->argument = argument;
    slot->state = MUSTER_SLOT_REQUEST;
    outb(command, APM_CNT);
    for (unsigned poll = 0; slot->state != MUSTER_SLOT_ANSWERED && poll < POLLS; poll++)
        __builtin_ia32_pause();
    snprintf(line, sizeof(line), "%x %x %llx %llx", command, slot->status,
             (unsigned long long)slot->result[0], (unsigned long long)slot->result[1]);
    line_print_once(line);
    slot->state = MUSTER_SLOT_FREE;
}

static void message_fire(uint64_t pointer)
{
    static const uint8_t guid[16] = MUSTER_WINDOW_GUID;
    volatile uint64_t *words = window_message();
    uint64_t before = window_visits(0);
    char line[96];

    for (unsigned word = 3; word < MUSTER_COMMUNICATE_SIZE / 8; word++)
        words[word] = pointer;
    memcpy((void *)words, guid, sizeof(guid));
    words[2] = sizeof(struct muster_message_window);
    outb(window_command(), APM_CNT);
    for (unsigned poll = 0; window_visits(0) == before && poll < POLLS; poll++)
        __builtin_ia32_pause();
    snprintf(line, sizeof(line), "message %llx %llx %llx %s", (unsigned long long)words[3],
             (unsigned long long)words[4], (unsigned long long)words[5],
             words[6] == pointer ? "untouched" : "touched");
    line_print_once(line);
}

int attack_pointers(char **words)
{
    (void)words;
    for (unsigned which = 0; which < HOSTILE_COUNT; which++) {
        for (unsigned command = 0x10; command < 0x18; command++)
            request_fire((uint8_t)command, hostile(which));
        message_fire(hostile(which));
    }
    return 0;
}
