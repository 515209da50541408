/* SPDX-License-Identifier: BSD-2-Clause */
/* The last step of a boot, apart from all that leads to it (linux.c), which is tried on the host. */
#ifndef FIRMWARE_LINUX_H
#define FIRMWARE_LINUX_H

#include <stdint.h>

/* Jumps to the kernel's 64-bit entry. */
_Noreturn void linux_enter(uint64_t entry, const uint8_t *boot_params);

#endif
