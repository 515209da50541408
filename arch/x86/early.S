/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions in the 16-bit part of entry (entry.S).
 *
 * Real-address mode reaches a vector's code through a segment base of 20 bits, so it has to begin
 * below 1 MiB, in SMRAM: early_jumps, copied there (or used where they are, where all of SMRAM
 * lies so low), each a far jump with a 32-bit offset to the code here. The vectors themselves can
 * be anywhere. The stack is a few words for each processor, below 1 MiB too. Linear 0, where the
 * processor looks by default, is the OS's memory and never used. Where there is no SMRAM below
 * 1 MiB the vector table is empty: an exception shuts the processor down, and runs nothing.
 *
 * The processor pushes 16 bits of the instruction pointer. All the code that can be interrupted
 * lies in the image's first page (image.ld), whose upper half completes the address; the
 * return is a jump with 32 bits, in the segment of base 0 (Intel SDM volume 3, "Exceptions and
 * interrupts within SMM"). Not an IRET: it would let NMIs in. All jumps here and in entry.S have 32
 * bits: others clear the upper half of EIP, and would go on in the OS's memory.
 *
 * What can really come: #GP by the switch to 64-bit mode, which wants no 16-bit TSS in TR, and TR
 * is as the OS left it. TR can only be loaded in protected mode, so that processor takes the longer
 * way. Breakpoints and debug exceptions, if somebody puts one into this code, go on behind it.
 * Everything else stops the processor: the others declare it lost.
 *
 * %ebx is the context. Other registers are free: RSM restores the OS's.
 */
#include "context.h"
#include "early.h"
#include "entry.h"

        .set    CR0_PROTECTED, CR0_LONG & 0x7fffffff

        /* The address to return to, in %esi; the frame in %bp. */
        .macro  early_return_find
        movw    %sp, %bp
        movzwl  (%bp), %esi
        .byte   0x66, 0x81, 0xce                /* orl, %esi */
        place   PLACE_UPPER
        .endm

        .section .text.early, "ax"
        .code16
early_resume:
        incl    CONTEXT_EARLY(%ebx)
        early_return_find
        pushw   4(%bp)                          /* the flags */
        popfw
        leaw    6(%bp), %sp
        jmpl    *%esi

early_protection:
        incl    CONTEXT_EARLY(%ebx)
        early_return_find
        .byte   0x66, 0x81, 0xfe                /* cmpl, %esi */
        place   PLACE_ADDRESS, entry_smi_switch
        data32 jne early_stop
        movl    $CR0_PROTECTED, %eax
        movl    %eax, %cr0
        .byte   0x66, 0xea                      /* ljmpl */
        place   PLACE_ADDRESS, early_protected
        .word   SELECTOR_CODE_32
        .code32
early_protected:
        movb    $TSS_AVAILABLE, CONTEXT_TSS_TYPE(%ebx)
        ltr     CONTEXT_TSS_SELECTOR(%ebx)
        movl    $CR0_LONG, %eax
        movl    %eax, %cr0
        .byte   0xea                            /* ljmp */
        place   PLACE_ADDRESS, entry_smi
        .word   SELECTOR_CODE_64
        .code16

early_stop:
        hlt
        data32 jmp early_stop

        .balign EARLY_JUMP_SIZE
        .globl  early_jumps
        .hidden early_jumps
early_jumps:
        .irp    target, early_stop, early_resume, early_protection      /* enum early_kind */
        .byte   0x66, 0xea                      /* ljmpl */
        place   PLACE_ADDRESS, \target
        .word   0
        .endr

        .globl  early_vectors, early_vectors_pointer
        .hidden early_vectors, early_vectors_pointer
        .balign 4
early_vectors:
        .fill   EARLY_VECTORS, 4, 0
        .word   0                               /* aligns the base */
early_vectors_pointer:
        .word   0
        .long   0

        .section .note.GNU-stack, "", @progbits
