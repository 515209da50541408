/* SPDX-License-Identifier: BSD-2-Clause */
/* Processors that come and go on q35: a level cause, and its handler (plug.c). */
#ifndef PLATFORM_Q35_PLUG_H
#define PLATFORM_Q35_PLUG_H

#include <stdbool.h>

#include <arch/port_io.h>

#include "q35.h"

extern bool plug_offered;

/* Before the lock, if the firmware has negotiated it. */
void plug_install(void);

/* The chosen processor has come, and has not been dealt with. */
bool plug_has_come(void);

/* Whether there is something to do. Changes nothing: ACPI code of the OS may be between two accesses
 * to the registers. While it waits for its SMI to be served, the processor that it is about is the
 * chosen one. */
static inline bool plug_is_pending(void)
{
    uint8_t flags;

    if (!plug_offered)
        return false;
    flags = port_in8(Q35_PLUG_FLAGS);
    return flags & Q35_PLUG_IS_TO_GO || (flags & Q35_PLUG_HAS_COME && plug_has_come());
}

#endif
