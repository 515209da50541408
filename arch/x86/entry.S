/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMI entry: from 16-bit mode at SMBASE + 8000h to C in 64-bit mode, and RSM.
 *
 * On entry (Intel SDM volume 3, "SMI handler execution environment"): CS base is SMBASE, all other
 * segments have base 0 and a limit of 4 GiB, which they keep through the mode switches below, so
 * no data segment is ever loaded. Paging is off, CR4 and EFER are zero.
 *
 * Nothing before LIDT can fault: it reads and writes no memory but the stub, the GDT and, by
 * the processor, the page tables, all of them constants made before the lock; TF and DR7 are
 * clear, NMIs are held off. A machine check would find CR4.MCE clear and shut the machine down.
 *
 * CR0.EM is set: the FPU and what came after it belong to the OS, and a handler that touches
 * them faults.
 *
 * Constants are addressed through DS with its base of 0, never through CS: Bochs forgets the CS
 * base for data accesses in SMM.
 */
#include "context.h"
#include "entry.h"

        .set    CR0_PROTECTED, 0x00010035       /* PE, EM, ET, NE, WP */
        .set    CR0_PAGED, 0x80010035
        .set    EFER_MSR, 0xc0000080
        .set    EFER_LONG, 0x900                /* LME, NXE */
        .set    ENTRY_CANARY, 0x7972616e61632121        /* as in entry.h */

        /* ---- The stub: copied for each processor, its constants filled in by entry.c ---- */

        .section .rodata.entry, "a"
        .code16
        .globl  entry_stub_begin, entry_stub_end, entry_stub_gdt_pointer
        .globl  entry_stub_page_tables, entry_stub_stack, entry_stub_argument
        .globl  entry_stub_protected, entry_stub_far_address, entry_stub_far
        .hidden entry_stub_begin, entry_stub_end, entry_stub_gdt_pointer
        .hidden entry_stub_page_tables, entry_stub_stack, entry_stub_argument
        .hidden entry_stub_protected, entry_stub_far_address, entry_stub_far
entry_stub_begin:
        .byte   0x67, 0x66, 0x0f, 0x01, 0x15    /* lgdtl (32-bit address) */
entry_stub_gdt_pointer:
        .long   0
        .byte   0x66, 0xb8                      /* movl, %eax */
entry_stub_page_tables:
        .long   0
        movl    %eax, %cr3
        .byte   0x66, 0xbc                      /* movl, %esp */
entry_stub_stack:
        .long   0
        .byte   0x66, 0xbf                      /* movl, %edi: the C function's argument */
entry_stub_argument:
        .long   0
        .byte   0x66, 0xbb                      /* movl, %ebx: the address of the far pointer */
entry_stub_far_address:
        .long   0
        movl    $CR0_PROTECTED, %eax
        movl    %eax, %cr0
        .byte   0x66, 0xea                      /* ljmpl to entry_protected */
entry_stub_protected:
        .long   0
        .word   SELECTOR_CODE_32
entry_stub_far:
        .long   0
        .word   SELECTOR_CODE_64
entry_stub_end:
        .if     entry_stub_end - entry_stub_begin > ENTRY_STUB_SIZE
        .error  "the entry stub does not fit its place"
        .endif

        /* ---- Shared by all processors, in the image ---- */

        .section .text.entry, "ax"
        .code32
        .globl  entry_protected
        .hidden entry_protected
entry_protected:
        .byte   0xb8                            /* movl, %eax */
        .globl  entry_cr4
        .hidden entry_cr4
entry_cr4:
        .long   0
        movl    %eax, %cr4
        movl    $EFER_MSR, %ecx
        movl    $EFER_LONG, %eax
        xorl    %edx, %edx
        wrmsr
        movl    $CR0_PAGED, %eax
        movl    %eax, %cr0
        ljmpl   *(%ebx)

        .code64
        .section .data.rel.ro.entry, "aw"
        .globl  entry_idt_pointer
        .hidden entry_idt_pointer
        .balign 16
        .skip   6                               /* aligns the base */
entry_idt_pointer:
        .word   0
        .quad   0
        .section .text.entry, "ax"

        /* From here on an exception has a handler and a stack (context.h). The upper halves of
           the registers are undefined. RSM restores the OS's IDTR, GDTR and TR, not its CR2. */
        .macro  environment_enter
        lidt    entry_idt_pointer(%rip)
        movl    %esp, %esp
        movl    %edi, %edi
        movq    %cr2, %rax
        movq    %rax, CONTEXT_CR2(%rsp)
        movb    $TSS_AVAILABLE, CONTEXT_TSS_TYPE(%rsp)
        ltr     CONTEXT_TSS_SELECTOR(%rsp)
        .endm

        .globl  entry_smi
        .hidden entry_smi
entry_smi:
        environment_enter
        call    muster_smi
        rsm

        /* The same where no guard page ends the stack. A processor whose canary is gone has
           overwritten who knows what: it stays here, and the others declare it lost. */
        .globl  entry_smi_checked
        .hidden entry_smi_checked
entry_smi_checked:
        environment_enter
        call    muster_smi
        movabsq $ENTRY_CANARY, %rax
        cmpq    %rax, -ENTRY_STACK_SIZE(%rsp)
        jne     1f
        rsm
1:      cli
        hlt
        jmp     1b

        .globl  entry_relocation
        .hidden entry_relocation
entry_relocation:
        environment_enter
        call    muster_relocate
        rsm

        .section .note.GNU-stack, "", @progbits
