/* SPDX-License-Identifier: BSD-2-Clause */
/* What the attacks share: ports, numbers that come again in every run, and what an attacker writes
 * where the runtime may look for an address, a length or an offset. */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdint.h>

#include "../window.h"

#define APM_CNT     0xb2
#define APM_STS     0xb3
#define TCO_DATA_IN 0x662

/* Each is one idea, in a file of its name. Returns the program's exit status. */
int attack_bytes(char **words);
int attack_scribble(char **words);
int attack_header(char **words);
int attack_pointers(char **words);
int attack_msr(char **words);

/* Where SMRAM is: the attacker knows, or guesses. */
extern uint64_t smram_base;
extern uint64_t smram_size;

/* The next of a sequence that begins with any number but 0 in *state. */
uint64_t random_next(uint64_t *state);

/* An address, a length or an offset that could hurt: one of `hostile_count`. */
#define HOSTILE_COUNT 16u
uint64_t hostile(unsigned which);

/* A byte for APM_CNT, but not those by which QEMU switches ACPI on and off. */
uint8_t random_command(uint64_t *state);

#endif
