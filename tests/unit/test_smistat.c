/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pure parts of smistat, fed with bytes: what firmware and runtime wrote is not to be
 * believed, and what the identities are for must not slip through them.
 */
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

#include <tools/shared/percentile.h>

/* ---- lists of processors ---- */

static void lists_are_parsed(void **state)
{
    struct cpulist list;

    (void)state;
    assert_true(cpulist_parse("0-3,5\n", &list));
    assert_int_equal(list.count, 5);
    assert_int_equal(list.cpus[4], 5);
    assert_true(cpulist_parse("2,2,1-2", &list));
    assert_int_equal(list.count, 2);
    assert_true(cpulist_has(&list, 1));
    assert_false(cpulist_has(&list, 0));
}

static void bad_lists_are_refused(void **state)
{
    static const char *const bad[] = {"",  ",",   "1,",    "-1",      "3-1",
                                      "x", "1 2", "0-999", "1--2,99", "99999999999"};
    struct cpulist list;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(cpulist_parse(bad[i], &list));
}

/* ---- the ACPI table ---- */

enum { TABLE_SIZE = 66 };

static void checksum_set(uint8_t *table, size_t length)
{
    uint8_t sum = 0;

    table[9] = 0;
    for (size_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + table[i]);
    table[9] = (uint8_t)-sum;
}

static void table_make(uint8_t table[TABLE_SIZE])
{
    static const uint8_t guid[16] = {0xe2, 0xd8, 0x8e, 0xc6, 0xc6, 0x9d, 0xbd, 0x4c,
                                     0x9d, 0x94, 0xdb, 0x65, 0xac, 0xc5, 0xc3, 0x32};

    memset(table, 0, TABLE_SIZE);
    memcpy(table, "UEFI", 4);
    table[4] = TABLE_SIZE;
    memcpy(table + 36, guid, 16);
    table[52] = 54;
    table[54] = 0x12;
    table[60] = 0xee;
    table[61] = 0x1e;
    checksum_set(table, TABLE_SIZE);
}

static void table_is_read(void **state)
{
    uint8_t table[TABLE_SIZE];
    struct table_facts facts;

    (void)state;
    table_make(table);
    assert_null(table_parse(table, sizeof(table), &facts));
    assert_int_equal(facts.software_smi, 0x12);
    assert_int_equal(facts.buffer_pointer, 0x1eee0000);
}

static void truncated_table_is_refused(void **state)
{
    uint8_t table[TABLE_SIZE];
    struct table_facts facts;

    (void)state;
    table_make(table);
    for (size_t length = 0; length < TABLE_SIZE; length++) {
        uint8_t *copy = malloc(length + 1);

        memcpy(copy, table, length);
        assert_non_null(table_parse(copy, length, &facts));
        free(copy);
    }
}

static void damaged_table_is_refused(void **state)
{
    struct table_facts facts;
    uint8_t table[TABLE_SIZE];

    (void)state;
    table_make(table);
    table[60]++; /* checksum */
    assert_non_null(table_parse(table, sizeof(table), &facts));
    table_make(table);
    table[36]++; /* another GUID */
    checksum_set(table, TABLE_SIZE);
    assert_non_null(table_parse(table, sizeof(table), &facts));
    table_make(table);
    table[53] = 0xff; /* data offset outside */
    checksum_set(table, TABLE_SIZE);
    assert_non_null(table_parse(table, sizeof(table), &facts));
    table_make(table);
    table[4] = 60; /* shorter than its data */
    checksum_set(table, 60);
    assert_non_null(table_parse(table, sizeof(table), &facts));
}

/* ---- the window ---- */

enum { PHYSICAL = 0x1ee00000, PROCESSORS = 2, RECORDS = 8, WINDOW_SIZE = 8192 };

static struct muster_window window_good(void)
{
    return (struct muster_window){
        .communicate_address = PHYSICAL + 3584,
        .header_guid = MUSTER_WINDOW_GUID,
        .message_length = WINDOW_SIZE - 88,
        .magic = MUSTER_WINDOW_MAGIC,
        .version = MUSTER_WINDOW_VERSION,
        .window_size = WINDOW_SIZE,
        .processors = PROCESSORS,
        .record_count = RECORDS,
        .ticks_per_second = 1000000,
        .processors_offset = 1024,
        .slots_offset = 2048,
        .counters_offset = 3072,
        .rings_offset = 4096,
        .communicate_offset = 3584,
        .communicate_size = 512,
    };
}

