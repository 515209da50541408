/* SPDX-License-Identifier: BSD-2-Clause */
/* What smistat --watch shows: gaps in their bins, rounds in their interval, and nothing twice. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
// clang-format on

#include "smistat.h"

enum { PROCESSORS = 3, TICKS_PER_MICROSECOND = 10 };

/* ---- gaps ---- */

static struct gaps gaps;

static int gaps_begin(void **state)
{
    (void)state;
    gaps_start(&gaps, TICKS_PER_MICROSECOND * 1000000);
    return 0;
}

/* A bin reaches from above its lower limit up to and with its upper one. */
static void gap_limits_belong_to_the_bin_below(void **state)
{
    (void)state;
    gaps_add(&gaps, 1, 0);
    gaps_add(&gaps, 10, 0); /* 1 us */
    gaps_add(&gaps, 11, 0);
    gaps_add(&gaps, 100, 0); /* 10 us */
    gaps_add(&gaps, 101, 0);
    assert_int_equal(gaps.bins[0].count, 2);
    assert_int_equal(gaps.bins[1].count, 2);
    assert_int_equal(gaps.bins[2].count, 1);
    assert_int_equal(gaps.bins[1].longest, 100);
}

static void gaps_of_minutes_have_a_bin(void **state)
{
    const uint64_t second = TICKS_PER_MICROSECOND * UINT64_C(1000000);

    (void)state;
    gaps_add(&gaps, 100 * second, 0);
    gaps_add(&gaps, 100 * second + 1, 0);
    gaps_add(&gaps, UINT64_MAX, 0);
    assert_int_equal(gaps.bins[GAP_BINS - 2].count, 1);
    assert_int_equal(gaps.bins[GAP_BINS - 1].count, 2);
}

static void only_gaps_with_an_smi_decide(void **state)
{
    (void)state;
    gaps_add(&gaps, 90000, 0);
    gaps_add(&gaps, 1600, 1);
    gaps_add(&gaps, 1200, 2);
    assert_int_equal(gaps.longest_with_smi, 1600);
    assert_int_equal(gaps.smis, 3);
    assert_int_equal(gaps.bins[3].count, 2);
    assert_int_equal(gaps.bins[3].with_smi, 2);
    assert_int_equal(gaps.bins[4].with_smi, 0);
}

static void gaps_are_merged(void **state)
{
    struct gaps all;

    (void)state;
    gaps_start(&all, TICKS_PER_MICROSECOND * 1000000);
    gaps_add(&gaps, 50, 1);
    gaps_add(&gaps, 5000, 0);
    gaps_merge(&all, &gaps);
    gaps_merge(&all, &gaps);
    assert_int_equal(all.bins[1].count, 2);
    assert_int_equal(all.bins[1].with_smi, 2);
    assert_int_equal(all.bins[3].longest, 5000);
    assert_int_equal(all.longest_with_smi, 50);
    assert_int_equal(all.smis, 2);
}

/* ---- intervals ---- */

static struct watched watched;
static struct machine machine;
static struct rounds next;

static struct muster_record record_of(uint32_t round, uint16_t processor, uint16_t flags)
{
    const uint64_t start = round * UINT64_C(10000);

    return (struct muster_record){
        .round = round,
        .processor = processor,
        .flags = (uint16_t)(flags | MUSTER_RECORD_ENTRY),
        .cause = flags & MUSTER_RECORD_MONARCH ? MUSTER_CAUSE_REQUEST : 0,
        .came = PROCESSORS,
        .entered = start + processor,
        .gathered = start + 100,
        .handled = start + 200,
        .released = start + 500, /* 50 us */
    };
}

static void record_add(struct muster_record record)
{
    assert_true(rounds_add(&watched.interval.rounds, PROCESSORS, &record));
}

static void round_add(uint32_t round, uint16_t monarch)
{
    for (uint16_t i = 0; i < PROCESSORS; i++)
        record_add(record_of(round, i, i == monarch ? MUSTER_RECORD_MONARCH : 0));
}

static void interval_end(void)
{
    interval_close(&watched.interval, &next);
    history_add(&watched.history, &watched.interval);
}

/* As watch does between two intervals. */
static void interval_next(void)
{
    interval_end();
    rounds_free(&watched.interval.rounds);
    watched.interval.rounds = next;
    memset(&next, 0, sizeof(next));
}

static int watched_begin(void **state)
{
    (void)state;
    rounds_free(&watched.interval.rounds);
    rounds_free(&next);
    memset(&watched, 0, sizeof(watched));
    memset(&machine, 0, sizeof(machine));
    machine.muster = true;
    machine.window.header.processors = PROCESSORS;
    machine.window.header.ticks_per_second = TICKS_PER_MICROSECOND * 1000000;
    machine.online.count = PROCESSORS;
    watched.machine = &machine;
    watched.gaps_cpu = -1;
    watched.every = 2;
    watched.interval.seconds = 2;
    watched.interval.tally.rows_count = PROCESSORS;
    for (unsigned i = 0; i < PROCESSORS; i++) {
        machine.online.cpus[i] = (uint16_t)i;
        watched.interval.tally.rows[i] = (struct row){.cpu = (int)i, .index = (int)i};
    }
    watched.shown = machine.online;
    return 0;
}

