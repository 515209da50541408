/* SPDX-License-Identifier: BSD-2-Clause */
/* The beginnings of the SMM images that the ROMs carry: what they want of SMRAM. */
        .section .rodata
        .balign 8
        .globl  layout_image_pc, layout_image_q35
layout_image_pc:
        .incbin LAYOUT_IMAGE_PC, 0, 128
layout_image_q35:
        .incbin LAYOUT_IMAGE_Q35, 0, 128

        .section .note.GNU-stack, "", @progbits
