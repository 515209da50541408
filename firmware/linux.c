/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting Linux by its 64-bit boot protocol (the kernel's Documentation/arch/x86/boot.rst).
 *
 * QEMU hands over the kernel file in two parts: "setup", which holds the header and real-mode
 * code that is not used here, and the kernel proper. It also suggests addresses, and writes
 * them into the header: they are ignored, as QEMU knows nothing of SMRAM.
 */
#include <stdbool.h>
#include <stddef.h>

#include "firmware.h"
#include "fw_cfg.h"
#include "linux.h"
#include "log.h"
#include "memory.h"
#include "memory_map.h"
#include "timer.h"

/* boot_params, byte offsets. The header has the same place in it as in the kernel file. */
enum {
    PARAMS_ACPI_ROOT = 0x070,     /* u64 */
    PARAMS_E820_COUNT = 0x1e8,    /* u8 */
    HEADER_BEGIN = 0x1f1,         /* u8 setup_sects: sectors of setup after the first */
    HEADER_KERNEL_SIZE = 0x1f4,   /* u32, 16-byte units */
    HEADER_VIDEO_MODE = 0x1fa,    /* u16 */
    HEADER_JUMP = 0x201,          /* u8: the header ends this many bytes after 202h */
    HEADER_MAGIC = 0x202,         /* "HdrS" */
    HEADER_VERSION = 0x206,       /* u16 */
    HEADER_LOADER = 0x210,        /* u8 */
    HEADER_LOAD_FLAGS = 0x211,    /* u8 */
    HEADER_INITRD_BASE = 0x218,   /* u32 */
    HEADER_INITRD_SIZE = 0x21c,   /* u32 */
    HEADER_COMMAND_LINE = 0x228,  /* u32 */
    HEADER_INITRD_MAX = 0x22c,    /* u32: highest address of the initrd's last byte */
    HEADER_ALIGNMENT = 0x230,     /* u32 */
    HEADER_RELOCATABLE = 0x234,   /* u8 */
    HEADER_CAPABILITIES = 0x236,  /* u16 xloadflags */
    HEADER_LINE_MAX = 0x238,      /* u32: length of the command line without its NUL */
    HEADER_SETUP_DATA = 0x250,    /* u64 */
    HEADER_PREFERRED = 0x258,     /* u64: where the kernel would like to be */
    HEADER_MEMORY_NEEDED = 0x260, /* u32: bytes from its start that it uses before it knows
                                     the memory map */
    HEADER_MINIMUM_END = 0x264,   /* the last of these fields ends here */
    HEADER_MAXIMUM_END = 0x290,
    PARAMS_E820 = 0x2d0,
    PARAMS_SIZE = 0x1000,
};

#define SECTOR               512
#define VERSION_MINIMUM      0x020c /* 2.12: has the 64-bit entry */
#define CAPABILITY_64        0x01
#define LOADER_UNDEFINED     0xff
#define LOAD_FLAG_HIGH       0x01
#define VIDEO_MODE_NORMAL    0xffff
#define ENTRY_64             0x200
#define KERNEL_MINIMUM       0x1000 /* a kernel proper smaller than this has no 64-bit entry */
#define INITRD_ALIGNMENT     4096
#define COMMAND_LINE_MAXIMUM 4096

static uint8_t boot_params[PARAMS_SIZE] __attribute__((aligned(4096)));
static char command_line[COMMAND_LINE_MAXIMUM];

struct kernel {
    uint32_t size;          /* bytes of the kernel proper, as QEMU has it */
    uint64_t base;          /* where it goes */
    uint64_t memory_needed; /* bytes from base that nothing else may use */
    uint64_t initrd_limit;  /* end of the memory in which it can find its initrd */
    uint32_t line_limit;    /* bytes of command line, NUL included */
};

static uint64_t header_field(unsigned int offset, unsigned int width)
{
    return field_read(boot_params + offset, width);
}

/* Copies the header, and nothing else of setup, to where the kernel expects it. */
static void header_load(void)
{
    uint8_t setup[HEADER_MAXIMUM_END];
    uint32_t size = fw_cfg_read32(FW_CFG_SETUP_SIZE);
    uint32_t header_end;

    if (size < HEADER_MAXIMUM_END || fw_cfg_read(FW_CFG_SETUP_DATA, 0, setup, sizeof(setup))) {
        firmware_stop("the kernel image is truncated: %u bytes of setup", size);
    }
    if (!memory_equal(setup + HEADER_MAGIC, "HdrS", 4)) {
        firmware_stop("the kernel image is not a Linux bzImage: no header");
    }
    header_end = HEADER_MAGIC + setup[HEADER_JUMP];
    if (field_read(setup + HEADER_VERSION, 2) < VERSION_MINIMUM ||
        header_end < HEADER_MINIMUM_END) {
        firmware_stop("the kernel is too old: boot protocol %x, 20c is needed",
                      (unsigned int)field_read(setup + HEADER_VERSION, 2));
    }
    if (header_end > HEADER_MAXIMUM_END) {
        header_end = HEADER_MAXIMUM_END;
    }
    if (size != (setup[HEADER_BEGIN] + 1u) * SECTOR) {
        firmware_stop("the kernel image is damaged: setup has %u bytes, its header says %u",
                      size, (setup[HEADER_BEGIN] + 1u) * SECTOR);
    }
    memory_copy(boot_params + HEADER_BEGIN, setup + HEADER_BEGIN, header_end - HEADER_BEGIN);
}

static struct kernel kernel_describe(void)
{
    uint64_t alignment = header_field(HEADER_ALIGNMENT, 4);
    uint64_t size_in_header = header_field(HEADER_KERNEL_SIZE, 4) * 16;
    struct kernel kernel = {
        .size = fw_cfg_read32(FW_CFG_KERNEL_SIZE),
        .base = header_field(HEADER_PREFERRED, 8),
        .memory_needed = header_field(HEADER_MEMORY_NEEDED, 4),
        .initrd_limit = header_field(HEADER_INITRD_MAX, 4) + 1,
        .line_limit = (uint32_t)header_field(HEADER_LINE_MAX, 4) + 1,
    };

    if ((header_field(HEADER_CAPABILITIES, 2) & CAPABILITY_64) == 0) {
        firmware_stop("the kernel has no 64-bit entry");
    }
    if (kernel.size < size_in_header || size_in_header < KERNEL_MINIMUM) {
        firmware_stop(
            "the kernel image is truncated: %u bytes after setup, its header says %lu",
            kernel.size, size_in_header);
    }
    if (alignment == 0 || (alignment & (alignment - 1)) != 0 || kernel.base % alignment != 0 ||
        kernel.base < MEBIBYTE) {
        firmware_stop("the kernel image is damaged: load address %lx, alignment %lx",
                      kernel.base, alignment);
    }
    if (kernel.memory_needed < kernel.size) {
        kernel.memory_needed = kernel.size;
    }
    return kernel;
}

static void kernel_load(const struct kernel *kernel, const struct memory_map *map)
{
    /* The firmware maps no memory above 4 GiB. */
    if (kernel->base >= 4 * GIBIBYTE ||
        !memory_map_is_ram(map, kernel->base, kernel->memory_needed)) {
        firmware_stop("not enough memory for the kernel: it needs %lu MiB at %lu MiB",
                      kernel->memory_needed / MEBIBYTE + 1, kernel->base / MEBIBYTE);
    }
    if (fw_cfg_read(FW_CFG_KERNEL_DATA, 0, address_pointer(kernel->base), kernel->size) != 0) {
        firmware_stop("the kernel cannot be read");
    }
}

/* As high as possible: the kernel has more use for the memory below. */
static void initrd_load(const struct firmware_machine *machine, const struct kernel *kernel)
{
    uint32_t size = fw_cfg_read32(FW_CFG_INITRD_SIZE);
    uint64_t floor = kernel->base + kernel->memory_needed;
    uint64_t limit = machine->reserved_base;
    uint64_t base;

    if (limit > kernel->initrd_limit) {
        limit = kernel->initrd_limit;
    }
    if (size > limit || align_down(limit - size, INITRD_ALIGNMENT) < floor) {
        firmware_stop("the initrd is too big: %lu MiB, and %lu MiB of memory are left for it",
                      size / MEBIBYTE + 1, limit > floor ? (limit - floor) / MEBIBYTE : 0);
    }
    if (size == 0) {
        return;
    }
    base = align_down(limit - size, INITRD_ALIGNMENT);
    if (fw_cfg_read(FW_CFG_INITRD_DATA, 0, address_pointer(base), size) != 0) {
        firmware_stop("the initrd cannot be read");
    }
    field_write(boot_params + HEADER_INITRD_BASE, 4, base);
    field_write(boot_params + HEADER_INITRD_SIZE, 4, size);
}

static void command_line_load(const struct kernel *kernel)
{
    uint32_t size = fw_cfg_read32(FW_CFG_COMMAND_LINE_SIZE);

    /* The last byte stays the NUL that it is. */
    if (size > sizeof(command_line) - 1 || size > kernel->line_limit) {
        firmware_stop("the command line is too long: %u bytes", size);
    }
    if (size > 0 && fw_cfg_read(FW_CFG_COMMAND_LINE_DATA, 0, command_line, size) != 0) {
        firmware_stop("the command line cannot be read");
    }
    field_write(boot_params + HEADER_COMMAND_LINE, 4, pointer_address(command_line));
}

static void boot_params_complete(const struct firmware_machine *machine,
                                 const struct memory_map *map)
{
    boot_params[HEADER_LOADER] = LOADER_UNDEFINED;
    boot_params[HEADER_LOAD_FLAGS] |= LOAD_FLAG_HIGH;
    field_write(boot_params + HEADER_VIDEO_MODE, 2, VIDEO_MODE_NORMAL);
    field_write(boot_params + HEADER_SETUP_DATA, 8, 0); /* QEMU's would point into nowhere */
    field_write(boot_params + PARAMS_ACPI_ROOT, 8, machine->root_pointer);
    boot_params[PARAMS_E820_COUNT] = (uint8_t)map->count;
    memory_copy(boot_params + PARAMS_E820, map->ranges, map->count * sizeof(map->ranges[0]));
}

_Noreturn void linux_boot(struct firmware_machine *machine)
{
    static struct memory_map map;
    struct kernel kernel;

    memory_map_build(machine, &map);
    header_load();
    kernel = kernel_describe();
    kernel_load(&kernel, &map);
    field_write(boot_params + HEADER_INITRD_BASE, 4, 0);
    field_write(boot_params + HEADER_INITRD_SIZE, 4, 0);
    initrd_load(machine, &kernel);
    command_line_load(&kernel);
    boot_params_complete(machine, &map);
    log_line("starting Linux at %lx", kernel.base + ENTRY_64);
    linux_enter(kernel.base + ENTRY_64, boot_params);
}
