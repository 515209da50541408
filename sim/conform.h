/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conformance: is an SMI log that a real machine has written the log of an execution that the
 * simulator allows?
 *
 * The core looks at its clock where it notes a time. Each such look is an event: what the log
 * has of a run are the looks of every processor, in the order of their times, and the records.
 * The search is held to that order: a processor may look at the clock when the log says that it
 * was the next to do so, and is shown the time that the log has. A record that then differs
 * from the log's, in whatever it says, ends this execution. What the log does not tell (who
 * wrote to the port when, how stores and loads interleaved) is searched for.
 *
 * A deadline can expire as soon as nobody has a look to come that is earlier.
 */
#ifndef SIM_CONFORM_H
#define SIM_CONFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sim/explore.h>
#include <sim/scenario.h>
#include <tools/muster/log.h>

#define CONFORM_PROCESSORS_MAX 16u

struct conform_options {
    uint8_t request_command; /* of the log's requests and bytes; 0: whatever they are */
    uint8_t byte_command;
    uint64_t slack; /* looks of two processors nearer than so many ticks have no order */
    uint64_t memory;
    uint64_t seconds;
};

struct conform_result {
    bool allowed;
    bool complete; /* nothing is left to be searched: else a refusal means nothing */
    unsigned looks, records;
    uint64_t states;
    double seconds;
    char property[64]; /* that failed on the way, or empty */
    /* Refused: how far an execution came at most, and what it could not do then. */
    unsigned looks_reached;
    char reason[512];
};

/* False, with the reason in `error`, if the log is not one that can be judged. */
bool conform_check(const struct conform_options *options, const struct scenario *scenario,
                   const struct log *log, struct conform_result *result, char *error,
                   size_t size);

#endif
