/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The communication buffer: lengths at every edge, and an OS that changes the buffer while it is
 * read. Each word may be read once; what it held then is what counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/communicate.h>
#include <muster/message.h>

#define WORDS    (sizeof(struct communicate_copy) / sizeof(uint64_t))
#define DATA_MAX (sizeof(((struct communicate_copy *)0)->data))

void (*outside_read_hook)(const void *address, size_t size);

extern const struct muster_handler __start_muster_handlers[];

static struct communicate_copy *outside;
static unsigned reads[WORDS];
static const uint8_t window_guid[16] = MUSTER_WINDOW_GUID;

static size_t word_at(const void *address)
{
    return (size_t)((const uint64_t *)address - (const uint64_t *)outside);
}

/* Counts, and makes hostile whatever has been read before. */
static void read_hook(const void *address, size_t size)
{
    uint64_t *words = (uint64_t *)outside;

    assert_int_equal(size, sizeof(uint64_t));
    assert_true(word_at(address) < WORDS);
    reads[word_at(address)]++;
    for (size_t word = 0; word < WORDS; word++)
        if (reads[word] != 0 && word != word_at(address))
            words[word] = UINT64_MAX;
}

/* The buffer alone on the heap: the sanitizer sees an access beyond it. */
static int buffer_make(void **state)
{
    (void)state;
    outside = malloc(sizeof(*outside));
    memset(outside, 0, sizeof(*outside));
    memset(reads, 0, sizeof(reads));
    outside_read_hook = NULL;
    return 0;
}

static int buffer_free(void **state)
{
    (void)state;
    free(outside);
    return 0;
}

static void message_put(const uint8_t guid[16], uint64_t length)
{
    memcpy(outside->guid, guid, sizeof(outside->guid));
    outside->length = length;
    memset(outside->data, 0x5a, sizeof(outside->data));
}

static void length_is_taken_up_to_the_end(void **state)
{
    struct communicate_copy copy;

    (void)state;
    for (uint64_t length = 0; length <= DATA_MAX; length++) {
        const uint8_t *data = (const uint8_t *)copy.data;

        memset(&copy, 0xff, sizeof(copy));
        message_put(window_guid, length);
        assert_int_equal(communicate_read(outside, &copy), MUSTER_STATUS_SUCCESS);
        assert_int_equal(copy.length, length);
        assert_memory_equal(copy.guid, window_guid, sizeof(copy.guid));
        for (uint64_t byte = 0; byte < length; byte++)
            assert_int_equal(data[byte], 0x5a);
        for (uint64_t byte = length; byte % 8 != 0; byte++)
            assert_int_equal(data[byte], 0);
    }
}

static void length_beyond_the_end_is_refused(void **state)
{
    static const uint64_t lengths[] = {
        DATA_MAX + 1,
        MUSTER_COMMUNICATE_SIZE,
        MUSTER_COMMUNICATE_SIZE + 1,
        UINT32_MAX,
        UINT64_C(1) << 32,
        (UINT64_C(1) << 32) + 8,
        INT64_MAX,
        UINT64_C(1) << 63,
        UINT64_MAX - 23,
        UINT64_MAX - 7,
        UINT64_MAX,
    };
    struct communicate_copy copy;

    (void)state;
    for (size_t at = 0; at < sizeof(lengths) / sizeof(lengths[0]); at++) {
        message_put(window_guid, lengths[at]);
        assert_int_equal(communicate_read(outside, &copy), MUSTER_STATUS_BAD_BUFFER_SIZE);
    }
}

static void every_word_is_read_once(void **state)
{
    static const uint64_t lengths[] = {0, 1, 7, 8, 9, 24, 1000, DATA_MAX - 1, DATA_MAX};
    struct communicate_copy copy;

    (void)state;
    for (size_t at = 0; at < sizeof(lengths) / sizeof(lengths[0]); at++) {
        size_t words = 3 + (lengths[at] + 7) / 8;

        outside_read_hook = NULL;
        message_put(window_guid, lengths[at]);
        memset(reads, 0, sizeof(reads));
        outside_read_hook = read_hook;
        assert_int_equal(communicate_read(outside, &copy), MUSTER_STATUS_SUCCESS);
        assert_int_equal(copy.length, lengths[at]);
        assert_memory_equal(copy.guid, window_guid, sizeof(copy.guid));
        for (uint64_t byte = 0; byte < lengths[at]; byte++)
            assert_int_equal(((const uint8_t *)copy.data)[byte], 0x5a);
        for (size_t word = 0; word < WORDS; word++)
            assert_int_equal(reads[word], word < words);
    }
}