static void rounds_are_counted_by_cause_and_leader(void **state)
{
    struct muster_record tco = record_of(3, 2, MUSTER_RECORD_MONARCH);
    const struct rounds_sums *sums = &watched.interval.tally.sums;

    (void)state;
    round_add(1, 0);
    round_add(2, 2);
    tco.cause = MUSTER_CAUSE_TCO | MUSTER_CAUSE_REQUEST;
    record_add(tco);
    record_add(record_of(3, 0, 0));
    record_add(record_of(3, 1, 0));
    interval_end();
    assert_int_equal(sums->with_cause, 3);
    assert_int_equal(sums->caused[record_bit(MUSTER_CAUSE_REQUEST)], 3);
    assert_int_equal(sums->caused[record_bit(MUSTER_CAUSE_TCO)], 1);
    assert_int_equal(sums->led[record_bit(MUSTER_CAUSE_REQUEST)][2], 2);
    assert_int_equal(sums->led[record_bit(MUSTER_CAUSE_REQUEST)][1], 0);
    assert_int_equal(sums->held_max, 500);
}

/* A round of which some records come after the picture belongs to the next one, whole. */
static void split_round_is_shown_once_and_whole(void **state)
{
    struct muster_record last = record_of(7, 2, 0);

    (void)state;
    round_add(6, 0);
    record_add(record_of(7, 0, MUSTER_RECORD_MONARCH));
    record_add(record_of(7, 1, 0));
    interval_next();
    assert_int_equal(watched.history.rounds, 1);
    last.released += 3000;
    record_add(last);
    interval_next();
    assert_int_equal(watched.history.rounds, 2);
    assert_int_equal(watched.history.held_max, 3500);
    interval_end();
    assert_int_equal(watched.history.rounds, 2);
}

static void split_round_waits_once(void **state)
{
    (void)state;
    record_add(record_of(7, 0, MUSTER_RECORD_MONARCH)); /* the others are overwritten */
    interval_next();
    assert_int_equal(watched.history.rounds, 0);
    interval_next();
    assert_int_equal(watched.history.rounds, 1);
    interval_end();
    assert_int_equal(watched.history.rounds, 1);
}

static void long_rounds_are_counted(void **state)
{
    struct muster_record record = record_of(2, 0, MUSTER_RECORD_MONARCH);

    (void)state;
    watched.interval.rounds.held_limit = SMI_MICROSECONDS_MAX * TICKS_PER_MICROSECOND;
    round_add(1, 0);
    record.came = 1;
    record.released = record.entered + 1500; /* exactly as long as may be */
    record_add(record);
    record = record_of(3, 0, MUSTER_RECORD_MONARCH);
    record.came = 1;
    record.released = record.entered + 1501;
    record_add(record);
    interval_end();
    assert_int_equal(watched.history.held_long, 1);
}

/* ---- what is printed ---- */

