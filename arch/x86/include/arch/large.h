/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the core has what only machines with many processors use: core/block.h. Images for small
 * SMRAM do without: arch/x86/small/arch/large.h. */
#ifndef ARCH_LARGE_H
#define ARCH_LARGE_H

#define ARCH_LARGE 1

#endif
