/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading an image into SMRAM, and what memory it may be planned for: an image as the linker
 * makes it, then each field of its header wrong by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <muster/install.h>
#include <muster/window.h>

#define PAGE        4096u
#define IMAGE_PAGES 3u
#define IMAGE_SIZE  (IMAGE_PAGES * PAGE)
#define RELOCATIONS 2u
#define FIELD       (2 * PAGE + 64) /* what the relocations fit: two addresses */

struct relocation {
    uint64_t offset;
    uint64_t type;
    uint64_t addend;
};

static _Alignas(PAGE) uint8_t file[IMAGE_SIZE];
static _Alignas(PAGE) uint8_t smram[4 * PAGE];
static struct muster_image_header *header = (void *)file;
static struct relocation *relocations = (void *)(file + PAGE);
static struct muster_image_memory memory;

static int setup(void **state)
{
    (void)state;
    memset(file, 0x5a, sizeof(file));
    memset(smram, 0xff, sizeof(smram));
    *header = (struct muster_image_header){
        .magic = MUSTER_IMAGE_MAGIC,
        .file_size = IMAGE_SIZE - 256,
        .memory_size = IMAGE_SIZE,
        .relocations_begin = PAGE,
        .relocations_end = PAGE + RELOCATIONS * sizeof(struct relocation),
        .install = 256,
        .seal = 512,
        .constants = PAGE,
        .data = 2 * PAGE,
        .data_end = IMAGE_SIZE - 128,
        .sizes = {.entry = 64, .shared = 64, .structure = 64, .stack = 512, .save_state = 512},
    };
    relocations[0] = (struct relocation){FIELD, 8, 0x100};
    relocations[1] = (struct relocation){FIELD + 8, 8, 0};
    memory = (struct muster_image_memory){
        .smram_base = (uintptr_t)smram,
        .smram_size = sizeof(smram),
    };
    return 0;
}

static int load(void)
{
    return muster_image_load(file, sizeof(file), &memory);
}

static void test_load(void **state)
{
    (void)state;
    assert_int_equal(load(), 0);
    assert_memory_equal(smram, file, FIELD);
    assert_int_equal(*(uint64_t *)(void *)(smram + FIELD), (uintptr_t)smram + 0x100);
    assert_int_equal(*(uint64_t *)(void *)(smram + FIELD + 8), (uintptr_t)smram);
    for (unsigned at = header->file_size; at < IMAGE_SIZE; at++)
        assert_int_equal(smram[at], 0);
    assert_int_equal(smram[IMAGE_SIZE], 0xff);
}

#define REFUSED(change)                                                                        \
    do {                                                                                       \
        setup(NULL);                                                                           \
        change;                                                                                \
        assert_int_equal(load(), MUSTER_INSTALL_IMAGE);                                        \
    } while (0)

static void test_header(void **state)
{
    (void)state;
    REFUSED(header->magic++);
    REFUSED(header->file_size = sizeof(file) + 1);
    REFUSED(header->file_size = sizeof(*header) - 1);
    REFUSED(header->memory_size = header->file_size - 1);
    REFUSED(header->memory_size = sizeof(smram) + 1);
    REFUSED(header->install = header->file_size);
    REFUSED(header->seal = UINT32_MAX);
    REFUSED(header->constants += 8);
    REFUSED(header->data += 8);
    REFUSED(header->data = header->constants - PAGE);
    REFUSED(header->data_end = header->data - 1);
    REFUSED(header->data_end = header->memory_size + 1);
    REFUSED(header->relocations_begin += 4);
    REFUSED(header->relocations_begin = header->relocations_end + 8);
    REFUSED(header->relocations_end = header->file_size + 8);
    setup(NULL);
    assert_int_equal(muster_image_load(file, sizeof(*header) - 1, &memory),
                     MUSTER_INSTALL_IMAGE);
}

static void test_relocations(void **state)
{
    (void)state;
    REFUSED(relocations[1].type = 1);
    REFUSED(relocations[1].offset = IMAGE_SIZE);
    REFUSED(relocations[1].offset = UINT64_MAX - 7);
    REFUSED(relocations[1].offset = FIELD + 1);
    REFUSED(relocations[1].addend = IMAGE_SIZE + 1);
}

/* ---- Installation ---- */

/* It would call what setup has put there, which is no code. */
static void test_token_that_anybody_has(void **state)
{
    struct muster_layout layout = {.request.smram_base = (uintptr_t)smram};
    struct muster_image_parameters parameters = {.layout = &layout, .memory = &memory};

    (void)state;
    assert_int_equal(load(), 0);
    assert_int_equal(muster_image_install(&parameters), MUSTER_INSTALL_TOKEN);
    parameters.request_token = UINT64_MAX;
    assert_int_equal(muster_image_install(&parameters), MUSTER_INSTALL_TOKEN);
}

