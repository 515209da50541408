/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel proper of a bzImage that is not packed: in the place of what unpacks it, this moves it to
 * where it is linked to run, which is where all of it is loaded, and jumps to its own 64-bit entry.
 * RSI, the boot parameters, is as it came. KERNEL is the file that unpack_kernel.py makes.
 */
        .code64
        .text
        .globl  _start
place:
        .org    0x200 /* the 64-bit entry by the boot protocol */
_start:
        movq    %rsi, %rdx
        leaq    place(%rip), %rdi
        leaq    kernel(%rip), %rsi
        movl    $(kernel_end - kernel) / 8, %ecx
        jmp     move

        .balign 4096
kernel:
        .incbin KERNEL
        .balign 8
kernel_end:

/* Behind the kernel, so that it is not overwritten. */
move:
        cld
        rep movsq
        movq    %rdx, %rsi
        leaq    place(%rip), %rax
        jmp     *%rax
        .balign 16
