/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small model of the traditional protocol, for the cost table only: a boot processor that
 * counts arrivals, gathers and releases the others by semaphores three times, and takes and
 * returns a busy lock for each. Written from a description of its operations.
 */
#ifndef SIM_TRADITIONAL_H
#define SIM_TRADITIONAL_H

#include <stddef.h>

/* Sets the model up on the engine and starts one SMI on every processor. */
void traditional_setup(unsigned processors);

#endif