static void good_window_is_taken(void **state)
{
    struct muster_window header = window_good();

    (void)state;
    assert_null(window_check(&header, PHYSICAL));
    header.rings_offset = WINDOW_SIZE - PROCESSORS * RECORDS * 128;
    assert_null(window_check(&header, PHYSICAL));
}

#define REFUSED(change)                                                                        \
    do {                                                                                       \
        struct muster_window header = window_good();                                           \
        change;                                                                                \
        assert_non_null(window_check(&header, PHYSICAL));                                      \
    } while (0)

static void bad_windows_are_refused(void **state)
{
    (void)state;
    REFUSED(header.magic++);
    REFUSED(header.communicate_size = 8);
    REFUSED(header.communicate_size = WINDOW_SIZE);
    REFUSED(header.communicate_offset = UINT32_MAX);
    REFUSED(header.version++);
    REFUSED(header.header_guid[15]++);
    REFUSED(header.communicate_address += 8);
    REFUSED(header.processors = 0);
    REFUSED(header.processors = MUSTER_WINDOW_PROCESSORS_MAX + 1);
    REFUSED(header.record_count = 0);
    REFUSED(header.record_count = 6);
    REFUSED(header.record_count = UINT32_C(1) << 31);
    REFUSED(header.ticks_per_second = 0);
    REFUSED(header.window_size = 0);
    REFUSED(header.window_size = 4097);
    REFUSED(header.window_size = UINT32_C(0xfffff000));
    REFUSED(header.message_length = UINT64_MAX);
    REFUSED(header.processors_offset = WINDOW_SIZE - 4);
    REFUSED(header.slots_offset = 32);
    REFUSED(header.counters_offset = UINT32_C(0xffffffc0));
    REFUSED(header.rings_offset = WINDOW_SIZE - PROCESSORS * RECORDS * 128 + 64);
    assert_non_null(window_check(&(struct muster_window){0}, PHYSICAL));
}

/* ---- rings ---- */

static struct muster_record ring[RECORDS];
static uint64_t taken[64];
static unsigned taken_count;

static void record_note(void *context, const struct muster_record *record)
{
    (void)context;
    taken[taken_count++] = record->sequence;
}

static struct ring_reader ring_fill(uint64_t written)
{
    memset(ring, 0, sizeof(ring));
    taken_count = 0;
    for (uint64_t sequence = 1; sequence <= written; sequence++)
        ring[(sequence - 1) % RECORDS].sequence = sequence;
    return (struct ring_reader){.ring = ring, .record_count = RECORDS, .next = 1};
}

static void ring_is_drained_in_order(void **state)
{
    struct ring_reader reader = ring_fill(5);

    (void)state;
    ring_drain(&reader, 3, record_note, NULL);
    ring_drain(&reader, 5, record_note, NULL);
    assert_int_equal(taken_count, 5);
    assert_int_equal(taken[4], 5);
    assert_int_equal(reader.overwritten, 0);
}

static void wrapped_ring_counts_what_is_gone(void **state)
{
    struct ring_reader reader = ring_fill(RECORDS + 3);

    (void)state;
    ring_drain(&reader, RECORDS + 3, record_note, NULL);
    assert_int_equal(taken_count, RECORDS);
    assert_int_equal(taken[0], 4);
    assert_int_equal(reader.overwritten, 3);
    ring_drain(&reader, UINT64_MAX / 2, record_note,
               NULL); /* nonsense must not loop for ever */
    assert_int_equal(taken_count, RECORDS);
}

static void torn_record_is_not_taken(void **state)
{
    struct ring_reader reader = ring_fill(4);

    (void)state;
    ring[2].sequence = 0;           /* being written */
    ring[3].sequence = 4 + RECORDS; /* overwritten meanwhile */
    ring_drain(&reader, 4, record_note, NULL);
    assert_int_equal(taken_count, 2);
    assert_int_equal(reader.overwritten, 2);
}

static struct muster_record rings[PROCESSORS][RECORDS];
static struct muster_counters ring_counters[PROCESSORS];

