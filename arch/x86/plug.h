/* SPDX-License-Identifier: BSD-2-Clause */
/* In an image whose port has processors that come and go: the gate at the default SMBASE. */
#ifndef ARCH_X86_PLUG_H
#define ARCH_X86_PLUG_H

#include <stdint.h>

/* Before the lock, when all that are here have moved: puts the gate in the place of their entry
 * code. `layout` is that of their save states, and of those of who will come. */
void plug_gate_write(uint32_t layout) __attribute__((weak));

#endif
