/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer on what QEMU says of a kernel: its header, the memory map, the sizes of kernel, initrd
 * and command line. Whatever they are, the kernel and its initrd land in RAM that the OS owns and
 * the firmware maps, apart from each other, or the boot ends with a message.
 *
 * The input: four sizes of 4 bytes, one of 2, then the header, the memory map of so many bytes, and
 * the command line.
 */
#include <stdlib.h>
#include <string.h>

#include <firmware/linux.h>
#include <firmware/memory_map.h>
#include <firmware/platform.h>

#include "firmware.h"

#define SETUP_PART 0x290 /* of the setup: as much as the firmware reads */

#define PARAMS_E820_COUNT   0x1e8
#define PARAMS_INITRD_BASE  0x218
#define PARAMS_INITRD_SIZE  0x21c
#define PARAMS_COMMAND_LINE 0x228

struct span {
    uint64_t base;
    uint64_t size;
};

/* 256 MiB: SMRAM at the end, the window below it, then the firmware's tables. */
static struct firmware_machine machine;
static struct span kernel;
static struct span initrd;

const struct platform_range platform_reserved[] = {{0, 0}};

static bool span_is_free(struct span span)
{
    return span.base >= MEBIBYTE && span.base <= machine.reserved_base &&
           span.size <= machine.reserved_base - span.base;
}

static bool spans_meet(struct span one, struct span other)
{
    return one.size != 0 && other.size != 0 && one.base < other.base + other.size &&
           other.base < one.base + one.size;
}

static bool transfer_check(uint16_t key, uint64_t address, uint32_t size)
{
    struct span *span = key == FW_CFG_KERNEL_DATA ? &kernel : &initrd;

    if (key != FW_CFG_KERNEL_DATA && key != FW_CFG_INITRD_DATA)
        return false;
    *span = (struct span){address, size};
    if (!span_is_free(*span) || spans_meet(kernel, initrd))
        abort();
    return true;
}

void linux_enter(uint64_t entry, const uint8_t *params)
{
    uint32_t initrd_base = *(const uint32_t *)(const void *)(params + PARAMS_INITRD_BASE);
    uint32_t initrd_size = *(const uint32_t *)(const void *)(params + PARAMS_INITRD_SIZE);

    if (entry < kernel.base || entry >= kernel.base + kernel.size ||
        initrd_size != initrd.size || (initrd_size != 0 && initrd_base != initrd.base) ||
        params[PARAMS_E820_COUNT] > MEMORY_RANGES)
        abort();
    firmware_leave();
}

/* Nobody maps memory in these steps. */
void platform_memory_place(struct firmware_machine *unused)
{
    (void)unused;
    abort();
}

static void boot(void)
{
    fw_cfg_start();
    linux_boot(&machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static const char *const names[] = {"etc/e820"};
    static const uint16_t sizes[] = {FW_CFG_SETUP_SIZE, FW_CFG_KERNEL_SIZE, FW_CFG_INITRD_SIZE,
                                     FW_CFG_COMMAND_LINE_SIZE};
    struct input rest = {input, size};
    struct input part;
    uint32_t map_size;

    machine = (struct firmware_machine){
        .low_memory_top = 256 * MEBIBYTE,
        .smram_base = 240 * MEBIBYTE,
        .smram_size = 16 * MEBIBYTE,
        .window_base = 238 * MEBIBYTE,
        .window_size = 2 * MEBIBYTE,
        .reserved_base = 237 * MEBIBYTE,
        .reserved_top = 238 * MEBIBYTE,
    };
    kernel = initrd = (struct span){0, 0};
    device_reset();
    device_transfer_hook = transfer_check;
    for (unsigned item = 0; item < sizeof(sizes) / sizeof(sizes[0]); item++) {
        part = input_take(&rest, 4);
        device_item(sizes[item], part.bytes, part.size);
    }
    map_size = input_number(&rest, 2);
    part = input_take(&rest, SETUP_PART);
    device_item(FW_CFG_SETUP_DATA, part.bytes, part.size);
    part = input_take(&rest, map_size);
    device_item(FIRMWARE_FILE_KEY, part.bytes, part.size);
    device_item(FW_CFG_COMMAND_LINE_DATA, rest.bytes, rest.size);
    device_directory(names, 1);
    firmware_run(boot);
    return 0;
}
