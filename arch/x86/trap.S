/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vectors that a handler may go on after: debug exceptions, if it has a hook, and interrupts, if it
 * supplies their vectors. And NMIs, which can only come after an IRET of this file.
 *
 * The stack of exceptions has eight words, six of them taken by the processor and the vector. Two
 * registers are put there to find out whether anybody wants this; then everything moves to a frame
 * on the interrupted stack (trap.h), which leaves the stack of exceptions free for the next.
 *
 * The way back is POPF and RET. Only where TF or RF has to come back it is an IRET, which lets NMIs
 * in although the processor is in SMM (Intel SDM volume 3, "NMI handling while in SMM"): trap.c
 * sends such an NMI anew.
 */
#include "context.h"
#include "trap.h"

        .set    VECTOR_NMI, 2

        .section .text.fault, "ax"
        .code64
        .globl  trap_common
        .hidden trap_common
trap_common:
        pushq   %rax
        pushq   %rbx
        movq    64(%rsp), %rbx                  /* the link: the context */
        cmpl    $0, CONTEXT_ARMED(%rbx)
        jne     1f
        cmpb    $VECTOR_NMI, 16(%rsp)
        je      1f
        popq    %rbx
        popq    %rax
        jmp     fault_common

1:      movq    48(%rsp), %rax                  /* the interrupted stack */
        andq    $-16, %rax
        subq    $TRAP_SIZE, %rax
        popq    TRAP_RBX(%rax)
        popq    TRAP_RAX(%rax)
        popq    TRAP_VECTOR(%rax)
        popq    TRAP_IRET(%rax)
        popq    (TRAP_IRET + 8)(%rax)
        popq    (TRAP_IRET + 16)(%rax)
        popq    (TRAP_IRET + 24)(%rax)
        movq    %rax, %rsp
        movq    %rcx, TRAP_RCX(%rsp)
        movq    %rdx, TRAP_RDX(%rsp)
        movq    %rbp, TRAP_RBP(%rsp)
        movq    %rsi, TRAP_RSI(%rsp)
        movq    %rdi, TRAP_RDI(%rsp)
        movq    %r8, TRAP_R8(%rsp)
        movq    %r9, TRAP_R9(%rsp)
        movq    %r10, TRAP_R10(%rsp)
        movq    %r11, TRAP_R11(%rsp)
        movq    %r12, TRAP_R12(%rsp)
        movq    %r13, TRAP_R13(%rsp)
        movq    %r14, TRAP_R14(%rsp)
        movq    %r15, TRAP_R15(%rsp)
        cld
        movq    %rsp, %rdi
        movq    %rbx, %rsi
        call    trap_take
        cmpl    $TRAP_RETURN, %eax
        jb      trap_end
        movq    TRAP_RCX(%rsp), %rcx            /* no flag changes before the branch */
        movq    TRAP_RDX(%rsp), %rdx
        movq    TRAP_RBP(%rsp), %rbp
        movq    TRAP_RSI(%rsp), %rsi
        movq    TRAP_RDI(%rsp), %rdi
        movq    TRAP_R8(%rsp), %r8
        movq    TRAP_R9(%rsp), %r9
        movq    TRAP_R10(%rsp), %r10
        movq    TRAP_R11(%rsp), %r11
        movq    TRAP_R12(%rsp), %r12
        movq    TRAP_R13(%rsp), %r13
        movq    TRAP_R14(%rsp), %r14
        movq    TRAP_R15(%rsp), %r15
        ja      trap_iret

        /* On the interrupted stack, below what is in use: another interrupt may come as soon as
           POPF lets it. */
        movq    (TRAP_IRET + 24)(%rsp), %rbx
        subq    $16, %rbx
        movq    TRAP_IRET(%rsp), %rax
        movq    %rax, 8(%rbx)
        movq    (TRAP_IRET + 16)(%rsp), %rax
        movq    %rax, (%rbx)
        movq    %rbx, (TRAP_IRET + 24)(%rsp)
        movq    TRAP_RAX(%rsp), %rax
        movq    TRAP_RBX(%rsp), %rbx
        movq    (TRAP_IRET + 24)(%rsp), %rsp
        popfq
        ret

trap_iret:
        movq    $0, (TRAP_IRET + 32)(%rsp)      /* SS: in 64-bit mode it can be null */
        movq    TRAP_RAX(%rsp), %rax
        movq    TRAP_RBX(%rsp), %rbx
        leaq    TRAP_IRET(%rsp), %rsp
        iretq

trap_end:
        movzbl  TRAP_VECTOR(%rsp), %eax
        xorl    %ecx, %ecx
        movq    TRAP_IRET(%rsp), %rdx
        jmp     fault_end

        /* Where a handler returns to that has taken up something (trap.c). */
        .globl  trap_return
        .hidden trap_return
trap_return:
        pushq   %rax
        movq    %rbx, %rdi
        call    trap_over
        popq    %rax
        ret                                     /* as fault_guarded_call would have */

        .section .note.GNU-stack, "", @progbits
