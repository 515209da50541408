/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A floor's first SMI on each processor: moves SMBASE, in 16-bit mode. The offsets are those of
 * struct muster_relocation (muster/relocate.h) and of the save state (core/save_state.h).
 */
#include "floor.h"

        .set    RELOCATION_SAVE_STATE, 0
        .set    RELOCATION_SMBASE, 8
        .set    RELOCATION_CONTINUATION, 12
        .set    RELOCATION_MOVED, 16
        .set    SAVE_STATE_SMBASE, 0x7f00
        .set    SAVE_STATE_RIP, 0x7f78

        .section .rodata.relocate, "a"
        .code16
        .globl  floor_relocate_begin, floor_relocate_end, floor_relocation_place
        .hidden floor_relocate_begin, floor_relocate_end, floor_relocation_place
floor_relocate_begin:
        .byte   0x66, 0xbe                      /* movl, %esi */
floor_relocation_place:
        .long   0
        movl    RELOCATION_SAVE_STATE(%esi), %edi
        movl    RELOCATION_SMBASE(%esi), %eax
        movl    %eax, SAVE_STATE_SMBASE(%edi)
        movl    RELOCATION_CONTINUATION(%esi), %eax
        testl   %eax, %eax
        jz      1f
        movl    %eax, SAVE_STATE_RIP(%edi)
        movl    $0, SAVE_STATE_RIP + 4(%edi)
1:      movl    $1, RELOCATION_MOVED(%esi)
        rsm
floor_relocate_end:

        .section .note.GNU-stack, "", @progbits
