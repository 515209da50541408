/* SPDX-License-Identifier: BSD-2-Clause */
/* In an image whose port has processors that come and go: the gate at the default SMBASE. */
#ifndef ARCH_X86_PLUG_H
#define ARCH_X86_PLUG_H

/* Before the lock, when all that are here have moved: puts the gate in the place of their entry
 * code. */
void plug_gate_write(void) __attribute__((weak));

#endif
