/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMM runtime as it goes into the ROM: a binary with the header of muster/install.h. */
        .section .rodata.runtime, "a"
        .balign 16
        .globl  runtime_blob
runtime_blob:
        .incbin RUNTIME_BLOB
        .globl  runtime_blob_end
runtime_blob_end:

        .section .note.GNU-stack, "", @progbits
