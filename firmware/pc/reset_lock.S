/* SPDX-License-Identifier: BSD-2-Clause */
/* Where reset.S finds whether SMRAM is locked: 00:00.0, register 72h. */
        .globl  reset_smram_address, reset_smram_port
        .set    reset_smram_address, 0x80000070
        .set    reset_smram_port, 0xcfe

        .section .note.GNU-stack, "", @progbits
