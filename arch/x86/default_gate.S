/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands before the stub in the default SMRAM, at 38000h: a SIPI with this page's vector ends up
 * here too (US 7,493,435, claims 5 to 7). Where an SMI waits for the processor, it is taken before
 * the first instruction, and CS is that of SMM. Else the processor is outside SMM and has no
 * business in the handler: it waits here for its SMI.
 */
        .set    DEFAULT_SMBASE, 0x30000

        .section .rodata.0entry, "a"
        .code16
        .globl  default_gate_begin, default_gate_end
        .hidden default_gate_begin, default_gate_end
default_gate_begin:
        movw    %cs, %ax
        cmpw    $(DEFAULT_SMBASE >> 4), %ax
        je      default_gate_end
1:      cli
        hlt
        jmp     1b
default_gate_end:

        .section .note.GNU-stack, "", @progbits
