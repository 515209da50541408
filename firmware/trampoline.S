/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start-up of an application processor: from SIPI to one that is known by its APIC id and waits for
 * the next SIPI; and the hand-on of SMBASE relocation from each processor to the next (see
 * muster/relocate.h).
 */
#include "trampoline_protect.inc"

        .set    APIC_ID, 0xfee00020
        .set    APIC_COMMAND_LOW, 0xfee00300
        .set    APIC_COMMAND_HIGH, 0xfee00310
        .set    APIC_INIT, 0x4500               /* delivery mode INIT, assert */
        .set    APIC_SMI, 0x4200                /* delivery mode SMI, assert */

        /* Offsets in struct trampoline_data, checked in processors.c. */
        .set    DATA_ARRIVED, 0
        .set    DATA_REGISTERED, 4
        .set    DATA_MSR_COUNT, 8
        .set    DATA_MSR, 12
        .set    DATA_APIC_ID, 588
        .set    DATA_POSITION, 1612
        .set    DATA_COUNT, 1616
        .set    DATA_SMBASE, 1620
        .set    DATA_MOVED, 1624
        .set    DATA_SIPI, 1628
        .set    DATA_TICKS, 1632
        .set    DATA_SMBASES, 2656

        .section .rodata.trampoline, "a"
        .globl  trampoline_begin, trampoline_end
trampoline_begin:
        trampoline_protect trampoline_begin
        movl    $trampoline_data, %ebp
        leal    DATA_MSR(%ebp), %esi
        movl    DATA_MSR_COUNT(%ebp), %edi
1:      testl   %edi, %edi
        jz      2f
        movl    (%esi), %ecx
        movl    4(%esi), %eax
        movl    8(%esi), %edx
        wrmsr
        addl    $12, %esi
        decl    %edi
        jmp     1b

2:      movl    $1, %eax
        lock xaddl %eax, DATA_ARRIVED(%ebp)
        cmpl    $256, %eax
        jae     3f                              /* more than anybody can hold: parked, unknown */
        movl    APIC_ID, %ecx
        shrl    $24, %ecx
        movl    %ecx, DATA_APIC_ID(%ebp,%eax,4)
        lock incl DATA_REGISTERED(%ebp)         /* pairs with the wait in processors.c */

        /* Back to waiting for a SIPI, by an INIT to itself: so the relocation finds it. QEMU
           carries it out where a block of code ends, but not while halted, and drops an SMI that
           comes before: so neither HLT nor PAUSE, which lets another processor run first. */
3:      movl    APIC_ID, %eax
        movl    %eax, APIC_COMMAND_HIGH
        movl    $APIC_INIT, APIC_COMMAND_LOW
4:      jmp     4b
trampoline_end:

        /* After the RSM of its relocation, thus out of SMM, in 32-bit mode: hand on and park. */
        .text
        .globl  trampoline_hand_on
        .code32
trampoline_hand_on:
        rdtsc
        movl    $DATA, %ecx
        movl    %ecx, %ds
        movl    %ecx, %es
        movl    %ecx, %ss
        movl    $trampoline_data, %ebp
        movl    DATA_POSITION(%ebp), %ecx
        movl    %eax, DATA_TICKS(%ebp,%ecx,4)
        incl    %ecx
        cmpl    DATA_COUNT(%ebp), %ecx
        jae     2f
        movl    DATA_SMBASE(%ebp), %edx
        movl    DATA_SMBASES(%ebp,%ecx,4), %eax
        movl    %eax, (%edx)
        movl    DATA_MOVED(%ebp), %edx
        movl    $0, (%edx)
        movl    %ecx, DATA_POSITION(%ebp)       /* before the next one can move it on */
        movl    DATA_APIC_ID(%ebp,%ecx,4), %eax
        shll    $24, %eax
        movl    %eax, APIC_COMMAND_HIGH
        movl    $APIC_SMI, APIC_COMMAND_LOW
        movl    DATA_SIPI(%ebp), %eax           /* wakes it where it has latched the SMI */
        testl   %eax, %eax
        jz      1f
        movl    %eax, APIC_COMMAND_LOW
1:      movl    $rom_park, %eax
        jmp     *%eax
2:      movl    %ecx, DATA_POSITION(%ebp)
        jmp     1b

        .section .note.GNU-stack, "", @progbits
