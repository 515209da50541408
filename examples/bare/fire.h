/* SPDX-License-Identifier: BSD-2-Clause */
/* Fires SMIs once the runtime is installed, and judges what became of them. */
#ifndef FIRE_H
#define FIRE_H

#include <stdint.h>

/* Called by every processor with its index; processor 0 prints the table and the verdict. */
void fire_run(uint32_t index, uint64_t ticks_per_second);

#endif
