/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The save states that there may be, where SMRAM is small: the shorter ones only. Stands before the
 * header of the same name in arch/x86/include.
 */
#ifndef ARCH_LAYOUTS_H
#define ARCH_LAYOUTS_H

#define ARCH_INTEL64_SERVED  false
#define ARCH_SAVE_STATE_SIZE 0x200u /* up to SMBASE + 10000h */

#endif