/* Processor `index` writes its next record: of round `number`, which it leads if some came. */
static void visit_write(unsigned index, uint32_t number, uint32_t came)
{
    uint64_t sequence = ++ring_counters[index].records;

    rings[index][(sequence - 1) % RECORDS] =
        (struct muster_record){.sequence = sequence,
                               .round = number,
                               .flags = came != 0 ? MUSTER_RECORD_MONARCH : 0,
                               .came = came};
}

static void rings_rest_when_all_have_written(void **state)
{
    const struct window window = {
        .header = window_good(), .counters = ring_counters, .rings = &rings[0][0]};

    (void)state;
    assert_true(rings_are_at_rest(&window)); /* nobody has ever come */
    visit_write(1, UINT32_MAX, 2);
    assert_false(rings_are_at_rest(&window));
    visit_write(0, UINT32_MAX, 0);
    assert_true(rings_are_at_rest(&window));
    visit_write(0, 0, 2); /* the number's low half begins again */
    assert_false(rings_are_at_rest(&window));
    rings[1][1].sequence = 0; /* being written */
    assert_false(rings_are_at_rest(&window));
    visit_write(1, 0, 0);
    assert_true(rings_are_at_rest(&window));
    visit_write(1, 1, 1); /* gathered nobody */
    assert_true(rings_are_at_rest(&window));
}

/* ---- rounds and the verdict ---- */

static struct rounds rounds;
static struct tally tally;

static struct muster_record record_of(uint32_t round, uint16_t processor, uint16_t flags)
{
    return (struct muster_record){
        .round = round,
        .processor = processor,
        .flags = (uint16_t)(flags | MUSTER_RECORD_ENTRY),
        .cause = flags & MUSTER_RECORD_MONARCH ? MUSTER_CAUSE_REQUEST : 0,
        .came = PROCESSORS,
        .answered = flags & MUSTER_RECORD_MONARCH ? 1 : 0,
        .entered = round * 100,
        .gathered = round * 100 + 10,
        .handled = round * 100 + 20,
        .released = round * 100 + 30,
    };
}

static void record_add(struct muster_record record)
{
    rounds_add(&rounds, PROCESSORS, &record);
}

/* The least value that so many of a hundred do not exceed. */
static void percentile_is_one_of_the_values(void **state)
{
    (void)state;
    assert_int_equal(percentile_index(1, 50), 0);
    assert_int_equal(percentile_index(2, 50), 0);
    assert_int_equal(percentile_index(3, 50), 1);
    assert_int_equal(percentile_index(32, 99), 31);
    assert_int_equal(percentile_index(100, 99), 98);
    assert_int_equal(percentile_index(101, 99), 99);
    assert_int_equal(percentile_index(7, 100), 6);
}

/* Two processors, one request from each, both held in both rounds: all is well. */
static int tally_good(void **state)
{
    (void)state;
    rounds_free(&rounds);
    memset(&tally, 0, sizeof(tally));
    tally.muster = tally.broadcast = true;
    tally.rounds = &rounds;
    tally.rows_count = PROCESSORS;
    for (unsigned i = 0; i < PROCESSORS; i++) {
        tally.rows[i] = (struct row){.cpu = (int)i, .index = (int)i, .counted = true};
        tally.rows[i].smis = tally.rows[i].log.records = 2;
        tally.rows[i].outs = tally.rows[i].fired = tally.rows[i].good = 1;
        tally.rows[i].log.rounds = 1;
    }
    record_add(record_of(8, 1, MUSTER_RECORD_MONARCH)); /* rings come one after the other */
    record_add(record_of(7, 1, 0));
    record_add(record_of(7, 0, MUSTER_RECORD_MONARCH));
    record_add(record_of(8, 0, 0));
    return 0;
}

static unsigned failures_of(void)
{
    static const uint64_t required[MUSTER_SET_WORDS] = {3};
    struct verdict verdict;

    rounds_sum(&rounds, required, &tally.sums);
    verdict_judge(&tally, &verdict);
    return verdict.failures;
}

static void good_run_is_ok(void **state)
{
    (void)state;
    assert_int_equal(failures_of(), 0);
    assert_int_equal(tally.sums.with_cause, 2);
    assert_int_equal(tally.sums.held_max, 30);
    assert_int_equal(tally.sums.joined[0], 1);
}

