/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a processor meets at the default SMBASE when all others have moved: one that was plugged in,
 * at its first SMI. Several may come with the same SMI, and share one save area, so nobody moves
 * before all are here (plug.c): the area is then written by who has its turn alone.
 *
 * In 16-bit mode, with data segments of base 0 and 4 GiB. No stack, no other memory: nothing here can
 * fault. A SIPI with this page's vector ends up here too, outside SMM: it has no business here.
 */
#include "gate.h"

        .set    DEFAULT_SMBASE, 0x30000
        .set    POLLS_MAX, 0x7fffffff

        .section .rodata.gate, "a"
        .code16
        .globl  gate_begin, gate_end
        .hidden gate_begin, gate_end
gate_begin:
        movw    %cs, %ax
        cmpw    $(DEFAULT_SMBASE >> 4), %ax
        je      2f
1:      cli
        hlt
        jmp     1b

2:      movl    $1, %eax
        cpuid
        shrl    $24, %ebx                       /* the local APIC id */
        movl    $GATE_DATA, %esi
        cmpl    $0, GATE_CALLING(%esi)
        je      5f
        movb    $1, GATE_WAITING(%esi,%ebx)
        /* Bounded: if the one that calls is lost, who waits here stays for good. */
        movl    $POLLS_MAX, %ecx
3:      pause
        cmpl    %ebx, GATE_TURN(%esi)
        je      4f
        cmpl    $0, GATE_CALLING(%esi)
        je      5f
        decl    %ecx
        jnz     3b
        jmp     1b
4:      movl    GATE_SMBASE(%esi), %eax
        movl    GATE_FIELD(%esi), %edi
        movl    %eax, (%edi)
5:      rsm
        .org    gate_begin + GATE_DATA - GATE_CODE /* an error if there is no room */
gate_end:

        .section .note.GNU-stack, "", @progbits
