/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry per exception, 16 bytes apart: makes the stack frames of all look the same, with
 * an error code and the vector on top.
 */

        .set    ENTRY_SIZE, 16
        /* 8, 10-14, 17, 21, 29, 30 push an error code. */
        .set    HAS_ERROR_CODE, 0x60227d00

        .text
        .balign ENTRY_SIZE
        .global exception_entries
exception_entries:
        .set    vector, 0
        .rept   32
        .balign ENTRY_SIZE
        .if     ((HAS_ERROR_CODE >> vector) & 1) == 0
        pushq   $0
        .endif
        pushq   $vector
        jmp     exception_common
        .set    vector, vector + 1
        .endr

exception_common:
        movq    %rsp, %rdi
        andq    $-16, %rsp
        call    exception_report

        .section .note.GNU-stack, "", @progbits
