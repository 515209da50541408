/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of arch/x86/trap.S where SMRAM is small: debug exceptions and breakpoints are faults like
 * others, and nothing has to be put down after one. */
        .section .text.fault, "ax"
        .code64
        .globl  trap_common, trap_over
        .hidden trap_common, trap_over
trap_common:
        jmp     fault_common
trap_over:
        ret

        .section .note.GNU-stack, "", @progbits
