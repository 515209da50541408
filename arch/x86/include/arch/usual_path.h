/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A function of the usual path of an SMI, with more than one caller: the path has a copy of its own,
 * and does without the call. In images for small SMRAM there is one for all:
 * arch/x86/small/arch/usual_path.h.
 */
#ifndef ARCH_USUAL_PATH_H
#define ARCH_USUAL_PATH_H

#define USUAL_PATH __attribute__((always_inline)) static inline

/* What is usual has code of its own where it needs less than the general case. */
#define USUAL_PATH_APART true

#endif
