/* SPDX-License-Identifier: BSD-2-Clause */
/* Small SMRAM has no room for many processors, nor for code that only they use. Stands before the header
 * of the same name in arch/x86/include. */
#ifndef ARCH_LARGE_H
#define ARCH_LARGE_H

#define ARCH_LARGE 0

#endif
