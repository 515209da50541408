/* SPDX-License-Identifier: BSD-2-Clause */
/* A number that is another one at every boot, and that nobody who comes later can tell. */
#ifndef FIRMWARE_RANDOM_H
#define FIRMWARE_RANDOM_H

#include <stdint.h>

/* By RDRAND. On a processor without it, by the time-stamp counter alone: then it is no better than
 * what an attacker knows of how long the boot has taken. */
uint64_t random_number(void);

#endif
