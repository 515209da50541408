/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMRAM planner: every combination small enough to enumerate goes through the independent
 * check, and the claims on overlapping SMM spaces are tested one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <muster/layout.h>

#define SPACE 0x10000u /* a processor's SMM space: 64 KiB from its SMBASE */

/* 128 KiB at A0000h, AMD64 save states, sizes as of a small runtime. */
static struct muster_layout_request small_request(uint32_t processors)
{
    return (struct muster_layout_request){
        .smram_base = 0xa0000,
        .smram_size = 0x20000,
        .processors = processors,
        .entry_offset = 0x8000,
        .entry_size = 0x40,
        .save_state_offset = 0xfe00,
        .save_state_size = 0x200,
        .smbase_alignment = 0x40,
        .code_size = 0x2800,
        .constants_size = 0x300,
        .data_size = 0x60,
        .shared_size = 0x1c0,
        .structure_size = 0xc0,
        .table_pages = 4,
        .stack_size = 0x1c0,
        .monarch_stacks = 1,
        .monarch_stack_pages = 1,
    };
}

static struct muster_layout plan(const struct muster_layout_request *request)
{
    struct muster_layout layout;

    assert_int_equal(muster_layout_plan(request, &layout), MUSTER_LAYOUT_OK);
    assert_int_equal(muster_layout_check(&layout, NULL), MUSTER_LAYOUT_OK);
    return layout;
}

/* ---- Every small combination ---- */

static unsigned combinations_fit;
static unsigned combinations_full;

/* The planner's answer is right if the check passes it, and FULL only beyond the capacity. */
static void combination_try(const struct muster_layout_request *request)
{
    struct muster_layout layout;
    int error = muster_layout_plan(request, &layout);

    if (error == MUSTER_LAYOUT_OK) {
        combinations_fit++;
        assert_int_equal(muster_layout_check(&layout, NULL), MUSTER_LAYOUT_OK);
        assert_true(layout.end <= request->smram_base + request->smram_size);
        return;
    }
    assert_true(error == MUSTER_LAYOUT_FULL || error == MUSTER_LAYOUT_SIZES);
    combinations_full++;
}

static void counts_try(struct muster_layout_request request)
{
    uint32_t capacity = muster_layout_capacity(&request);

    for (request.processors = 1; request.processors <= 12; request.processors++) {
        combination_try(&request);
        if (request.processors > capacity) {
            struct muster_layout layout;

            assert_int_not_equal(muster_layout_plan(&request, &layout), MUSTER_LAYOUT_OK);
        }
    }
    if (capacity > 0) {
        request.processors = capacity;
        plan(&request);
    }
}

/* Spaces of a few KiB, so that groups fill up and gaps matter with few processors. */
static void every_small_combination(void **state)
{
    static const uint32_t distances[] = {0x200, 0x600, 0x1e00, 0x3e00};
    static const uint32_t saves[] = {0x40, 0x200, 0x400};
    static const uint32_t entries[] = {0x10, 0x44, 0x1d0};
    static const uint32_t stacks[] = {0x10, 0x1c0, 0x1000};
    static const uint32_t contexts[] = {0, 0x80};
    static const uint32_t alignments[] = {1, 0x40, 0x8000};
    static const uint32_t sizes[] = {0x2000, 0x8000, 0x11000, 0x40000};

    (void)state;
    for (unsigned way = 0; way < 4 * 3 * 3 * 3 * 3 * 4 * 2 * 2 * 2; way++) {
        unsigned rest = way;
        struct muster_layout_request request = small_request(1);

        request.save_state_offset = 0x8000 + distances[rest % 4], rest /= 4;
        request.save_state_size = saves[rest % 3], rest /= 3;
        request.entry_size = entries[rest % 3], rest /= 3;
        request.stack_size = stacks[rest % 3], rest /= 3;
        request.context_size = contexts[way / 7 % 2];
        request.smbase_alignment = alignments[rest % 3], rest /= 3;
        request.smram_size = sizes[rest % 4], rest /= 4;
        request.guarded = rest % 2, rest /= 2;
        request.monarch_stacks = rest % 2 * 2, rest /= 2;
        request.table_pages = rest % 2 * 3;
        request.code_size = 0x801;
        counts_try(request);
    }
    assert_true(combinations_fit > 10000);
    assert_true(combinations_full > 10000);
}

