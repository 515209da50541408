/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uint32_t hostile_tss(uint32_t command): fires a software SMI with a 16-bit TSS in TR, and
 * returns what APM_STS says then.
 *
 * LTR of such a TSS is for protected mode only, so paging goes off and comes back. An SMI handler
 * that switches to 64-bit mode with this TR meets #GP (Intel SDM volume 3, "Initializing IA-32e
 * mode"). QEMU's emulator does not look; Bochs does.
 */
        .set    CR0_PAGING, 0x80000000
        .set    CODE_32, 0x08
        .set    CODE_64, 0x10
        .set    TSS_16, 0x20
        .set    TSS_32, 0x28
        .set    ANSWER_POLLS, 10000000

        .text
        .code64
        .globl  hostile_tss
hostile_tss:
        pushq   %rbx
        sgdt    saved_gdt
        lgdt    gdt_pointer
        pushq   $CODE_32
        pushq   $protected
        lretq

        .code32
protected:
        movl    %cr0, %ebx
        movl    %ebx, %eax
        andl    $~CR0_PAGING, %eax
        movl    %eax, %cr0
        movl    $TSS_16, %eax
        ltr     %ax
        movl    $0xff, %eax
        outb    %al, $0xb3
        movl    %edi, %eax
        outb    %al, $0xb2
        movl    $ANSWER_POLLS, %ecx
1:      inb     $0xb3, %al
        cmpb    $0xff, %al
        jne     2f
        decl    %ecx
        jnz     1b
2:      movzbl  %al, %esi
        movl    $TSS_32, %eax
        ltr     %ax
        movl    %ebx, %cr0
        ljmpl   $CODE_64, $paged

        .code64
paged:
        lgdt    saved_gdt
        movl    %esi, %eax
        popq    %rbx
        ret

        /* Written to by LTR, so not with the constants. Both TSSes lie at 0, unused. */
        .data
        .balign 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff      /* 08h: 32-bit code */
        .quad   0x00af9b000000ffff      /* 10h: 64-bit code */
        .quad   0x00cf93000000ffff      /* 18h: data */
        .quad   0x000081000000002b      /* 20h: 16-bit TSS */
        .quad   0x0000890000000067      /* 28h: 32-bit TSS */
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .quad   gdt
saved_gdt:
        .skip   10

        .section .note.GNU-stack, "", @progbits
