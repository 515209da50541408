/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a tool inside a fuzzer as a shell would: with arguments and with a file, both of the
 * fuzzer's making. Whatever file the tool opens for reading has the fuzzer's bytes, whatever it
 * opens for writing goes nowhere, and what it prints is kept to be looked at.
 */
#ifndef TESTS_FUZZ_PROGRAM_H
#define TESTS_FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_ARGUMENTS_MAX 24

/* Every fuzzer has one. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* What files read from now on hold; the bytes must stay. */
void program_file_set(const uint8_t *bytes, size_t size);

/* The tool's exit status. Ends the fuzzer if that is none of those that a tool has. */
int program_run(int (*run)(int argc, char **argv), int argc, char **argv);

/* The same with the arguments as lines of `input`, which is also the file. The first argument is
 * the tool's name. */
int program_run_lines(int (*run)(int argc, char **argv), const char *name, const uint8_t *input,
                      size_t size);

/* Ends the fuzzer unless the tool's last output was JSON. */
void program_output_is_json(void);

#endif