/* Every number of processors up to the largest, in 128 KiB and in 8 MiB. */
static void every_number_of_processors(void **state)
{
    struct muster_layout_request request = small_request(1);
    uint32_t capacity = muster_layout_capacity(&request);

    (void)state;
    for (; request.processors <= capacity; request.processors++)
        plan(&request);
    request.smram_base = 0x3f800000;
    request.smram_size = 0x800000;
    request.guarded = true;
    for (request.processors = 1; request.processors <= 256; request.processors += 5)
        plan(&request);
}

/* ---- Errors ---- */

static int error_of(const struct muster_layout_request *request)
{
    struct muster_layout layout;

    return muster_layout_plan(request, &layout);
}

static void bad_requests_are_refused(void **state)
{
    struct muster_layout_request request = small_request(0);

    (void)state;
    assert_int_equal(error_of(&request), MUSTER_LAYOUT_NONE);
    request = small_request(MUSTER_LAYOUT_PROCESSORS_MAX + 1);
    assert_int_equal(error_of(&request), MUSTER_LAYOUT_NONE);
    request = small_request(1);
    request.smram_base += 0x10;
    assert_int_equal(error_of(&request), MUSTER_LAYOUT_ALIGNMENT);
    assert_int_equal(muster_layout_capacity(&request), 0);
    request = small_request(1);
    request.smbase_alignment = 0x30;
    assert_int_equal(error_of(&request), MUSTER_LAYOUT_ALIGNMENT);
    request = small_request(1);
    request.save_state_offset = request.entry_offset + request.entry_size - 1;
    assert_int_equal(error_of(&request), MUSTER_LAYOUT_SIZES);
    request = small_request(1);
    request.smram_size = 0;
    assert_int_equal(error_of(&request), MUSTER_LAYOUT_SIZES);
}

static void one_too_many_is_refused(void **state)
{
    struct muster_layout_request request = small_request(1);

    (void)state;
    request.processors = muster_layout_capacity(&request);
    plan(&request);
    request.processors++;
    assert_int_equal(error_of(&request), MUSTER_LAYOUT_FULL);
}

/* The check finds what a broken planner would do. */
static void the_check_finds_faults(void **state)
{
    struct muster_layout_request request = small_request(8);
    struct muster_layout good = plan(&request);
    struct muster_layout bad = good;
    struct muster_region where[2];

    (void)state;
    bad.stride = 0x100; /* save states of 200h */
    assert_int_equal(muster_layout_check(&bad, where), MUSTER_LAYOUT_OVERLAP);
    bad = good;
    bad.shared = good.tables;
    assert_int_equal(muster_layout_check(&bad, where), MUSTER_LAYOUT_OVERLAP);
    bad = good;
    bad.entries = request.smram_base + request.smram_size - 0x7000;
    assert_int_equal(muster_layout_check(&bad, where), MUSTER_LAYOUT_OUTSIDE);
    bad = good;
    bad.entries += 1;
    assert_int_equal(muster_layout_check(&bad, where), MUSTER_LAYOUT_MISPLACED);
    bad = good;
    bad.shared = request.smram_base + request.code_size + 0x40; /* the rest of a code page */
    bad.request.processors = 1;
    assert_int_equal(muster_layout_check(&bad, where), MUSTER_LAYOUT_PAGE_SHARED);
    bad = good;
    bad.group = 4;
    bad.group_step = 0x7e00; /* the second group's entry code on the first one's save states */
    assert_int_equal(muster_layout_check(&bad, where), MUSTER_LAYOUT_OVERLAP);
}

/* ---- What a well-known firmware fits into 128 KiB ---- */

/*
 * Its rule: the handler at the top; below it one 64 KiB segment whose processors' SMBASEs step
 * down by the larger of save state and stub, as many as keep save states off the first stub;
 * then the next segment, 64 KiB lower; stacks from the bottom up. True if nothing overlaps.
 */
static int rule_fits(uint32_t processors)
{
    const int64_t stub = 0x1d0, save = 0x200, stack = 0x400, handler = 0x740, size = 0x20000;
    int64_t in_segment = (SPACE - 0x8000 - stub) / save;
    int64_t first = (size - handler) / 64 * 64 - SPACE;
    int64_t stacks_end = (int64_t)processors * stack;

    for (int64_t i = 0; i < processors; i++) {
        int64_t smbase = first - i / in_segment * SPACE - i % in_segment * save;

        if (smbase + 0x8000 < stacks_end)
            return 0;
    }
    return 1;
}

