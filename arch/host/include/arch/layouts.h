/* SPDX-License-Identifier: BSD-2-Clause */
/* The save states that there may be: those of both layouts. */
#ifndef ARCH_LAYOUTS_H
#define ARCH_LAYOUTS_H

#define ARCH_INTEL64_SERVED  true
#define ARCH_SAVE_STATE_SIZE 0x400u /* up to SMBASE + 10000h */

#endif
