/* SPDX-License-Identifier: BSD-2-Clause */
/* page.html as bytes of the program. */
    .section .rodata
    .global page_begin, page_end
page_begin:
    .incbin "tools/muster/page.html"
page_end:
    .byte 0
    .section .note.GNU-stack, "", @progbits
