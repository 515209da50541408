/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot path knows of the machine, and the steps it is made of.
 *
 * One struct firmware_machine is filled in as the boot goes on and handed from step to step, so
 * that no step asks the hardware twice for something that an operating system of the previous
 * boot could have changed in between. Every step either succeeds or ends in firmware_stop():
 * a firmware that cannot go on has nobody to return an error to.
 */
#ifndef FIRMWARE_FIRMWARE_H
#define FIRMWARE_FIRMWARE_H

#include <stdint.h>

#define KIBIBYTE (UINT64_C(1) << 10)
#define MEBIBYTE (UINT64_C(1) << 20)
#define GIBIBYTE (UINT64_C(1) << 30)

/* Errors of functions that return int: 0 or one of these. */
enum firmware_error {
    ERROR_NOT_FOUND = -1, /* no such file, device or table */
    ERROR_RANGE = -2,     /* an offset, size or address outside of its object */
    ERROR_FORMAT = -3,    /* the data is not what it must be */
    ERROR_MEMORY = -4,    /* no room left */
    ERROR_DEVICE = -5,    /* the device reported a failure */
};

struct firmware_machine {
    uint64_t low_memory_top; /* bytes: end of RAM below 4 GiB, SMRAM included */
    uint64_t smram_base;
    uint64_t smram_size;       /* bytes */
    uint64_t low_smram_base;   /* SMRAM below 1 MiB besides, 0: none */
    uint64_t low_smram_size;   /* bytes */
    uint64_t window_base;      /* reserved region for the OS window */
    uint64_t window_size;      /* bytes */
    uint64_t reserved_base;    /* lowest address of the firmware's tables; RAM from 1 MiB up
                                  to here is free for the OS, but for the window */
    uint64_t reserved_top;     /* their end */
    uint64_t reset_ticks;      /* TSC at the reset vector */
    uint64_t wipe_ticks;       /* TSC ticks that wiping SMRAM took */
    uint64_t ticks_per_second; /* TSC frequency */
    uint32_t processors;       /* present at boot; 0: nobody says, smm_install() counts */
    uint32_t processors_max;   /* that hot-plug could bring it to */
    uint64_t root_pointer;     /* address of the ACPI RSDP, 0: none */

    const struct muster_layout *layout; /* of SMRAM; filled in by smm_install() */

    /* Filled in by smm_install(). With command 0 there is no runtime to talk to and no
       "SMM Communication ACPI Table" is published. */
    uint32_t communication_command; /* software SMI number */
    uint64_t communication_pointer; /* where the address of the communication buffer is */
    uint32_t mitigation_flags;      /* flags of the WSMT */
};

/* Steps, in the order of main.c. */
void exceptions_catch(void);
void memory_size_find(struct firmware_machine *machine);
void smram_wipe(struct firmware_machine *machine);
void chipset_set_up(void);
void memory_types_set_up(const struct firmware_machine *machine);
void pci_set_up(void);
void acpi_install(struct firmware_machine *machine);
void smbios_install(struct firmware_machine *machine);
_Noreturn void linux_boot(struct firmware_machine *machine);

/*
 * Starts and parks the application processors, relocates SMBASE, negotiates the SMI features
 * and locks SMRAM. Called once, after the wipe and the chipset's set-up and before the ACPI
 * tables are read, since QEMU makes those from the features negotiated.
 * Each processor it starts should call memory_types_set_up(): Linux wants MTRRs to agree.
 */
void smm_install(struct firmware_machine *machine);

/* Runs instead of Linux when no kernel is given. */
_Noreturn void exerciser_run(struct firmware_machine *machine);

/* The same, if the user asks for a measurement instead: see measure.c. */
void measure_run(const struct firmware_machine *machine);

/*
 * Takes size bytes for the firmware's tables below what was taken before, aligned as asked (a
 * power of two), zeroed; the OS finds them reserved. NULL when there is no room.
 */
void *reserved_allocate(struct firmware_machine *machine, uint64_t size, uint64_t alignment);

/* The same in F0000h-FFFFFh, where an OS looks for the anchors of tables. */
void *segment_allocate(uint64_t size, uint64_t alignment);

/*
 * In the ROM, thus there at any time, at a fixed address below 4 GiB: a cli; hlt loop whose
 * bytes mean the same in 16, 32 and 64-bit code, and that needs neither stack nor RAM.
 */
extern const uint8_t rom_park[];

/*
 * In the ROM: pseudo-descriptor (limit, 32-bit base) of the firmware's GDT, with selectors
 * 08h 32-bit code, 10h 64-bit code, 18h flat data.
 */
extern const uint8_t rom_gdt_pointer[];

#endif
