/* SPDX-License-Identifier: BSD-2-Clause */
/* The board's devices: the local APIC with its timer, and the serial port. Not part of the SMM
 * image. */
#include "board.h"

#define APIC_ID            0x20
#define APIC_COMMAND_LOW   0x300
#define APIC_COMMAND_HIGH  0x310
#define APIC_TIMER         0x320
#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDER 0x3e0

#define COMMAND_INIT    0xc4500u /* to all but self */
#define COMMAND_STARTUP 0xc4600u /* to all but self; the vector is the page number */
#define COMMAND_SMI     0x4200u  /* to the APIC id in the high half */
#define COMMAND_PENDING 0x1000u
#define TIMER_MASKED    0x10000u
#define TIMER_DIVIDE_1  0xbu

#define MEASURE_COUNT  (BOARD_APIC_HERTZ / 100)
#define SETTLE_DIVISOR 100000 /* of a second: 10 us from INIT to start-up */

#define SERIAL_STATUS   5
#define SERIAL_CAN_SEND 0x20

static volatile uint32_t *apic_register(uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)(BOARD_APIC + offset);
}

uint64_t board_ticks_per_second(void)
{
    uint64_t begin;

    *apic_register(APIC_TIMER) = TIMER_MASKED;
    *apic_register(APIC_TIMER_DIVIDER) = TIMER_DIVIDE_1;
    *apic_register(APIC_TIMER_INITIAL) = UINT32_MAX;
    begin = board_ticks();
    while (UINT32_MAX - *apic_register(APIC_TIMER_CURRENT) < MEASURE_COUNT) {
    }
    return (board_ticks() - begin) * (BOARD_APIC_HERTZ / MEASURE_COUNT);
}

uint32_t board_apic_id(void)
{
    return *apic_register(APIC_ID) >> 24;
}

void board_smi_send_self(void)
{
    *apic_register(APIC_COMMAND_HIGH) = board_apic_id() << 24;
    *apic_register(APIC_COMMAND_LOW) = COMMAND_SMI;
    while (*apic_register(APIC_COMMAND_LOW) & COMMAND_PENDING) {
    }
}

void board_processors_start(uint64_t ticks_per_second)
{
    uint64_t settled;

    *apic_register(APIC_COMMAND_LOW) = COMMAND_INIT;
    settled = board_ticks() + ticks_per_second / SETTLE_DIVISOR;
    while (board_ticks() < settled) {
    }
    *apic_register(APIC_COMMAND_LOW) = COMMAND_STARTUP | BOARD_ROM >> 12;
}

/* An exception without vectors. */
void board_reset(void)
{
    static const struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } nothing;

    __asm__ volatile("lidt %0; int3" : : "m"(nothing));
    __builtin_unreachable();
}

static void character_send(uint8_t character)
{
    uint8_t status;

    do {
        __asm__ volatile("inb %1, %0"
                         : "=a"(status)
                         : "d"((uint16_t)(BOARD_SERIAL + SERIAL_STATUS)));
    } while (!(status & SERIAL_CAN_SEND));
    __asm__ volatile("outb %0, %1" : : "a"(character), "d"((uint16_t)BOARD_SERIAL));
}

void board_print(const char *text)
{
    for (; *text != '\0'; text++)
        character_send((uint8_t)*text);
}

void board_print_number(uint64_t number)
{
    char digits[21];
    char *first = digits + sizeof(digits) - 1;

    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    board_print(first);
}
