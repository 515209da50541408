/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that the lock divides. Used twice, where SMRAM is small: code that runs only before the lock
 * lies where data will be that nobody reads before he has written it. Or written before it and read-only
 * ever after. The linker script of an image says where (arch/x86/image.ld); elsewhere these are sections
 * like others.
 */
#ifndef CORE_SECTION_H
#define CORE_SECTION_H

/* Of a function: no SMI ever runs it. */
#define INSTALL_ONLY __attribute__((section(".text.0install")))

/* Of a variable: starts with any value. */
#define NOT_ZEROED __attribute__((section(".noinit.data")))

/* Of a variable of a port: written before the lock only. Among the constants, a page that every SMI
 * reads. */
#define CONSTANT_AFTER_LOCK __attribute__((section(".data.rel.ro.after_lock")))

#endif
