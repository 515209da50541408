/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The board: x86 processors with their local APICs, RAM from 0, a ROM of 128 KiB below 4 GiB that
 * is seen at E0000h too, and a serial port. No chipset: an SMI is a message from one local APIC to
 * another, and nothing tells why it was sent but a word in RAM, the doorbell. Nothing hides
 * SMRAM either: on a board for use, firmware would close and lock it.
 *
 * QEMU has it as `-machine microvm`.
 */
#ifndef BOARD_H
#define BOARD_H

#define BOARD_PROCESSORS 4       /* soldered on */
#define BOARD_ROM        0xf0000 /* its code */
#define BOARD_SERIAL     0x3f8
#define BOARD_APIC       0xfee00000
#define BOARD_APIC_HERTZ 1000000000 /* of its timer */

/* RAM, all of it reserved: SMRAM, the OS window, and a page for the doorbell. */
#define BOARD_SMRAM       0x1000000
#define BOARD_SMRAM_SIZE  0x100000
#define BOARD_WINDOW      0x1200000
#define BOARD_WINDOW_SIZE 0x100000
#define BOARD_DOORBELL    0x1400000

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Whoever wants a handler without a request of its own stores its command here, then sends
 * itself an SMI. The runtime takes the command, leaving 0, and answers with a status. */
struct board_doorbell {
    uint32_t command;
    uint32_t status;
};

static inline struct board_doorbell *board_doorbell(void)
{
    return (struct board_doorbell *)BOARD_DOORBELL;
}

/* ---- What the firmware has of the board (board.c) ---- */

static inline uint64_t board_ticks(void)
{
    return __builtin_ia32_rdtsc();
}

/* Ticks in a second, measured against the local APIC's timer. */
uint64_t board_ticks_per_second(void);

uint32_t board_apic_id(void);
void board_smi_send_self(void);

/* Start-up IPI to all processors but this one: they begin at `start`. */
void board_processors_start(uint64_t ticks_per_second);

/* The end of every run: the board has no switch, but QEMU with -no-reboot takes a reset for one. */
_Noreturn void board_reset(void);

void board_print(const char *text);
void board_print_number(uint64_t number);
#endif
#endif
