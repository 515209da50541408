/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the reset vector to 64-bit C, executed from the ROM.
 *
 * Two processors come here that must not boot:
 *  - An application processor. QEMU lets an SMI take a processor out of wait-for-SIPI, and the
 *    RSM then returns to the reset vector. It parks, in the ROM and without any RAM, because
 *    RAM may belong to an OS by then. While SMBASE is moved, it goes on at processor_relocated
 *    instead.
 *  - The boot processor while SMRAM is locked. The lock ends with a reset of the machine, so
 *    this was an INIT or something worse: booting on would run with half of the old state.
 *    The machine is reset as a whole instead.
 */

        .set    APIC_BASE_MSR, 0x1b
        .set    APIC_BASE_BOOT_PROCESSOR, 0x100
        .set    SMRAM_LOCKED, 0x10              /* in the register that reset_lock.S names */
        .set    RESET_CONTROL, 0xcf9
        .set    RESET_FULL, 0x06

        .set    CR0_PROTECTED, 0x00000001
        .set    CR0_CACHE_OFF, 0x60000000
        .set    CR0_PAGING, 0x80000000
        .set    CR4_PAE, 0x20
        .set    EFER_MSR, 0xc0000080
        .set    EFER_LONG_MODE, 0x100

        .set    CODE_32, 0x08
        .set    CODE_64, 0x10
        .set    DATA, 0x18

        .section .reset, "ax"
        .code16
        /* The real-mode segment of the reset vector has its base at FFFF0000h; this section
           begins at offset F000h of it. */
        .set    SEGMENT_OFFSET, 0xf000

        .global reset_entry
reset_begin:
reset_entry:
        cli
        cld
        rdtsc                           /* kept in ebp:ebx up to C */
        movl    %eax, %ebx
        movl    %edx, %ebp

        movl    $APIC_BASE_MSR, %ecx
        rdmsr
        testl   $APIC_BASE_BOOT_PROCESSOR, %eax
        jz      rom_park

        movl    $reset_smram_address, %eax
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movw    $reset_smram_port, %dx
        inb     %dx, %al
        testb   $SMRAM_LOCKED, %al
        jnz     machine_reset

        lgdtl   %cs:(SEGMENT_OFFSET + rom_gdt_pointer - reset_begin)
        movl    %cr0, %eax
        andl    $~CR0_CACHE_OFF, %eax
        orl     $CR0_PROTECTED, %eax
        movl    %eax, %cr0
        ljmpl   $CODE_32, $protected_entry

machine_reset:
        movw    $RESET_CONTROL, %dx
        movb    $RESET_FULL, %al
        outb    %al, %dx
        /* The reset may take a moment: park until then. */

        .global rom_park
rom_park:
        cli
1:      hlt                             /* an SMI ends HLT: halt again */
        jmp     1b

        /*
         * Where a processor resumes that has moved its SMBASE: the SMI handler has written this
         * offset into its save state (US 7,493,435, claims 9 to 11: any address will do, aligned or
         * not). The segment is the one in which the SMI found it: this one, or the SIPI's, where
         * processors.c has put a copy of this page at the same offset.
         */
        .global processor_relocated
processor_relocated:
        cli
        cld
        lgdtl   %cs:(SEGMENT_OFFSET + rom_gdt_pointer - reset_begin)
        movl    %cr0, %eax
        andl    $~CR0_CACHE_OFF, %eax
        orl     $CR0_PROTECTED, %eax
        movl    %eax, %cr0
        ljmpl   $CODE_32, $trampoline_hand_on

        .code32
protected_entry:
        movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss

        /* The program runs in RAM: it has variables, and the ROM's alias at E0000h goes away
           when RAM is switched in there. */
        movl    $image_rom_begin, %esi
        movl    $image_begin, %edi
        movl    $image_dwords, %ecx
        rep movsl
        xorl    %eax, %eax
        movl    $bss_begin, %edi
        movl    $bss_dwords, %ecx
        rep stosl

        /* Identity map of the first 4 GiB in 2 MiB pages: a PML4, a PDPT and four page
           directories in a row. bss is zero, so only what is present is written. */
        movl    $page_tables + 0x1000 + 3, page_tables
        movl    $page_tables + 0x2000 + 3, %eax
        movl    $page_tables + 0x1000, %edi
        movl    $4, %ecx
1:      movl    %eax, (%edi)
        addl    $0x1000, %eax
        addl    $8, %edi
        loop    1b
        movl    $0x83, %eax             /* present, writable, large */
        movl    $page_tables + 0x2000, %edi
        movl    $2048, %ecx
1:      movl    %eax, (%edi)
        addl    $0x200000, %eax
        addl    $8, %edi
        loop    1b

        movl    %cr4, %eax
        orl     $CR4_PAE, %eax
        movl    %eax, %cr4
        movl    $page_tables, %eax
        movl    %eax, %cr3
        movl    $EFER_MSR, %ecx
        rdmsr
        orl     $EFER_LONG_MODE, %eax
        wrmsr
        movl    %cr0, %eax
        orl     $CR0_PAGING, %eax
        movl    %eax, %cr0
        ljmpl   $CODE_64, $long_entry

        .code64
long_entry:
        movl    $stack_end, %esp
        movl    %ebx, %edi              /* upper halves are zeroed by 32-bit moves */
        movl    %ebp, %eax
        shlq    $32, %rax
        orq     %rax, %rdi
        xorl    %ebp, %ebp
        movl    $firmware_main, %eax
        call    *%rax                   /* does not return */
        ud2

        /* In ROM, so the accessed bits are set beforehand: a processor cannot set them. The
           selectors of 64-bit code and data are those that Linux's boot protocol names. */
        .balign 8
        .global rom_gdt
rom_gdt:
        .quad   0
        .quad   0x00cf9b000000ffff      /* 08h: 32-bit code */
        .quad   0x00af9b000000ffff      /* 10h: 64-bit code */
        .quad   0x00cf93000000ffff      /* 18h: data */
rom_gdt_end:

        .global rom_gdt_pointer
rom_gdt_pointer:
        .word   rom_gdt_end - rom_gdt - 1
        .long   rom_gdt

        .section .reset_vector, "ax"
        .code16
        /* At FFFFFFF0h, 16 bytes below the end of the segment. */
reset_vector:
        .byte   0xe9                    /* jmp to offset F000h */
        .word   SEGMENT_OFFSET - (0xfff0 + 3)

        .section .bss.boot, "aw", @nobits
        .balign 4096
page_tables:
        .skip   6 * 4096
        .balign 16
        .skip   32768
stack_end:

        .section .note.GNU-stack, "", @progbits
