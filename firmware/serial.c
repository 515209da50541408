/* SPDX-License-Identifier: BSD-2-Clause */
/* The first serial port, a 16550 at 115200 baud, and the log lines written to it. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"
#include "timer.h"
#include <arch/port_io.h>

#define COM1 0x3f8

enum uart_register {
    UART_DATA = 0,       /* divisor low with the divisor latch open */
    UART_INTERRUPTS = 1, /* divisor high with the divisor latch open */
    UART_FIFO = 2,
    UART_LINE = 3,
    UART_MODEM = 4,
    UART_STATUS = 5,
};

#define UART_FIFO_CLEAR      0x07 /* enabled, both directions cleared */
#define UART_LINE_8N1        0x03
#define UART_LINE_DIVISOR    0x80
#define UART_MODEM_READY     0x03 /* DTR, RTS */
#define UART_STATUS_CAN_SEND 0x20

/* Polls before a character is given up: a port that is stuck must not stop the boot. */
#define SEND_POLLS 100000

void serial_start(void)
{
    port_out8(COM1 + UART_INTERRUPTS, 0);
    port_out8(COM1 + UART_LINE, UART_LINE_DIVISOR);
    port_out8(COM1 + UART_DATA, 1);
    port_out8(COM1 + UART_INTERRUPTS, 0);
    port_out8(COM1 + UART_LINE, UART_LINE_8N1);
    port_out8(COM1 + UART_FIFO, UART_FIFO_CLEAR);
    port_out8(COM1 + UART_MODEM, UART_MODEM_READY);
}

static void character_send(char character)
{
    for (unsigned int polls = 0; polls < SEND_POLLS; polls++) {
        if (port_in8(COM1 + UART_STATUS) & UART_STATUS_CAN_SEND) {
            port_out8(COM1 + UART_DATA, (uint8_t)character);
            return;
        }
    }
}

static void string_send(const char *string)
{
    while (*string != '\0') {
        character_send(*string++);
    }
}

static void number_send(uint64_t number, unsigned int base, unsigned int width, char fill)
{
    char digits[32];
    unsigned int count = 0;

    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    for (unsigned int i = count; i < width; i++) {
        character_send(fill);
    }
    while (count > 0) {
        character_send(digits[--count]);
    }
}

static void format_send(const char *format, va_list arguments)
{
    for (; *format != '\0'; format++) {
        unsigned int width = 0;
        char fill = ' ';
        bool is_long = false;

        if (*format != '%') {
            character_send(*format);
            continue;
        }
        format++;
        if (*format == '0') {
            fill = '0';
        }
        for (; *format >= '0' && *format <= '9'; format++) {
            width = width * 10 + (unsigned int)(*format - '0');
        }
        for (; *format == 'l'; format++) {
            is_long = true;
        }
        switch (*format) {
        case 's':
            string_send(va_arg(arguments, const char *));
            break;
        case 'c':
            character_send((char)va_arg(arguments, int));
            break;
        case 'p':
            number_send((uintptr_t)va_arg(arguments, void *), 16, width, fill);
            break;
        case 'u':
        case 'x':
            number_send(is_long ? va_arg(arguments, unsigned long)
                                : va_arg(arguments, unsigned int),
                        *format == 'u' ? 10 : 16, width, fill);
            break;
        case '\0':
            return;
        default: /* %% and what is not known */
            character_send(*format);
            break;
        }
    }
}

void log_line(const char *format, ...)
{
    va_list arguments;

    string_send("muster: ");
    number_send(timer_since_reset(), 10, 7, ' ');
    string_send(" us: ");
    va_start(arguments, format);
    format_send(format, arguments);
    va_end(arguments);
    string_send("\r\n");
}

void firmware_stop(const char *format, ...)
{
    va_list arguments;

    string_send("\r\nmuster: error: ");
    va_start(arguments, format);
    format_send(format, arguments);
    va_end(arguments);
    string_send("\r\nmuster: halted; mend the cause and start the machine again\r\n");
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}
