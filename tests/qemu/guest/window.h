/* SPDX-License-Identifier: BSD-2-Clause */
/* The OS window as root sees it from Linux: found by the ACPI table, mapped through /dev/mem. Where
 * its parts are is noted when it is opened: the attacks overwrite what says so. */
#ifndef GUEST_WINDOW_H
#define GUEST_WINDOW_H

#include <stdint.h>

#include <muster/window.h>

/* Says what and why, and ends the program. */
void fail(const char *what);

void window_open(void);

/* As it was when it was opened. */
const struct muster_window *window_header(void);

/* Its first byte, to overwrite. */
volatile uint8_t *window_memory(void);

volatile struct muster_slot *window_slot(unsigned processor);
volatile uint64_t *window_message(void);

/* The command that delivers a message, by the ACPI table. */
uint8_t window_command(void);

/* How often a processor has been in SMM. */
uint64_t window_visits(unsigned processor);

/* Runs this program on one processor from now on. */
void processor_take(unsigned processor);

#endif
