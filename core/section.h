/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is used twice, where SMRAM is small: code that runs only before the lock lies where
 * data will be that nobody reads before he has written it. The linker script of an image says where
 * (arch/x86/image.ld); elsewhere these are sections like others.
 */
#ifndef CORE_SECTION_H
#define CORE_SECTION_H

/* Of a function: no SMI ever runs it. */
#define INSTALL_ONLY __attribute__((section(".text.0install")))

/* Of a variable: starts with any value. */
#define NOT_ZEROED __attribute__((section(".noinit.data")))

#endif