static void more_fit_than_by_the_other_rule(void **state)
{
    struct muster_layout_request request = small_request(1);
    uint32_t rule = 0;

    (void)state;
    while (rule_fits(rule + 1))
        rule++;
    assert_int_equal(rule, 63);
    assert_true(muster_layout_capacity(&request) > rule);
}

/* ---- Claims 20 to 27, 36 to 40, 53 to 55 ---- */

struct span {
    uint64_t begin;
    uint64_t end;
};

/* The spaces of two processors and what the overlap makes of them. */
struct spaces {
    struct muster_layout layout;
    struct span overlap;
    struct span first_own;  /* of the first processor's space, outside the overlap */
    struct span second_own; /* of the second processor's */
};

static struct spaces spaces_of(uint32_t first, uint32_t second)
{
    struct muster_layout_request request = small_request(60);
    struct spaces spaces = {.layout = plan(&request)};
    uint64_t low = muster_layout_smbase(&spaces.layout, first);
    uint64_t high = muster_layout_smbase(&spaces.layout, second);

    assert_true(low < high);
    spaces.overlap = (struct span){high, low + SPACE};
    spaces.first_own = (struct span){low, high};
    spaces.second_own = (struct span){low + SPACE, high + SPACE};
    return spaces;
}

static uint64_t size_of(struct span span)
{
    return span.end - span.begin;
}

static int contains(struct span span, const struct spaces *spaces, enum muster_layout_kind kind,
                    uint32_t index)
{
    struct muster_region region = muster_layout_region(&spaces->layout, kind, index);

    return region.base >= span.begin && region.base + region.size <= span.end;
}

static void claim_20_spaces_overlap_in_part(void **state)
{
    struct spaces spaces = spaces_of(0, 1);

    (void)state;
    assert_true(spaces.overlap.begin < spaces.overlap.end);
    assert_true(size_of(spaces.first_own) > 0);
}

static void claim_21_a_second_region_is_left(void **state)
{
    struct spaces spaces = spaces_of(0, 1);

    (void)state;
    assert_true(size_of(spaces.second_own) > 0);
}

static void claim_22_first_region_holds_a_save_state(void **state)
{
    struct spaces spaces = spaces_of(0, 1);

    (void)state;
    assert_true(size_of(spaces.first_own) >= spaces.layout.request.save_state_size);
}

static void claim_23_second_region_holds_a_save_state(void **state)
{
    struct spaces spaces = spaces_of(0, 1);

    (void)state;
    assert_true(size_of(spaces.second_own) >= spaces.layout.request.save_state_size);
}

static void claim_24_both_hold_the_entry_code(void **state)
{
    struct spaces spaces = spaces_of(0, 1);

    (void)state;
    assert_true(size_of(spaces.first_own) >= spaces.layout.request.entry_size);
    assert_true(size_of(spaces.second_own) >= spaces.layout.request.entry_size);
}

static void claim_25_the_overlap_holds_the_synchronization_area(void **state)
{
    struct spaces spaces = spaces_of(0, 1);

    (void)state;
    assert_true(contains(spaces.overlap, &spaces, MUSTER_REGION_SHARED, 0));
}

static void claim_26_the_overlap_holds_the_first_save_state(void **state)
{
    (void)state;
    for (uint32_t second = 1; second < 60; second++) {
        struct spaces spaces = spaces_of(0, second);

        assert_true(contains(spaces.overlap, &spaces, MUSTER_REGION_SAVE_STATE, 0));
    }
}

static void claim_27_the_region_left_holds_the_second_save_state(void **state)
{
    (void)state;
    for (uint32_t second = 1; second < 60; second++) {
        struct spaces spaces = spaces_of(0, second);

        assert_true(contains(spaces.second_own, &spaces, MUSTER_REGION_SAVE_STATE, second));
    }
}

/* 36: the same of any two neighbours, as ranges of one storage. */
static void claim_36_ranges_overlap_leaving_two(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 59; first++) {
        struct spaces spaces = spaces_of(first, first + 1);

        assert_true(spaces.overlap.begin < spaces.overlap.end);
        assert_true(size_of(spaces.first_own) > 0 && size_of(spaces.second_own) > 0);
    }
}

