/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of the firmware in a fuzzer: the real fw_cfg.c, on a configuration device whose items
 * are the fuzzer's bytes. What the device copies, it copies into memory that the address
 * sanitizer watches.
 */
#ifndef TESTS_FUZZ_FIRMWARE_H
#define TESTS_FUZZ_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <firmware/fw_cfg.h>

/* Every fuzzer has one. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#define FIRMWARE_FILE_KEY 0x20 /* of the first file; the others follow */

/* A device without any item but its signature. */
void device_reset(void);

/* An item; its bytes must stay. Writable items are written to. */
void device_item(uint16_t key, const uint8_t *bytes, size_t size);

/* Puts the files, whose items have the keys from FIRMWARE_FILE_KEY on, into the directory. */
void device_directory(const char *const *names, unsigned count);

/* Asked before each transfer of such an item to or from memory. True: that was all, nothing is
 * copied. */
extern bool (*device_transfer_hook)(uint16_t key, uint64_t address, uint32_t size);

/* Runs a step of the firmware: true if it returned, false if it gave up by firmware_stop(). */
bool firmware_run(void (*step)(void));

/* Ends the step that runs, as if it had returned. */
_Noreturn void firmware_leave(void);

/* The next `size` bytes of the input; fewer if there are not so many. */
struct input {
    const uint8_t *bytes;
    size_t size;
};
struct input input_take(struct input *from, size_t size);
uint32_t input_number(struct input *from, unsigned width);

#endif
