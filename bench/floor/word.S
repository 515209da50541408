/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The third floor: a processor that is not needed. It reads one published word, sees that
 * nobody wants it, and leaves.
 */
#include "floor.h"

        .section .rodata.floor, "a"
        .code16
        .globl  floor_begin, floor_end, floor_words_place, floor_processors_place
        .hidden floor_begin, floor_end, floor_words_place, floor_processors_place
floor_begin:
        .byte   0x66, 0xbe                      /* movl, %esi */
floor_words_place:
        .long   0
wanted: cmpl    $0, (%esi)
        jne     wanted                          /* it is always 0 */
        rsm
floor_processors_place:                         /* not executed */
        .long   0
floor_end:

        .section .note.GNU-stack, "", @progbits