static void claim_37_ranges_left_hold_save_states(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 59; first++) {
        struct spaces spaces = spaces_of(first, first + 1);

        assert_true(size_of(spaces.first_own) >= spaces.layout.request.save_state_size);
        assert_true(size_of(spaces.second_own) >= spaces.layout.request.save_state_size);
    }
}

/* 38, 39: logical processors of one die are neighbours here, physical ones may be any two. Of each
 * two, as one claims of the first two: ranges overlap, and each has a save state of its own outside
 * the other's. */
static void claims_38_39_any_two_processors(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 59; first++)
        for (uint32_t second = first + 1; second < 60; second++) {
            struct spaces spaces = spaces_of(first, second);

            assert_true(spaces.overlap.begin < spaces.overlap.end);
            assert_true(size_of(spaces.first_own) >= spaces.layout.request.save_state_size);
            assert_true(contains(spaces.second_own, &spaces, MUSTER_REGION_SAVE_STATE, second));
        }
}

/* 40: both can write the synchronization area: it is data, on pages of data. */
static void claim_40_both_can_modify_the_synchronization_area(void **state)
{
    struct spaces spaces = spaces_of(0, 1);
    struct muster_region area = muster_layout_region(&spaces.layout, MUSTER_REGION_SHARED, 0);
    struct muster_region constants =
        muster_layout_region(&spaces.layout, MUSTER_REGION_CONSTANTS, 0);

    (void)state;
    assert_true(contains(spaces.overlap, &spaces, MUSTER_REGION_SHARED, 0));
    assert_int_not_equal(area.base / MUSTER_LAYOUT_PAGE,
                         (constants.base + constants.size - 1) / MUSTER_LAYOUT_PAGE);
}

static void claim_53_two_processors_one_memory(void **state)
{
    struct spaces spaces = spaces_of(0, 59);

    (void)state;
    assert_true(spaces.overlap.begin < spaces.overlap.end);
    assert_true(size_of(spaces.first_own) > 0 && size_of(spaces.second_own) > 0);
}

static void claim_54_ranges_hold_a_save_state_each(void **state)
{
    struct spaces spaces = spaces_of(0, 59);

    (void)state;
    assert_true(size_of(spaces.first_own) >= spaces.layout.request.save_state_size);
    assert_true(size_of(spaces.second_own) >= spaces.layout.request.save_state_size);
}

static void claim_55_ranges_hold_the_entry_code(void **state)
{
    struct spaces spaces = spaces_of(58, 59);

    (void)state;
    assert_true(size_of(spaces.first_own) >= spaces.layout.request.entry_size);
    assert_true(size_of(spaces.second_own) >= spaces.layout.request.entry_size);
    assert_true(contains(spaces.first_own, &spaces, MUSTER_REGION_ENTRY, 58) ||
                contains(spaces.overlap, &spaces, MUSTER_REGION_ENTRY, 58));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_combination),
        cmocka_unit_test(every_number_of_processors),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(one_too_many_is_refused),
        cmocka_unit_test(the_check_finds_faults),
        cmocka_unit_test(more_fit_than_by_the_other_rule),
        cmocka_unit_test(claim_20_spaces_overlap_in_part),
        cmocka_unit_test(claim_21_a_second_region_is_left),
        cmocka_unit_test(claim_22_first_region_holds_a_save_state),
        cmocka_unit_test(claim_23_second_region_holds_a_save_state),
        cmocka_unit_test(claim_24_both_hold_the_entry_code),
        cmocka_unit_test(claim_25_the_overlap_holds_the_synchronization_area),
        cmocka_unit_test(claim_26_the_overlap_holds_the_first_save_state),
        cmocka_unit_test(claim_27_the_region_left_holds_the_second_save_state),
        cmocka_unit_test(claim_36_ranges_overlap_leaving_two),
        cmocka_unit_test(claim_37_ranges_left_hold_save_states),
        cmocka_unit_test(claims_38_39_any_two_processors),
        cmocka_unit_test(claim_40_both_can_modify_the_synchronization_area),
        cmocka_unit_test(claim_53_two_processors_one_memory),
        cmocka_unit_test(claim_54_ranges_hold_a_save_state_each),
        cmocka_unit_test(claim_55_ranges_hold_the_entry_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
