/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second floor: the barest rendezvous. One locked add each; the first one in waits until
 * all are in and releases the others, which wait for a change of one word. It finds out no
 * cause, counts on every processor to come and has no handler: nobody who holds all processors
 * can do with less.
 */
#include "floor.h"

        .section .rodata.floor, "a"
        .code16
        .globl  floor_begin, floor_end, floor_words_place, floor_processors_place
        .hidden floor_begin, floor_end, floor_words_place, floor_processors_place
floor_begin:
        .byte   0x66, 0xbe                      /* movl, %esi: the line of who is in */
floor_words_place:
        .long   0
        movl    FLOOR_LINE(%esi), %edx          /* before this processor counts as in */
        movl    $1, %eax
        lock xaddl %eax, (%esi)
        testl   %eax, %eax
        jnz     follower
        .byte   0x66, 0xb8                      /* movl, %eax */
floor_processors_place:
        .long   0
gather: cmpl    %eax, (%esi)
        je      all_in
        pause
        jmp     gather
all_in: movl    $0, (%esi)
        incl    FLOOR_LINE(%esi)
        rsm
follower:
        cmpl    %edx, FLOOR_LINE(%esi)
        jne     released
        pause
        jmp     follower
released:
        rsm
floor_end:
        .org    floor_begin + FLOOR_ENTRY_SIZE  /* an error if the code is longer */

        .section .note.GNU-stack, "", @progbits