static void lost_smi_is_seen(void **state)
{
    (void)state;
    tally.rows[1].smis--; /* the log claims a visit the processor did not make */
    assert_int_not_equal(failures_of(), 0);
    tally.rows[1].log.records--; /* both agree, but it was sent two */
    rounds.entries[1]--;
    assert_int_not_equal(failures_of(), 0);
    tally.simultaneous = true; /* then two may have become one */
    assert_int_equal(failures_of(), 0);
}

/* Who is not waited for may still have the SMI before this one to take. */
static void freed_processors_may_merge_smis(void **state)
{
    (void)state;
    tally.rows[1].smis--;
    tally.rows[1].log.records--;
    rounds.entries[1]--;
    assert_int_not_equal(failures_of(), 0);
    rounds.flagged[record_bit(MUSTER_RECORD_FREED)]++;
    assert_int_equal(failures_of(), 0);
}

static void handled_twice_is_seen(void **state)
{
    (void)state;
    tally.rows[0].log.extra++;
    assert_int_not_equal(failures_of(), 0);
    tally.rows[0].log.extra--;
    tally.rows[0].log.bytes++;
    assert_int_not_equal(failures_of(), 0);
}

/* A byte that is taken for the late SMI of an answered request has no handler run for it. */
static void swallowed_byte_is_seen(void **state)
{
    (void)state;
    rounds.rounds[0].monarch.flags |= MUSTER_RECORD_EMPTY | MUSTER_RECORD_ALREADY;
    tally.tokenless = true;
    tally.rows[0].fired = tally.rows[0].good = tally.rows[0].log.rounds = 0;
    tally.rows[0].log.already_answered = 1;
    assert_int_not_equal(failures_of(), 0);
    tally.simultaneous = true;
    assert_int_equal(failures_of(), 0);
}

static void unanswered_request_is_seen(void **state)
{
    (void)state;
    tally.rows[0].good--;
    tally.rows[0].silent++;
    assert_int_not_equal(failures_of(), 0);
    tally.rows[0].silent--;
    tally.rows[0].other++;
    assert_int_not_equal(failures_of(), 0);
    tally.any_status = true;
    assert_int_equal(failures_of(), 0);
}

static void processor_not_held_is_seen(void **state)
{
    struct muster_record early = record_of(7, 1, 0);

    (void)state;
    rounds.rounds[0].members[0] &= ~UINT64_C(2);
    rounds.rounds[0].followers--;
    assert_int_not_equal(failures_of(), 0);
    early.released = 700 + 15; /* it left while the handler ran */
    record_add(early);
    rounds.entries[1]--;
    assert_int_not_equal(failures_of(), 0);
}

static void two_monarchs_are_seen(void **state)
{
    (void)state;
    record_add(record_of(7, 1, MUSTER_RECORD_MONARCH));
    rounds.entries[1]--;
    assert_int_not_equal(failures_of(), 0);
}

static void broken_round_is_seen(void **state)
{
    (void)state;
    rounds.flagged[record_bit(MUSTER_RECORD_BROKEN)]++;
    assert_int_not_equal(failures_of(), 0);
}

static void stopped_processor_is_seen(void **state)
{
    struct muster_record record = {.processor = 1,
                                   .flags = MUSTER_RECORD_FAULT | MUSTER_RECORD_STOPPED};
    size_t capacity = rounds.capacity;

    (void)state;
    assert_true(rounds_add(&rounds, PROCESSORS, &record));
    assert_int_equal(rounds.capacity, capacity); /* it is in no round, not in round 0 */
    assert_int_equal(failures_of(), 1);
}

static void handler_that_faults_is_seen(void **state)
{
    struct muster_record record = record_of(1, 0, MUSTER_RECORD_MONARCH | MUSTER_RECORD_FAULT);

    (void)state;
    memset(&record.fault, 0xff, sizeof(record.fault));
    rounds_add(&rounds, PROCESSORS, &record);
    assert_int_equal(rounds.directed[1], 0); /* the fault is in the place of that set */
    assert_int_equal(rounds_flagged(&rounds, MUSTER_RECORD_FAULT), 1);
    assert_int_not_equal(failures_of(), 0);
}

