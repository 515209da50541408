/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log on the first serial port, and the one way for the firmware to give up.
 *
 * Formats know %s %c %u %x %p %%, a width with optional leading 0, and the length l.
 */
#ifndef FIRMWARE_LOG_H
#define FIRMWARE_LOG_H

void serial_start(void);

/* One line, headed by the time since reset; a newline is added. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/*
 * Says "muster: error: <message>" and halts. For what the user must mend (a wrong kernel), and
 * for a machine that is not what it must be.
 */
__attribute__((noreturn, format(printf, 1, 2))) void firmware_stop(const char *format, ...);

#endif
