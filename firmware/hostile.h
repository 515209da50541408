/* SPDX-License-Identifier: BSD-2-Clause */
/* The exerciser's hostile OS: see hostile.c. */
#ifndef FIRMWARE_HOSTILE_H
#define FIRMWARE_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

/* Before the first SMI of the exerciser. */
void hostile_prepare(void);

/* After the last one, on the boot processor: one more with this command, in the worst state. True
 * if it was served, no SMI has touched the traps, and this one no register. */
bool hostile_check(uint32_t command);

#endif