/* For the caller to free. */
static char *text_of(void (*print)(FILE *, const struct watched *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    print(out, &watched);
    fclose(out);
    return text;
}

static void line_ends_with(const char *text, const char *name, const char *end)
{
    const char *line = strstr(text, name), *stop;

    assert_non_null(line);
    stop = strchr(line + 1, '\n'); /* `name` may begin with one */
    assert_non_null(stop);
    assert_memory_equal(stop - strlen(end), end, strlen(end));
}

static void troubled_interval(void)
{
    struct muster_record record = record_of(
        4, 1, MUSTER_RECORD_MONARCH | MUSTER_RECORD_DEADLINE | MUSTER_RECORD_OVER_BUDGET);

    round_add(1, 0);
    record.came = 2;
    record.lost[0] = 1u << 2;
    record_add(record);
    record_add(record_of(4, 0, 0));
    record_add(record_of(4, 2, MUSTER_RECORD_LATE));
    interval_end();
}

static void picture_tells_of_trouble(void **state)
{
    char *text;

    (void)state;
    troubled_interval();
    text = text_of(watch_text);
    line_ends_with(text, "  rounds ", "1.0            2");
    line_ends_with(text, "  late ", "0.5            1");
    line_ends_with(text, "  deadline ", "0.5            1");
    line_ends_with(text, "  over-budget ", "0.5            1");
    assert_null(strstr(text, "broken")); /* what never was is not shown */
    line_ends_with(text, "\n    2     2", "1        0     1");
    assert_null(strstr(text, "\033"));
    free(text);
    watched.colour = true;
    text = text_of(watch_text);
    assert_non_null(strstr(text, "\033[1;31m  deadline"));
    free(text);
}

static void json_tells_the_same(void **state)
{
    char *text;

    (void)state;
    troubled_interval();
    text = text_of(watch_json);
    assert_non_null(
        strstr(text, "\"rounds\":2,\"causes\":{\"request\":2,\"byte\":0,\"TCO\":0}"));
    assert_non_null(strstr(text, "\"late\":1,\"deadline\":1,\"fault\":0"));
    assert_non_null(strstr(text, "{\"cpu\":2,\"index\":2,\"visits\":0,\"late\":1,"
                                 "\"directed\":0,\"lost\":1"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    free(text);
}

/* A cause that is not usual is shown once it has come, in either form. */
static void rare_cause_is_shown_where_it_came(void **state)
{
    struct muster_record button = record_of(1, 1, MUSTER_RECORD_MONARCH | MUSTER_RECORD_AGAIN);
    char *text;

    (void)state;
    button.came = 2;
    button.cause = MUSTER_CAUSE_PM1 | MUSTER_CAUSE_LEGACY_USB2;
    record_add(button);
    record_add(record_of(1, 0, 0));
    interval_end();
    text = text_of(watch_text);
    line_ends_with(text, "  PM1 ", "0.5            1");
    line_ends_with(text, "  raised-again ", "0.5            1");
    assert_non_null(strstr(text, "TCO      PM1 LEGACY_USB2  late"));
    assert_null(strstr(text, "GPE0"));
    free(text);
    text = text_of(watch_json);
    assert_non_null(strstr(text, "\"TCO\":0,\"PM1\":1,\"LEGACY_USB2\":1}"));
    assert_null(strstr(text, "GPE0"));
    free(text);
}

/* Each bit has a name of its own, and there is room for all of them. */
static void all_causes_and_flags_have_names(void **state)
{
    char text[RECORD_TEXT];
    uint32_t seen = 0;

    (void)state;
    for (const struct record_word *cause = record_causes; cause->name; cause++) {
        assert_int_equal(seen & cause->bit, 0);
        seen |= cause->bit;
    }
    assert_true(strlen(record_cause_text(~0u, text)) < sizeof(text) - 1);
    assert_non_null(strstr(text, "+no-source"));
    assert_true(strlen(record_flags_text(0xffff, text)) < sizeof(text) - 1);
    assert_non_null(strstr(text, " switched-off"));
}

/* What is drawn on a terminal of so many lines, for the caller to free. */
static char *screen_of(const char *picture, unsigned lines)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    terminal_draw(out, picture, lines);
    fclose(out);
    return text;
}

static void picture_that_fits_is_drawn_whole(void **state)
{
    char *text = screen_of("a\nb\nc\n", 4);

    (void)state;
    assert_string_equal(text, "\033[Ha\033[K\r\nb\033[K\r\nc\033[K\r\n\033[J");
    free(text);
}

/* The cursor's line has to stay free: a terminal would scroll. */
static void picture_that_does_not_fit_is_cut(void **state)
{
    char *text = screen_of("a\nb\nc\nz\n", 4);

    (void)state;
    assert_non_null(strstr(text, "b\033[K\r\n    and 2 lines more: "));
    assert_null(strchr(text, 'z'));
    free(text);
}

static void gaps_say_what_they_cannot_tell(void **state)
{
    char *text;

    (void)state;
    machine.muster = false;
    machine.why_not = "there is none";
    watched.gaps_cpu = 1;
    watched.ticks_per_second = TICKS_PER_MICROSECOND * 1000000;
    gaps_start(&watched.interval.gaps, watched.ticks_per_second);
    gaps_add(&watched.interval.gaps, 1510, 1);
    interval_end();
    text = text_of(watch_text);
    assert_non_null(strstr(text, "no muster here "));
    assert_non_null(strstr(text, "a gap may be anything"));
    free(text);
    machine.counts = true;
    text = text_of(watch_text);
    assert_non_null(strstr(text, "longest with an SMI: 151.0 us, more than 150 us"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(gap_limits_belong_to_the_bin_below, gaps_begin),
        cmocka_unit_test_setup(gaps_of_minutes_have_a_bin, gaps_begin),
        cmocka_unit_test_setup(only_gaps_with_an_smi_decide, gaps_begin),
        cmocka_unit_test_setup(gaps_are_merged, gaps_begin),
        cmocka_unit_test_setup(rounds_are_counted_by_cause_and_leader, watched_begin),
        cmocka_unit_test_setup(split_round_is_shown_once_and_whole, watched_begin),
        cmocka_unit_test_setup(split_round_waits_once, watched_begin),
        cmocka_unit_test_setup(long_rounds_are_counted, watched_begin),
        cmocka_unit_test_setup(picture_tells_of_trouble, watched_begin),
        cmocka_unit_test_setup(json_tells_the_same, watched_begin),
        cmocka_unit_test_setup(rare_cause_is_shown_where_it_came, watched_begin),
        cmocka_unit_test(all_causes_and_flags_have_names),
        cmocka_unit_test(picture_that_fits_is_drawn_whole),
        cmocka_unit_test(picture_that_does_not_fit_is_cut),
        cmocka_unit_test_setup(gaps_say_what_they_cannot_tell, watched_begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