static void refused_data_is_not_read(void **state)
{
    struct communicate_copy copy;

    (void)state;
    message_put(window_guid, UINT64_MAX);
    outside_read_hook = read_hook;
    communicate_read(outside, &copy);
    for (size_t word = 3; word < WORDS; word++)
        assert_int_equal(reads[word], 0);
}

static void answer_goes_out_whole_and_nothing_more(void **state)
{
    struct communicate_copy copy;

    (void)state;
    for (uint64_t length = 0; length <= DATA_MAX; length++) {
        message_put(window_guid, 0);
        memset(&copy, 0, sizeof(copy));
        copy.length = length;
        memset(copy.data, 0xa5, length);
        communicate_write(outside, &copy);
        assert_int_equal(outside->length, length);
        assert_memory_equal(outside->guid, window_guid, sizeof(outside->guid));
        assert_memory_equal(outside->data, copy.data, length);
        for (uint64_t byte = (length + 7) / 8 * 8; byte < DATA_MAX; byte++)
            assert_int_equal(((const uint8_t *)outside->data)[byte], 0x5a);
    }
}

/* ---- The command ---- */

/* What it answers, as if nothing could fault. */
static uint32_t command_run(void)
{
    struct muster_facts facts = {.window_address = 0x1000000,
                                 .window_size = 0x200000,
                                 .communicate = outside,
                                 .processor_count = 5};
    struct muster_call call = {.facts = &facts, .command = MUSTER_COMMAND_COMMUNICATE};

    return __start_muster_handlers[0].function(&call);
}

static void window_message_is_answered(void **state)
{
    const struct muster_message_window *answer = (const void *)outside->data;

    (void)state;
    message_put(window_guid, 100);
    assert_int_equal(command_run(), MUSTER_STATUS_SUCCESS);
    assert_int_equal(outside->length, sizeof(*answer));
    assert_int_equal(answer->window_address, 0x1000000);
    assert_int_equal(answer->window_size, 0x200000);
    assert_int_equal(answer->processors, 5);
}

static void short_message_is_told_how_long(void **state)
{
    (void)state;
    for (uint64_t length = 0; length < sizeof(struct muster_message_window); length++) {
        message_put(window_guid, length);
        assert_int_equal(command_run(), MUSTER_STATUS_BUFFER_TOO_SMALL);
        assert_int_equal(outside->length, sizeof(struct muster_message_window));
        assert_int_equal(outside->data[0], 0x5a5a5a5a5a5a5a5a);
    }
}

static void unknown_message_is_not_found(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 128; bit++) {
        uint8_t guid[16];

        memcpy(guid, window_guid, sizeof(guid));
        guid[bit / 8] ^= (uint8_t)(1 << bit % 8);
        message_put(guid, 100);
        assert_int_equal(command_run(), MUSTER_STATUS_NOT_FOUND);
        assert_int_equal(outside->length, 100);
        assert_int_equal(outside->data[0], 0x5a5a5a5a5a5a5a5a);
    }
}

static void hostile_os_gets_a_right_answer(void **state)
{
    (void)state;
    message_put(window_guid, DATA_MAX);
    outside_read_hook = read_hook;
    assert_int_equal(command_run(), MUSTER_STATUS_SUCCESS);
    assert_int_equal(outside->length, sizeof(struct muster_message_window));
    /* And the copy has been given back. */
    outside_read_hook = NULL;
    message_put(window_guid, 100);
    assert_int_equal(command_run(), MUSTER_STATUS_SUCCESS);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, buffer_make, buffer_free)
    const struct CMUnitTest tests[] = {
        CASE(length_is_taken_up_to_the_end),
        CASE(length_beyond_the_end_is_refused),
        CASE(every_word_is_read_once),
        CASE(refused_data_is_not_read),
        CASE(answer_goes_out_whole_and_nothing_more),
        CASE(window_message_is_answered),
        CASE(short_message_is_told_how_long),
        CASE(unknown_message_is_not_found),
        CASE(hostile_os_gets_a_right_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
