/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exerciser's processors: from SIPI to 64-bit C, each on a stack of its own; and the OUT that
 * carries a request in registers.
 */
#include "trampoline_protect.inc"

        .set    CR0_PAGED, 0x80000011
        .set    CR4_PAE, 0x20
        .set    EFER_MSR, 0xc0000080
        .set    EFER_LONG_MODE, 0x100
        .set    CODE_64, 0x10

        .section .rodata.exerciser, "a"
        .globl  exerciser_start_begin, exerciser_start_end
exerciser_start_begin:
        trampoline_protect exerciser_start_begin
        movl    $CR4_PAE, %eax
        movl    %eax, %cr4
        movl    exerciser_page_tables, %eax
        movl    %eax, %cr3
        movl    $EFER_MSR, %ecx
        movl    $EFER_LONG_MODE, %eax
        xorl    %edx, %edx
        wrmsr
        movl    $CR0_PAGED, %eax
        movl    %eax, %cr0
        ljmpl   $CODE_64, $(TRAMPOLINE_ADDRESS + start_long - exerciser_start_begin)

        .code64
start_long:
        movl    exerciser_stack_size, %eax
        lock xaddl %eax, exerciser_stack_next   /* a stack nobody else has */
        movl    %eax, %esp
        movl    $exerciser_arrive, %eax
        call    *%rax                           /* does not return */
        ud2
exerciser_start_end:

        /*
         * void exerciser_issue(struct exerciser_request *request):
         * loads a request into the registers that the runtime looks into, fires the SMI, and waits,
         * bounded by polls, until the answer is in them.
         *
         *   0 token, 8 command, 16 argument or status, 24 and 32 results, 40 address to write,
         *   48 what to write there (32 bits; address 0: OUT the command to APM_CNT), 56 polls
         */
        .text
        .globl  exerciser_issue
exerciser_issue:
        pushq   %rbx
        pushq   %rbp
        movq    %rdi, %rbp
        movq    8(%rbp), %rax
        movq    16(%rbp), %rcx
        movq    40(%rbp), %r8
        movl    48(%rbp), %r9d
        movq    56(%rbp), %r10
        xorl    %esi, %esi
        xorl    %edi, %edi
        movq    0(%rbp), %rbx                   /* the token last: any SMI may answer from here on */
        testq   %r8, %r8
        jnz     1f
        outb    %al, $0xb2
        jmp     2f                              /* the emulator takes the SMI where a block ends */
1:      movl    %r9d, (%r8)
        jmp     2f
2:      cmpq    0(%rbp), %rbx
        jne     3f
        pause
        decq    %r10
        jnz     2b
3:      movq    %rbx, 0(%rbp)
        movq    %rcx, 16(%rbp)
        movq    %rsi, 24(%rbp)
        movq    %rdi, 32(%rbp)
        popq    %rbp
        popq    %rbx
        ret

        .section .note.GNU-stack, "", @progbits
