/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A firmware that does nothing but install muster: the calls of muster/install.h in their order.
 * docs/porting.md walks through it.
 */
#include <stdbool.h>
#include <stddef.h>

#include <muster/install.h>
#include <muster/window.h>

#include "board.h"
#include "fire.h"

#define DEADLINE_MILLISECONDS 1000
#define NOBODY                UINT32_MAX

_Noreturn void board_main(void);
_Noreturn void processor_main(uint32_t index);

extern const uint8_t smm_image[];
extern const uint8_t smm_image_end[];

static uint32_t apic_id[BOARD_PROCESSORS];
static uint64_t smbase[BOARD_PROCESSORS];
static struct muster_relocation *relocation;
static uint32_t registered; /* processors whose APIC id is known */
static uint32_t turn;       /* the processor that relocates now */
static uint64_t ticks_per_second;
static bool installed;

static const struct muster_image_memory memory = {
    .smram_base = BOARD_SMRAM,
    .smram_size = BOARD_SMRAM_SIZE,
    .window_base = BOARD_WINDOW,
    .window_size = BOARD_WINDOW_SIZE,
    .ranges = {{.base = BOARD_DOORBELL, .size = sizeof(struct board_doorbell)}},
};

static _Noreturn void halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

static void must(int error, const char *what)
{
    if (error == 0)
        return;
    board_print("bare: ");
    board_print(what);
    board_print(": error -");
    board_print_number((uint64_t)-error);
    board_print("\n");
    board_reset();
}

static void processor_register(uint32_t index)
{
    apic_id[index] = board_apic_id();
    __atomic_fetch_add(&registered, 1, __ATOMIC_SEQ_CST);
}

static void wait_for(const uint32_t *word, uint32_t value)
{
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
        __builtin_ia32_pause();
}

/*
 * This processor's first SMI, in the default SMRAM that all processors share: one at a time. To
 * be here again after `moved` is the proof that it has left SMM, so only then may the next one go.
 */
static void processor_relocate(uint32_t index)
{
    wait_for(&turn, index);
    relocation->smbase = (uint32_t)smbase[index];
    relocation->continuation = 0;
    __atomic_store_n(&relocation->moved, 0, __ATOMIC_SEQ_CST);
    board_smi_send_self();
    wait_for(&relocation->moved, 1);
    if (relocation->error != 0)
        board_print(muster_relocate_error(relocation));
    must(relocation->error, "relocation");
    __atomic_store_n(&turn, index + 1, __ATOMIC_SEQ_CST);
}

static void runtime_install(void)
{
    static struct muster_layout layout;
    struct muster_image_parameters parameters = {
        .layout = &layout,
        .memory = &memory,
        .apic_id = apic_id,
        .deadline_milliseconds = DEADLINE_MILLISECONDS,
        .ticks_per_second = ticks_per_second,
        .request_token =
            __builtin_ia32_rdtsc() | 1, /* no process runs here that could guess it */
        .smbase = smbase,
    };

    must(muster_image_load(smm_image, (size_t)(smm_image_end - smm_image), &memory), "image");
    must(muster_image_plan((const void *)smm_image, &memory, BOARD_PROCESSORS, &layout),
         "plan");
    must(muster_layout_check(&layout, NULL), "layout");
    must(muster_image_install(&parameters), "install");
    relocation = parameters.relocation;
    __atomic_store_n(&turn, 0, __ATOMIC_SEQ_CST);
    processor_relocate(0);
    wait_for(&turn, BOARD_PROCESSORS);
    muster_image_seal(&layout);
    /* Here a board that can close and lock its SMRAM does. */
    board_print("bare: ");
    board_print_number((layout.end - BOARD_SMRAM) / 1024);
    board_print(" KiB of SMRAM used\n");
}

void board_main(void)
{
    turn = NOBODY;
    ticks_per_second = board_ticks_per_second();
    processor_register(0);
    board_processors_start(ticks_per_second);
    wait_for(&registered, BOARD_PROCESSORS);
    board_print("bare: ");
    board_print_number(BOARD_PROCESSORS);
    board_print(" processors\n");
    runtime_install();
    __atomic_store_n(&installed, true, __ATOMIC_SEQ_CST);
    fire_run(0, ticks_per_second);
    board_reset();
}

void processor_main(uint32_t index)
{
    processor_register(index);
    processor_relocate(index);
    while (!__atomic_load_n(&installed, __ATOMIC_ACQUIRE))
        __builtin_ia32_pause();
    fire_run(index, ticks_per_second);
    halt();
}
