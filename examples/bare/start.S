/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every processor begins here: the boot processor by way of the reset vector, the others by a
 * start-up IPI, which names this page. From 16-bit to 64-bit mode in one step, by page tables
 * that are constants in the ROM.
 */
#include "board.h"

        .set    APIC_BASE_MSR, 0x1b
        .set    APIC_BASE_BOOT_PROCESSOR, 0x100
        .set    CR0_PROTECTED_PAGED, 0x80000011         /* caches on */
        .set    CR4_PAE, 0x20
        .set    EFER_MSR, 0xc0000080
        .set    EFER_LONG_MODE, 0x100
        .set    CODE_64, 0x08
        .set    DATA, 0x10
        .set    STACK_SIZE, 4096

        .section .start, "ax"
        .code16
        .globl  start
start:
        cli
        cld
        lgdtl   %cs:(gdt_pointer - start)
        movl    $CR4_PAE, %eax
        movl    %eax, %cr4
        movl    $tables, %eax
        movl    %eax, %cr3
        movl    $EFER_MSR, %ecx
        movl    $EFER_LONG_MODE, %eax
        xorl    %edx, %edx
        wrmsr
        movl    $CR0_PROTECTED_PAGED, %eax
        movl    %eax, %cr0
        ljmpl   $CODE_64, $long_mode

        .code64
long_mode:
        movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $APIC_BASE_MSR, %ecx
        rdmsr
        testl   $APIC_BASE_BOOT_PROCESSOR, %eax
        jz      1f

        movl    $bss_begin, %edi
        movl    $bss_size, %ecx
        xorl    %eax, %eax
        rep stosb
        movl    $stacks + STACK_SIZE, %esp
        call    board_main
        ud2

1:      movl    $1, %edi
        lock xaddl %edi, processors_arrived             /* the first of them gets 0 */
        cmpl    $BOARD_PROCESSORS - 1, %edi
        jae     2f
        incl    %edi
        imull   $STACK_SIZE, %edi, %esp
        addl    $stacks + STACK_SIZE, %esp
        call    processor_main
2:      cli                                             /* one more than there can be */
        hlt
        jmp     2b

        .balign 8
gdt:    .quad   0
        .quad   0x00af9b000000ffff                      /* 64-bit code */
        .quad   0x00cf93000000ffff                      /* data */
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt

        /* The first and the fourth GiB, mapped to themselves in pages of 2 MiB. Accessed and
           dirty bits are set beforehand: nobody can set them in a ROM. */
        .section .tables, "a"
        .balign 4096
tables: .quad   pointers + 0x23
        .skip   511 * 8
pointers:
        .quad   directory_0 + 0x23, 0, 0, directory_3 + 0x23
        .skip   508 * 8
directory_0:
        .set    page, 0
        .rept   512
        .quad   page + 0xe3
        .set    page, page + 0x200000
        .endr
directory_3:
        .set    page, 0xc0000000
        .rept   512
        .quad   page + 0xe3
        .set    page, page + 0x200000
        .endr

        /* The SMM image. */
        .section .rodata.image, "a"
        .balign 8
        .globl  smm_image, smm_image_end
smm_image:
        .incbin "runtime.bin"
smm_image_end:

        .section .reset_vector, "ax"
        .code16
        ljmp    $BOARD_ROM >> 4, $0
        .balign 16

        .bss
        .balign 16
stacks: .skip   BOARD_PROCESSORS * STACK_SIZE
        .globl  processors_arrived
processors_arrived:
        .long   0

        .section .note.GNU-stack, "", @progbits