static void lost_processor_is_seen(void **state)
{
    struct muster_record record = record_of(9, 0, MUSTER_RECORD_MONARCH);

    (void)state;
    record.lost[0] = 2;
    record_add(record);
    rounds.entries[0]--;
    tally.rows[0].log.rounds++;
    assert_int_not_equal(failures_of(), 0);
}

static void empty_rounds_hold_nobody(void **state)
{
    struct muster_record empty = record_of(9, 0, MUSTER_RECORD_MONARCH | MUSTER_RECORD_EMPTY);

    (void)state;
    empty.cause = 0;
    empty.answered = 0;
    record_add(empty);
    rounds.entries[0]--;
    assert_int_equal(failures_of(), 0);
    assert_int_equal(tally.sums.with_cause, 2);
}

static void nonsense_records_are_counted(void **state)
{
    (void)state;
    record_add(record_of(9, PROCESSORS, 0));
    assert_int_not_equal(failures_of(), 0);
    record_add(record_of(9 + (UINT32_C(1) << 30), 0, 0)); /* must not take all memory */
}

static void directed_smis_are_counted_as_sent(void **state)
{
    (void)state;
    tally.broadcast = false;
    assert_int_not_equal(failures_of(), 0); /* visits that nobody sent */
    tally.rows[0].log.directed_others = tally.rows[1].log.directed_others = 1;
    assert_int_equal(failures_of(), 0);
    assert_int_equal(tally_sent(&tally, &tally.rows[0]), 2);
    assert_int_equal(tally_directed_to(&tally, &tally.rows[0]), 1);
}

/* A row of the runtime's that Linux has no processor for. */
static void absent_processors_need_not_come(void **state)
{
    (void)state;
    tally.rows_count = PROCESSORS + 1;
    tally.rows[PROCESSORS] = (struct row){.cpu = -1, .index = PROCESSORS};
    assert_int_not_equal(failures_of(), 0);
    tally.pluggable = true;
    assert_int_equal(failures_of(), 0);
    tally.rows[PROCESSORS].log.records = 1; /* it is there, and one SMI has not reached it */
    rounds.entries[PROCESSORS] = 1;
    assert_int_not_equal(failures_of(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_parsed),
        cmocka_unit_test(bad_lists_are_refused),
        cmocka_unit_test(table_is_read),
        cmocka_unit_test(truncated_table_is_refused),
        cmocka_unit_test(damaged_table_is_refused),
        cmocka_unit_test(good_window_is_taken),
        cmocka_unit_test(bad_windows_are_refused),
        cmocka_unit_test(ring_is_drained_in_order),
        cmocka_unit_test(wrapped_ring_counts_what_is_gone),
        cmocka_unit_test(torn_record_is_not_taken),
        cmocka_unit_test(rings_rest_when_all_have_written),
        cmocka_unit_test_setup(good_run_is_ok, tally_good),
        cmocka_unit_test_setup(lost_smi_is_seen, tally_good),
        cmocka_unit_test_setup(freed_processors_may_merge_smis, tally_good),
        cmocka_unit_test_setup(handled_twice_is_seen, tally_good),
        cmocka_unit_test_setup(swallowed_byte_is_seen, tally_good),
        cmocka_unit_test_setup(unanswered_request_is_seen, tally_good),
        cmocka_unit_test(percentile_is_one_of_the_values),
        cmocka_unit_test_setup(processor_not_held_is_seen, tally_good),
        cmocka_unit_test_setup(two_monarchs_are_seen, tally_good),
        cmocka_unit_test_setup(broken_round_is_seen, tally_good),
        cmocka_unit_test_setup(lost_processor_is_seen, tally_good),
        cmocka_unit_test_setup(stopped_processor_is_seen, tally_good),
        cmocka_unit_test_setup(handler_that_faults_is_seen, tally_good),
        cmocka_unit_test_setup(empty_rounds_hold_nobody, tally_good),
        cmocka_unit_test_setup(nonsense_records_are_counted, tally_good),
        cmocka_unit_test_setup(directed_smis_are_counted_as_sent, tally_good),
        cmocka_unit_test_setup(absent_processors_need_not_come, tally_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
