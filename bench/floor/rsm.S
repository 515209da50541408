/* SPDX-License-Identifier: BSD-2-Clause */
/* The first floor: RSM, nothing else. What entering and leaving SMM cost. */
#include "floor.h"

        .section .rodata.floor, "a"
        .code16
        .globl  floor_begin, floor_end, floor_words_place, floor_processors_place
        .hidden floor_begin, floor_end, floor_words_place, floor_processors_place
floor_begin:
        rsm
floor_words_place:                              /* not executed */
        .long   0
floor_processors_place:
        .long   0
floor_end:

        .section .note.GNU-stack, "", @progbits
