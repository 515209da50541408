/* SPDX-License-Identifier: BSD-2-Clause */
/* What the programs that run instead of Linux share: the exerciser and the measurement. */
#ifndef FIRMWARE_EXERCISER_H
#define FIRMWARE_EXERCISER_H

#include <stdint.h>

struct firmware_machine;

typedef void exerciser_function(uint32_t index); /* does not return */

/* Brings every processor but this one to `target`, each on a stack of its own, and waits until all
 * have arrived. Ends in firmware_stop() with the name of one that has not. */
void exerciser_restart(const struct firmware_machine *machine, exerciser_function *target);

/* The wait for the processors restarted, for one of them that needs all. */
void exerciser_arrivals_wait(const struct firmware_machine *machine);

/* INIT to a processor of those, whatever it does; and a SIPI, until it is in its target again. */
void exerciser_stop(uint32_t index);
void exerciser_start_again(const struct firmware_machine *machine, uint32_t index);

#endif
