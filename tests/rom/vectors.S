/* SPDX-License-Identifier: BSD-2-Clause */
/* INT with each vector of the processor, and a return: 4 bytes each. bad_handlers.c calls them. */
        .text
        .balign 4
        .globl  vector_raisers
        .hidden vector_raisers
vector_raisers:
        .set    vector, 0
        .rept   32
        .byte   0xcd, vector
        ret
        .balign 4
        .set    vector, vector + 1
        .endr

        .section .note.GNU-stack, "", @progbits
