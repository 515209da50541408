/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wait for a moment. It is always over too early, and the wait that follows is all there is: one
 * transition less for each. Or, in a scenario with moments, it lasts until its condition holds or, at any
 * moment (machine_check.c), it is over.
 */
#include <arch/clock.h>
#include <arch/shared.h>
#include <sim/machine_state.h>

bool shared_wait_shortly(const struct shared_word *word, uint64_t value)
{
    return machine.scenario->moments &&
           shared_wait_reached(word, value, clock_now() + MACHINE_MOMENT);
}
