/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMI entry: from 16-bit mode at SMBASE + 8000h straight to 64-bit mode.
 *
 * On entry (Intel SDM volume 3, "SMI handler execution environment"): CS base is SMBASE, all other
 * segments have base 0 and a limit of 4 GiB, which they keep through the switch below, so no data
 * segment is ever loaded. Paging is off, CR4 and EFER are zero.
 *
 * One MOV to CR0 sets PE and PG (the manual allows it, "Switching to protected mode"); with
 * CR4.PAE and EFER.LME set it leads to 64-bit mode without a stop in protected mode, which would
 * cost an emulator one more flush of its TLB. It lies in the image's code, which is mapped to
 * itself, and not in the stub, whose page is never executable.
 *
 * Constants are addressed through DS with its base of 0, never through CS: Bochs forgets the CS
 * base for data accesses in SMM.
 *
 * Exceptions in the 16-bit part: see early.S.
 *
 * CR0.EM is set: the FPU and what came after it belong to the OS, and a handler that touches
 * them faults.
 */
#include "context.h"
#include "early.h"
#include "entry.h"

        .set    EFER_MSR, 0xc0000080
        .set    EFER_LONG, 0x900                /* LME, NXE */
        .set    APIC_BASE_MSR, 0x1b
        .set    APIC_BASE_PAGE, 0xfee00         /* where it belongs */

        /* ---- The stub: copied for each processor, its constants filled in by entry.c ---- */

        .section .rodata.0entry, "a"
        .code16
        .globl  entry_stub_begin, entry_stub_end
        .globl  entry_stub_context, entry_stub_target
        .hidden entry_stub_begin, entry_stub_end
        .hidden entry_stub_context, entry_stub_target
entry_stub_begin:
        .byte   0x66, 0xbb                      /* movl, %ebx: the context */
entry_stub_context:
        .long   0
        .byte   0x66, 0xea                      /* ljmpl, to a segment with base 0 */
entry_stub_target:
        .long   0
        .word   0
entry_stub_end:
        .if     entry_stub_end - entry_stub_begin > ENTRY_STUB_SIZE
        .error  "the entry stub does not fit its place"
        .endif

        /* ---- Shared by all processors, in the image ---- */

        /* Neither instruction of the stub can fault, nor can the first two here, or those for the
           local APIC before them: from the LIDT on an exception has a vector and a stack. */
        .macro  long_mode_enter target
        lssw    CONTEXT_EARLY_STACK(%ebx), %sp
        .byte   0x67, 0x66, 0x0f, 0x01, 0x1d    /* lidtl (32-bit address) */
        place   PLACE_ADDRESS, early_vectors_pointer
        EARLY_PROVOKED
        lgdtl   CONTEXT_GDT_POINTER(%ebx)
        .byte   0x66, 0xb8                      /* movl, %eax */
        place   PLACE_CR3
        movl    %eax, %cr3
        .byte   0x66, 0xb8                      /* movl, %eax */
        place   PLACE_CR4
        movl    %eax, %cr4
        movl    $EFER_MSR, %ecx
        movl    $EFER_LONG, %eax
        xorl    %edx, %edx
        wrmsr
        movl    $CR0_LONG, %eax
        .globl  \target\()_switch
        .hidden \target\()_switch
\target\()_switch:
        movl    %eax, %cr0
        .byte   0x66, 0xea                      /* ljmpl */
        place   PLACE_ADDRESS, \target
        .word   SELECTOR_CODE_64
        .endm

        .section .text.entry, "ax"
        .code16
        .globl  entry_smi_16, entry_relocation_16, entry_apic_16
        .hidden entry_smi_16, entry_relocation_16, entry_apic_16
        .balign 16

        /* Where the local APIC moves (lapic_moves), the stub comes here. An OS can lay it over SMRAM,
           and then what this processor reads and writes on one page is the APIC's registers. So
           nothing is read before its base is known, and from SMRAM or below it goes back. */
entry_apic_16:
        movl    $APIC_BASE_MSR, %ecx
        rdmsr
        movl    %eax, %esi
        shrl    $12, %eax
        cmpl    $APIC_BASE_PAGE, %eax
        data32 jne entry_apic_moved             /* data32: see early.S */
entry_smi_16:
        long_mode_enter entry_smi
entry_relocation_16:
        long_mode_enter entry_relocation

entry_apic_moved:
        testl   %edx, %edx                      /* above 4 GiB */
        data32 jnz entry_smi_16
        .byte   0x66, 0x3d                      /* cmpl, %eax */
        place   PLACE_SMRAM_END
        data32 jae entry_smi_16
        movl    %esi, %eax
        andl    $0xfff, %eax
        orl     $(APIC_BASE_PAGE << 12), %eax
        wrmsr
        data32 jmp entry_smi_16

        .code64
        .pushsection .data.rel.ro.entry, "aw"
        .globl  entry_idt_pointer
        .hidden entry_idt_pointer
        .balign 16
        .skip   6                               /* aligns the base */
entry_idt_pointer:
        .word   0
        .quad   0
        .popsection

        /* From here on an exception has a handler and a stack (context.h). The upper halves of
           the registers are undefined. RSM restores the OS's IDTR, GDTR and TR. */
        .macro  environment_enter
        lidt    entry_idt_pointer(%rip)
        movl    CONTEXT_STACK(%ebx), %esp
        movb    $TSS_AVAILABLE, CONTEXT_TSS_TYPE(%ebx)
        ltr     CONTEXT_TSS_SELECTOR(%ebx)
        .endm

        .globl  entry_smi
        .hidden entry_smi
entry_smi:
        environment_enter
        movq    CONTEXT_SELF(%ebx), %rdi
        jmp     smi_take                        /* leave.c: does not return */

entry_relocation:
        environment_enter
        leaq    image_relocation(%rip), %rdi
        call    muster_relocate
        rsm

        .section .note.GNU-stack, "", @progbits
