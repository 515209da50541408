/* SPDX-License-Identifier: BSD-2-Clause */
/* A function of the usual path of an SMI, where code is to be small: once. Stands before the header of
 * the same name in arch/x86/include. */
#ifndef ARCH_USUAL_PATH_H
#define ARCH_USUAL_PATH_H

#define USUAL_PATH static

/* The general case does for what is usual. */
#define USUAL_PATH_APART false

#endif
