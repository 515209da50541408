/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests in the registers of a processor whose save state has Intel's layout.
 *
 * That layout tells what the AMD64 one does not: whether the SMI was taken right after an I/O
 * instruction, and which. So a request counts when its OUT has been executed, and not when an SMI of
 * somebody else's comes just before: that processor is answered in the SMI of its own.
 *
 * It does not have the segments' privilege levels. But outside virtual-8086 mode CS's selector ends
 * with the privilege level, in protected and in 64-bit mode; in real mode, where it may end with
 * anything, there is none but 0. So 0 in a save state without RFLAGS.VM is CPL 0.
 */
#ifndef CORE_INTEL64_H
#define CORE_INTEL64_H

#include <core/runtime.h>

/* The I/O state (SDM volume 3C, tables 34-5 and 34-6). */
#define IO_STATE_VALID (1u << 0) /* the SMI was taken right after an I/O instruction */
#define IO_STATE_TYPE                                                                          \
    (0x7u << 4) /* IN, string, REP: none of them is OUT; not bit 7: port by DX */
#define IO_STATE_PORT_SHIFT 16

#define RFLAGS_VM (1u << 17) /* virtual-8086 mode: CPL 3, whatever CS is */

/* True if the registers hold a request: the token, CPL 0, right after an OUT to the command port. */
bool intel64_holds_request(const struct muster_processor *self);

/* Writes the answer into the registers. */
void intel64_answer(struct muster_processor *self, const struct muster_call *call,
                    uint64_t status);

#endif
