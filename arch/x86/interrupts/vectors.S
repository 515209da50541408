/* SPDX-License-Identifier: BSD-2-Clause */
/* The vectors from MUSTER_INTERRUPTS_FIRST up, 8 bytes each as in fault.S. */
        .set    INTERRUPTS_FIRST, 0xe0

        .section .text.fault, "ax"
        .code64
        .balign 8
        .globl  interrupt_vectors
        .hidden interrupt_vectors
interrupt_vectors:
        .set    vector, INTERRUPTS_FIRST
        .rept   256 - INTERRUPTS_FIRST
        .byte   0x6a, vector
        .byte   0xe9
        .long   trap_common - . - 4
        .byte   0xcc
        .set    vector, vector + 1
        .endr

        .section .note.GNU-stack, "", @progbits
