/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every value of APM_CNT, as a byte alone and together with APM_STS, with ACPI on and with ACPI off.
 * A message that is in order waits in the communication buffer. Prints for each "value status visits":
 * what APM_STS then says, and how often this processor has been in SMM for it.
 */
#include "attack.h"

#include <stdio.h>
#include <string.h>
#include <sys/io.h>

#define ACPI_ON        2
#define ACPI_OFF       3
#define MARK           0xee /* no status */
#define POLLS          20000u
#define MESSAGE_LENGTH 64u

static void message_put(void)
{
    static const uint8_t guid[16] = MUSTER_WINDOW_GUID;
    volatile uint64_t *words = window_message();

    memcpy((void *)words, guid, sizeof(guid));
    words[2] = MESSAGE_LENGTH;
}

/* The SMI of an OUT is taken before the next instructions, or does not come. */
static void byte_fire(unsigned value, int wide)
{
    uint64_t before = window_visits(0);

    message_put();
    outb(MARK, APM_STS);
    if (wide)
        outw((uint16_t)(MARK << 8 | value), APM_CNT);
    else
        outb((uint8_t)value, APM_CNT);
    for (unsigned poll = 0; window_visits(0) == before && poll < POLLS; poll++)
        __builtin_ia32_pause();
    printf("%x %x %u\n", value, inb(APM_STS), (unsigned)(window_visits(0) - before));
}

int attack_bytes(char **words)
{
    (void)words;
    for (int wide = 0; wide < 2; wide++) {
        outb(wide ? ACPI_OFF : ACPI_ON, APM_CNT);
        for (unsigned value = 0; value < 256; value++) {
            byte_fire(value, wide);
            if (value == ACPI_ON || value == ACPI_OFF)
                outb(wide ? ACPI_OFF : ACPI_ON, APM_CNT);
        }
    }
    outb(ACPI_ON, APM_CNT);
    return 0;
}
