/* SPDX-License-Identifier: BSD-2-Clause */
/* How many processors fit into SMRAM by coreboot's rule: see layout_rule.c. */
#ifndef MUSTER_LAYOUT_RULE_H
#define MUSTER_LAYOUT_RULE_H

#include <stdint.h>

/* Bytes: for all, and of each processor. */
#define LAYOUT_RULE_HANDLER 0x740
#define LAYOUT_RULE_ENTRY   0x1d0
#define LAYOUT_RULE_STACK   0x400
#define LAYOUT_RULE_SAVE    0x200

/* At most `most`. */
uint32_t layout_rule_capacity(uint64_t smram_size, uint32_t most);

#endif
