/* SPDX-License-Identifier: BSD-2-Clause */
/* The log that smistat prints: every record that was kept, and nothing that was not. */
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

static const uint32_t apic_ids[2] = {0, 4};
static struct window window = {
    .header = {.processors = 2, .ticks_per_second = 1000000},
    .apic_ids = apic_ids,
};

/* The log as text, for the caller to free. */
static char *log_text(const struct records *records, const uint32_t *first_round)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    records_json(out, &window, records, first_round);
    fclose(out);
    return text;
}

static unsigned count_of(const char *text, const char *what)
{
    unsigned count = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        count++;
    return count;
}

static void monarch_tells_all(void **state)
{
    struct muster_record record = {
        .sequence = 7,
        .round = 3,
        .processor = 1,
        .flags = MUSTER_RECORD_ENTRY | MUSTER_RECORD_MONARCH,
        .cause = MUSTER_CAUSE_TCO,
        .entered = 10,
        .gathered = 20,
        .handled = 30,
        .released = UINT64_C(0x7fffffffffffffff),
        .lost = {1, 0, 0, UINT64_C(1) << 63},
    };
    struct records records = {0};
    char *text;

    (void)state;
    assert_true(records_keep(&records, &record));
    text = log_text(&records, NULL);
    assert_non_null(strstr(text, "\"apic_ids\":[0,4]"));
    assert_non_null(strstr(text, "\"ticks_per_second\":1000000"));
    assert_non_null(strstr(text, "\"sequence\":7,\"round\":3,\"flags\":3,\"entered\":"));
    assert_non_null(strstr(text, "\"released\":9223372036854775807"));
    assert_non_null(strstr(text, "\"gathered\":20,\"handled\":30"));
    assert_non_null(strstr(text, "\"lost\":[0,255],\"directed\":[]"));
    free(text);
    records_free(&records);
}

/* What a follower's record holds by chance in the monarch's fields is nobody's business. */
static void follower_tells_its_part(void **state)
{
    struct muster_record record = {.processor = 1, .gathered = 99, .cause = 77};
    struct records records = {0};
    char *text;

    (void)state;
    records_keep(&records, &record);
    text = log_text(&records, NULL);
    assert_null(strstr(text, "gathered"));
    assert_null(strstr(text, "cause"));
    free(text);
    records_free(&records);
}

/* A fault stands where the set of directed SMIs would, and its name is not to be trusted. */
static void fault_is_told(void **state)
{
    struct muster_record record = {
        .flags = MUSTER_RECORD_MONARCH | MUSTER_RECORD_FAULT,
        .fault = {.vector = 14,
                  .error = 2,
                  .address = 0x1234,
                  .linear = UINT64_MAX,
                  .handler = {'n', 'o', '\"', '\n', 'o', 'o', 'p', 'p'}},
    };
    struct records records = {0};
    char *text;

    (void)state;
    records_keep(&records, &record);
    text = log_text(&records, NULL);
    assert_non_null(strstr(text, "\"vector\":14,\"error\":2,\"address\":4660,"
                                 "\"linear\":\"0xffffffffffffffff\""));
    assert_non_null(strstr(text, "\"handler\":\"no??oopp\"}"));
    assert_null(strstr(text, "\"directed\""));
    free(text);
    records_free(&records);
}

static void old_rounds_are_left_out(void **state)
{
    static const uint32_t rounds[] = {UINT32_MAX - 1, UINT32_MAX, 0, 1};
    const uint32_t first = UINT32_MAX;
    struct records records = {0};
    char *text;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        records_keep(&records, &(struct muster_record){.round = rounds[i]});
    text = log_text(&records, &first);
    assert_int_equal(count_of(text, "\"round\":"), 3);
    assert_null(strstr(text, "4294967294"));
    free(text);
    records_free(&records);
}

static void many_records_are_kept(void **state)
{
    struct records records = {0};

    (void)state;
    for (uint32_t i = 0; i < 5000; i++)
        assert_true(records_keep(&records, &(struct muster_record){.sequence = i}));
    assert_int_equal(records.count, 5000);
    assert_int_equal(records.items[4999].sequence, 4999);
    records_free(&records);
    assert_null(records.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monarch_tells_all),     cmocka_unit_test(follower_tells_its_part),
        cmocka_unit_test(fault_is_told),         cmocka_unit_test(old_rounds_are_left_out),
        cmocka_unit_test(many_records_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
