/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of states: whatever it is asked, and whoever makes it grow meanwhile, no state is lost, and none
 * is new to two visitors.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <sim/table.h>

#define MANY      1000000u
#define PROCESSES 4u
#define MIB       (UINT64_C(1) << 20)

/* A different one for each number. */
static uint64_t hash_of(uint64_t number)
{
    number = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ number >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return number ^ number >> 32;
}

static void nothing_is_lost_when_it_grows(void **state)
{
    struct table table;
    uint64_t before;

    (void)state;
    assert_true(table_create(&table, 64 * MIB));
    before = table.shared->size;
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(table_visit(&table, hash_of(i), i) == TABLE_NOTHING_EXPLORED);
    assert_true(table.shared->size > before);
    assert_true(table.shared->used == MANY);
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(table_visit(&table, hash_of(i), ~UINT64_C(3)) == i);
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(table_visit(&table, hash_of(i), 0) == (i & ~UINT64_C(3)));
    assert_true(table.shared->used == MANY);
    table_destroy(&table);
}

/* Whose home is the last one at every size, and so lie behind it. */
static uint64_t hash_at_the_end(uint64_t number)
{
    return number << 40 | ((UINT64_C(1) << 40) - 1);
}

static void those_behind_the_last_home_move_too(void **state)
{
    const unsigned crowd = TABLE_SLACK / 2;
    struct table table;

    (void)state;
    assert_true(table_create(&table, 64 * MIB));
    for (uint64_t i = 0; i < crowd; i++)
        assert_true(table_visit(&table, hash_at_the_end(i), i) == TABLE_NOTHING_EXPLORED);
    for (uint64_t i = 0; i < MANY / 8; i++)
        assert_true(table_visit(&table, hash_of(i), 0) == TABLE_NOTHING_EXPLORED);
    for (uint64_t i = 0; i < crowd; i++)
        assert_true(table_visit(&table, hash_at_the_end(i), ~UINT64_C(1)) == i);
    for (uint64_t i = MANY / 8; i < MANY; i++)
        assert_true(table_visit(&table, hash_of(i), 0) == TABLE_NOTHING_EXPLORED);
    for (uint64_t i = 0; i < crowd; i++)
        assert_true(table_visit(&table, hash_at_the_end(i), ~UINT64_C(0)) ==
                    (i & ~UINT64_C(1)));
    table_destroy(&table);
}

static void without_a_place_it_is_explored_again(void **state)
{
    struct table table;

    (void)state;
    assert_true(table_create(&table, 64 * MIB));
    for (uint64_t i = 0; i <= TABLE_SLACK; i++)
        table_visit(&table, hash_at_the_end(i), 0);
    assert_true(table_visit(&table, hash_at_the_end(TABLE_SLACK), 0) == 0);
    for (unsigned again = 0; again < 2; again++)
        assert_true(table_visit(&table, hash_at_the_end(TABLE_SLACK + 1), 0) ==
                    TABLE_NOTHING_EXPLORED);
    table_destroy(&table);
}

/* Each visits all states in an order of its own, and wakes a bit of its own. */
static uint64_t visit_all(struct table *table, unsigned visitor)
{
    static const uint64_t strides[PROCESSES] = {1, 3, 7, 9}; /* each prime to MANY */
    uint64_t fresh = 0;

    table_join(table, visitor);
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t number = (i * strides[visitor] + visitor * 12345u) % MANY;

        fresh += table_visit(table, hash_of(number), ~(UINT64_C(1) << visitor)) ==
                 TABLE_NOTHING_EXPLORED;
    }
    return fresh;
}

static void several_processes_meet_each_state_once(void **state)
{
    uint64_t *fresh =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct table table;
    uint64_t sum = 0;

    (void)state;
    assert_true(fresh != MAP_FAILED);
    assert_true(table_create(&table, 32 * MIB));
    for (unsigned visitor = 0; visitor < PROCESSES; visitor++)
        if (fork() == 0) {
            fresh[visitor] = visit_all(&table, visitor);
            _exit(0);
        }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status;

        wait(&status);
        assert_int_equal(status, 0);
    }
    for (unsigned visitor = 0; visitor < PROCESSES; visitor++)
        sum += fresh[visitor];
    assert_int_equal(table.shared->used, MANY);
    assert_int_equal(sum, MANY);
    /* No two of them made it grow for the same reason. */
    assert_int_equal(table.shared->size, 32 * MIB / sizeof(struct table_entry));
    assert_int_equal(table.shared->size, table.size_max);
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(table_visit(&table, hash_of(i), 0) == ~UINT64_C(0) << PROCESSES);
    munmap(fresh, 4096);
    table_destroy(&table);
}

static void a_full_one_keeps_what_it_has(void **state)
{
    const uint64_t most = MIB / sizeof(struct table_entry) / 8 * 7;
    struct table table;

    (void)state;
    assert_true(table_create(&table, MIB));
    for (uint64_t i = 0; i < most; i++) {
        assert_false(table_is_full(&table));
        assert_true(table_visit(&table, hash_of(i), 0) == TABLE_NOTHING_EXPLORED);
    }
    assert_true(table_is_full(&table));
    for (unsigned again = 0; again < 2; again++)
        assert_true(table_visit(&table, hash_of(most), 0) == TABLE_NOTHING_EXPLORED);
    for (uint64_t i = 0; i < most; i++)
        assert_true(table_visit(&table, hash_of(i), 0) == 0);
    table_destroy(&table);
}

static uint32_t process_that_has_ended(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    return (uint32_t)child;
}

/* Whether a visit, by a process of its own, is given up. */
static bool visit_aborts(struct table *table, uint64_t number)
{
    int status;

    if (fork() == 0) {
        alarm(5);
        table_join(table, 1);
        table_visit(table, hash_of(number), 0);
        _exit(0);
    }
    wait(&status);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void nobody_waits_for_one_that_has_ended(void **state)
{
    uint64_t i = 0;
    struct table table;

    (void)state;
    assert_true(table_create(&table, 64 * MIB));
    table.shared->growing = process_that_has_ended();
    assert_true(visit_aborts(&table, i));
    table.shared->growing = 0;
    while (table.shared->used < table.shared->size / 8 * 5)
        table_visit(&table, hash_of(i++), 0);
    table.shared->visitors[2].inside = process_that_has_ended();
    assert_true(visit_aborts(&table, i));
    table_destroy(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_when_it_grows),
        cmocka_unit_test(those_behind_the_last_home_move_too),
        cmocka_unit_test(without_a_place_it_is_explored_again),
        cmocka_unit_test(several_processes_meet_each_state_once),
        cmocka_unit_test(a_full_one_keeps_what_it_has),
        cmocka_unit_test(nobody_waits_for_one_that_has_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
