/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that the firmware allocates, for its loader of ACPI tables in a test or a fuzzer: all of
 * it is poisoned for the address sanitizer, but for what has been allocated.
 */
#ifndef TESTS_FUZZ_POOL_H
#define TESTS_FUZZ_POOL_H

/* Nothing is allocated any more. */
void pool_reset(void);

#endif
