/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request that must not be heard, and one that is heard before its own SMI.
 *
 *   issue ring3 COMMAND   a request in the registers of this process, on processor 1, with its OUT; prints
 *                         how often the processor was in SMM meanwhile, how many registers changed, and
 *                         APM_STS
 *   issue before COMMAND  fills processor 1's slot, has processor 0 fire an SMI, and executes the OUT
 *                         last; prints the slot's state and status before the OUT and after
 *   issue token           prints this boot's token, as root sees it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>

#include "registers.h"
#include "window.h"

#define APM_CNT    0xb2
#define APM_STS    0xb3
#define POLLS      200000000u
#define SPINS      10000000u
#define ISSUER     1
#define OTHER      0
#define PATTERN    UINT64_C(0x0123456789abcd00)
#define NOT_STATUS 0x55

uint32_t registers_spins;

static int ring3(uint8_t command)
{
    uint64_t before[REGISTERS], after[REGISTERS] = {0};
    uint64_t visits;
    unsigned changed = 0;

    processor_take(ISSUER);
    for (unsigned index = 0; index < REGISTERS; index++)
        before[index] = PATTERN + index;
    before[REGISTERS_RAX] = command;
    before[REGISTERS_RBX] = window_header()->request_token;
    registers_spins = SPINS;
    outb(NOT_STATUS, APM_STS);
    visits = window_visits(ISSUER);
    registers_hold(before, after);
    visits = window_visits(ISSUER) - visits;
    for (unsigned index = 0; index < REGISTERS; index++)
        changed += before[index] != after[index];
    printf("%llu %u %x\n", (unsigned long long)visits, changed, inb(APM_STS));
    return 0;
}

static void slot_fill(volatile struct muster_slot *slot, uint8_t command)
{
    slot->command = command;
    slot->argument = 0;
    slot->state = MUSTER_SLOT_REQUEST;
}

static void slot_print(const volatile struct muster_slot *slot)
{
    printf("%d %x\n", slot->state == MUSTER_SLOT_ANSWERED, slot->status);
}

static int before(uint8_t command)
{
    volatile struct muster_slot *own = window_slot(ISSUER);
    volatile struct muster_slot *other = window_slot(OTHER);
    uint64_t visits;

    slot_fill(own, command);
    processor_take(OTHER);
    slot_fill(other, MUSTER_COMMAND_NOOP);
    outb(MUSTER_COMMAND_NOOP, APM_CNT);
    for (unsigned poll = 0; other->state != MUSTER_SLOT_ANSWERED && poll < POLLS; poll++)
        __builtin_ia32_pause();
    other->state = MUSTER_SLOT_FREE;
    slot_print(own);
    own->status = NOT_STATUS; /* a second answer would be seen */

    processor_take(ISSUER);
    visits = window_visits(ISSUER);
    outb(command, APM_CNT);
    for (unsigned poll = 0; window_visits(ISSUER) == visits && poll < POLLS; poll++)
        __builtin_ia32_pause();
    slot_print(own);
    own->state = MUSTER_SLOT_FREE;
    return 0;
}

int main(int count, char **words)
{
    if (count == 2 && strcmp(words[1], "token") == 0) {
        window_open();
        printf("%#llx\n", (unsigned long long)window_header()->request_token);
        return 0;
    }
    if (count != 3 || iopl(3) != 0)
        fail("issue token|ring3 COMMAND|before COMMAND");
    window_open();
    if (strcmp(words[1], "ring3") == 0)
        return ring3((uint8_t)strtoul(words[2], NULL, 0));
    return before((uint8_t)strtoul(words[2], NULL, 0));
}
