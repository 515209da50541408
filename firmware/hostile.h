/* SPDX-License-Identifier: BSD-2-Clause */
/* The exerciser's hostile OS: see hostile.c. */
#ifndef FIRMWARE_HOSTILE_H
#define FIRMWARE_HOSTILE_H

#include <stdbool.h>

/* Before the first SMI of the exerciser. */
void hostile_prepare(void);

/* After the last one, on the boot processor: one more, in the worst state. True if it was served
 * and no SMI has touched the traps. */
bool hostile_check(void);

#endif
