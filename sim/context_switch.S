/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack switch, System V ABI for x86-64: only what a called function must preserve. */
    .text

/* void context_switch(void **from, void *to) */
    .globl context_switch
    .type context_switch, @function
context_switch:
    pushq   %rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    ret
    .size context_switch, . - context_switch

/* First return of a new context (context_make): the entry is in rbx, its argument in r12. */
    .globl context_start
    .type context_start, @function
context_start:
    movq    %r12, %rdi
    call    *%rbx
    ud2
    .size context_start, . - context_start

    .section .note.GNU-stack, "", @progbits
