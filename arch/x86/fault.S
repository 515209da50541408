/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions in SMM, in 64-bit mode: the 32 vectors of the processor. The IDT ends with them, so any
 * other, of an INT in a handler, is a general protection fault. What a handler may go on after: trap.S.
 *
 * A fault in a handler ends the handler: the stack and the place are those from before the call
 * (arch/handler_call.h), and the caller is told. A fault anywhere else means that the runtime
 * itself is wrong: it is logged, and the processor stays here for good; the others declare it
 * lost by their deadlines.
 *
 * There is no IRET, on purpose: it would let NMIs in again while still in SMM (Intel SDM volume
 * 3, "NMI handling while in SMM"; QEMU does the same).
 *
 * The stack of exceptions ends with the link to the context (context.h). The processor pushes five
 * words, or six with an error code; the vector follows. The top is aligned to 16, so bit 3 of
 * the stack pointer tells the two apart.
 */
#include "context.h"

        .set    STATUS_FAULT, 0x87              /* MUSTER_STATUS_FAULT */

        .section .text.fault, "ax"
        .code64

        .balign 8
        .globl  fault_vectors
        .hidden fault_vectors
fault_vectors:
        .set    vector, 0
        .rept   CONTEXT_VECTORS
        .byte   0x6a, vector                    /* pushq; 8 bytes in all */
        .byte   0xe9                            /* jmp, never the short form */
        .if     vector >= 1 && vector <= 3      /* debug, NMI, breakpoint */
        .long   trap_common - . - 4             /* a handler may go on after it */
        .else
        .long   fault_common - . - 4
        .endif
        .byte   0xcc
        .set    vector, vector + 1
        .endr
        .if     . - fault_vectors != CONTEXT_VECTORS * 8
        .error  "context.c takes a vector's stub to have 8 bytes"
        .endif

        .globl  fault_common, fault_end
        .hidden fault_common, fault_end
fault_common:
        popq    %rax
        xorl    %ecx, %ecx
        testb   $8, %spl
        jnz     1f
        popq    %rcx
1:      movq    40(%rsp), %rbx                  /* the link: the context */
        movq    (%rsp), %rdx
        /* With the vector, the error code, the address and the context in these registers. */
fault_end:
        movl    %eax, CONTEXT_VECTOR(%rbx)
        movl    %ecx, CONTEXT_ERROR(%rbx)
        leaq    image_begin(%rip), %rcx
        subq    %rcx, %rdx
        movq    %rdx, CONTEXT_ADDRESS(%rbx)
        movq    %cr2, %rdx
        movq    %rdx, CONTEXT_LINEAR(%rbx)
        movq    CONTEXT_CR2(%rbx), %rdx         /* RSM does not restore it */
        movq    %rdx, %cr2
        pushq   $2                              /* the handler may have left any flag set */
        popfq
        xorl    %edx, %edx
        xchgq   %rdx, CONTEXT_RETURN_SP(%rbx)
        testq   %rdx, %rdx
        jz      2f
        movq    %rdx, %rsp
        movl    $1, CONTEXT_FAULTED(%rbx)
        movq    CONTEXT_SELF(%rbx), %rbx
        movq    %rbx, %rdi
        call    trap_over
        movl    $STATUS_FAULT, %eax
        ret

        /* Not in a handler. The stack is dead: use it from its top, once. */
2:      movl    CONTEXT_STACK(%rbx), %esp
        xorl    %edi, %edi
        xchgq   %rdi, CONTEXT_SELF(%rbx)
        testq   %rdi, %rdi
        jz      3f
        movq    %rbx, %rsi
        call    fault_outside_handler
3:      cli
        hlt
        jmp     3b

        /* fault_guarded_call: see arch/handler_call.h, whose caller counts on no register but
           %rbx, the processor's structure. A fault returns from here with that one in it. */
        .globl  fault_guarded_call
        .hidden fault_guarded_call
fault_guarded_call:
        movq    %cr2, %rax
        movq    %rax, CONTEXT_CR2(%rdx)
        movq    %rsp, CONTEXT_RETURN_SP(%rdx)
        call    *%rsi
        ret

        .section .note.GNU-stack, "", @progbits
