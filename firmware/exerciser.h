/* SPDX-License-Identifier: BSD-2-Clause */
/* What the programs that run instead of Linux share: the exerciser and the measurement. */
#ifndef FIRMWARE_EXERCISER_H
#define FIRMWARE_EXERCISER_H

#include <stdint.h>

struct firmware_machine;

typedef void exerciser_function(void); /* does not return */

/* Brings every processor but this one to `target`, each on a stack of its own, and waits until
 * `*arrived`, which they increment, is `processors`. Stops if they do not come. */
void exerciser_restart(const struct firmware_machine *machine, uint32_t processors,
                       exerciser_function *target, const volatile uint32_t *arrived);

/* A decimal number in a file that the user may add: -fw_cfg name=opt/muster/NAME,string=N */
uint32_t exerciser_option(const char *name, uint32_t otherwise, uint32_t maximum);

#endif
