/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hub that executes code of its own to generate an SMI (claim 49 of US 7,493,435), an instruction
 * at a time, while the processors go on: first the cause, so that who is brought by the SMI finds it,
 * then the SMI.
 */
#ifndef SIM_HUB_CODE_H
#define SIM_HUB_CODE_H

#include <stdbool.h>
#include <stdint.h>

struct hub_code {
    uint8_t next; /* instruction */
    uint8_t runs_left;
};

bool hub_code_can_run(void);

/* Executes the next instruction. */
void hub_code_step(void);

#endif