/* ---- Planning ---- */

#define MEBIBYTE (UINT64_C(1) << 20)

static int plan(void)
{
    struct muster_layout layout;
    int error = muster_image_plan(header, &memory, 4, &layout);

    if (error == 0)
        assert_int_equal(muster_layout_check(&layout, NULL), MUSTER_LAYOUT_OK);
    return error;
}

static int setup_plan(void **state)
{
    setup(state);
    memory = (struct muster_image_memory){
        .smram_base = 16 * MEBIBYTE,
        .smram_size = MEBIBYTE,
        .window_base = 12 * MEBIBYTE,
        .window_size = MEBIBYTE,
        .ranges = {{.base = UINT64_C(0xfed80000), .size = PAGE, .device = true}},
    };
    return 0;
}

static void test_plan(void **state)
{
    (void)state;
    assert_int_equal(plan(), 0);
    assert_in_range(muster_image_capacity(header, &memory), 4, MUSTER_WINDOW_PROCESSORS_MAX);
    memory.smram_size = 4 * PAGE;
    assert_int_equal(plan(), MUSTER_LAYOUT_FULL);
}

#define NONSENSE(change)                                                                       \
    do {                                                                                       \
        setup_plan(NULL);                                                                      \
        change;                                                                                \
        assert_int_equal(plan(), MUSTER_INSTALL_MEMORY);                                       \
        assert_int_equal(muster_image_capacity(header, &memory), 0);                           \
    } while (0)

static void test_memory(void **state)
{
    (void)state;
    NONSENSE(memory.smram_size = 0);
    NONSENSE(memory.smram_base = UINT64_C(1) << 32);
    NONSENSE(memory.smram_base = (UINT64_C(1) << 32) - MEBIBYTE / 2);
    NONSENSE(memory.window_size = 0);
    NONSENSE(memory.window_base = MEBIBYTE - PAGE);
    NONSENSE(memory.window_size = 4 * MEBIBYTE + 1);
    NONSENSE(memory.window_base = 17 * MEBIBYTE - 1);
    NONSENSE(memory.window_base = UINT64_MAX - PAGE);
    NONSENSE(memory.ranges[0].base = 16 * MEBIBYTE + PAGE);
    NONSENSE(memory.ranges[3] = ((struct muster_image_range){.base = 0xf0000, .size = 1}));
    NONSENSE(memory.ranges[0].size = UINT64_MAX);
    setup_plan(NULL);
    memory.window_base = 15 * MEBIBYTE; /* ends where SMRAM begins */
    assert_int_equal(plan(), 0);
    memory.window_base = 17 * MEBIBYTE; /* begins where SMRAM ends */
    assert_int_equal(plan(), 0);
}

/* One more page table for each 2 MiB that nobody else has touched. */
static void test_ranges_have_page_tables(void **state)
{
    struct muster_layout with;
    struct muster_layout without;

    (void)state;
    assert_int_equal(muster_image_plan(header, &memory, 4, &with), 0);
    memory.ranges[0].size = 0;
    assert_int_equal(muster_image_plan(header, &memory, 4, &without), 0);
    assert_int_equal(with.request.table_pages, without.request.table_pages + 2);
    memory.ranges[1] = (struct muster_image_range){.base = 13 * MEBIBYTE, .size = PAGE};
    assert_int_equal(muster_image_plan(header, &memory, 4, &with), 0);
    assert_int_equal(with.request.table_pages, without.request.table_pages);
}

/* Plans for 1, 2, 3 ... processors give up first a page table, then the guard pages, then both. */
static void test_what_is_given_up(void **state)
{
    struct muster_layout layout;
    uint32_t capacity;
    uint32_t most;
    unsigned before = 0;

    (void)state;
    memory.smram_size = 28 * PAGE; /* so that each of them comes */
    capacity = muster_image_capacity(header, &memory);
    assert_int_equal(muster_image_plan(header, &memory, 1, &layout), 0);
    most = layout.request.table_pages;
    for (uint32_t processors = 1; processors <= capacity; processors++) {
        unsigned style;

        assert_int_equal(muster_image_plan(header, &memory, processors, &layout), 0);
        style = (layout.request.guarded ? 0 : 2) + most - layout.request.table_pages;
        assert_in_range(style, before, before + 1);
        before = style;
    }
    assert_int_equal(before, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_load, setup),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_relocations),
        cmocka_unit_test_setup(test_token_that_anybody_has, setup),
        cmocka_unit_test_setup(test_plan, setup_plan),
        cmocka_unit_test(test_memory),
        cmocka_unit_test_setup(test_ranges_have_page_tables, setup_plan),
        cmocka_unit_test_setup(test_what_is_given_up, setup_plan),
    };

    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
