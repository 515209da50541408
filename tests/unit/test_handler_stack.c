/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stacks that processors share where SMRAM is small: who runs on which, and that never two run on
 * one. The code is that of the image; a processor is a call, or a thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arch/handler_stack.h>
#include <arch/x86/context.h>

#define STACKS  2
#define HALF    (HANDLER_STACK_PAGES * 4096u / STACKS)
#define THREADS 3
#define TIMES   3000000

static _Alignas(4096) uint8_t memory[HANDLER_STACK_PAGES * 4096u];
static struct x86_context contexts[THREADS];
static struct muster_processor processors[THREADS];
static unsigned ran_on[THREADS];
static int inside[STACKS];
static unsigned refused;
static struct core_visit monarch = {.record = {.flags = MUSTER_RECORD_MONARCH}};
static struct core_visit target;

static int stacks_place(void **state)
{
    (void)state;
    handler_stack_place((struct handler_stack *)(void *)memory);
    for (unsigned index = 0; index < THREADS; index++) {
        contexts[index] = (struct x86_context){.tss = {.stack = 0x1000, .exceptions = 0x1000}};
        processors[index] =
            (struct muster_processor){.context = &contexts[index], .index = index};
        ran_on[index] = STACKS;
    }
    return 0;
}

/* Runs on the small stack, where nothing of the sanitizers has room. */
#define ON_SMALL_STACK __attribute__((no_sanitize_address, no_sanitize_undefined, noinline))

ON_SMALL_STACK static void which_note(struct muster_processor *self, struct core_visit *visit)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0) - (uintptr_t)memory;

    (void)visit;
    ran_on[self->index] = (unsigned)(here / HALF);
}

ON_SMALL_STACK static void next_call(struct muster_processor *self, struct core_visit *visit)
{
    which_note(self, visit);
    if (self->index + 1 < THREADS && !handler_stack_call(self + 1, visit, next_call))
        refused++;
}

static void one_after_the_other_takes_the_first(void **state)
{
    (void)state;
    for (unsigned index = 0; index < THREADS; index++) {
        assert_true(handler_stack_call(&processors[index], &monarch, which_note));
        assert_int_equal(ran_on[index], 0);
        assert_int_equal(contexts[index].tss.exceptions, 0x1000);
    }
}

/* Each begins while those before it are on theirs, as after a monarch was declared lost. */
static void the_second_is_for_who_finds_the_first_taken(void **state)
{
    (void)state;
    refused = 0;
    assert_true(handler_stack_call(&processors[0], &monarch, next_call));
    assert_int_equal(ran_on[0], 0);
    assert_int_equal(ran_on[1], 1);
    assert_int_equal(ran_on[2], STACKS);
    assert_int_equal(refused, 1);
    one_after_the_other_takes_the_first(state);
}

ON_SMALL_STACK static void others_call(struct muster_processor *self, struct core_visit *visit)
{
    which_note(self, visit);
    refused = !handler_stack_call(self + 1, &target, which_note);
    handler_stack_call(self + 1, &monarch, which_note);
}

/* However slow a processor is to leave what it was given, the next monarch finds a stack. */
static void what_others_are_given_never_takes_the_first(void **state)
{
    (void)state;
    assert_true(handler_stack_call(&processors[0], &target, others_call));
    assert_int_equal(ran_on[0], 1);
    assert_int_equal(refused, 1);
    assert_int_equal(ran_on[1], 0);
}

ON_SMALL_STACK static void exceptions_note(struct muster_processor *self,
                                           struct core_visit *visit)
{
    const struct x86_context *context = self->context;
    const struct context_link *link = (const void *)(uintptr_t)context->tss.exceptions;

    which_note(self, visit);
    if ((uintptr_t)link != (uintptr_t)memory + HALF - sizeof(*link) ||
        link->context != (uintptr_t)context)
        ran_on[self->index] = STACKS;
}

static void exceptions_come_to_the_same_stack(void **state)
{
    (void)state;
    assert_true(handler_stack_call(&processors[1], &monarch, exceptions_note));
    assert_int_equal(ran_on[1], 0);
}

ON_SMALL_STACK static void stack_overflow(struct muster_processor *self,
                                          struct core_visit *visit)
{
    (void)self;
    (void)visit;
    memory[HALF] ^= 1;
}

ON_SMALL_STACK static void overflow_call(struct muster_processor *self,
                                         struct core_visit *visit)
{
    handler_stack_call(self + 1, visit, stack_overflow);
}

/* HLT is not for programs. Below the first stack is a page that is not mapped. */
static void who_overflows_the_second_stays(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        handler_stack_call(&processors[0], &monarch, overflow_call);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

ON_SMALL_STACK static void alone_check(struct muster_processor *self, struct core_visit *visit)
{
    which_note(self, visit);
    if (__atomic_add_fetch(&inside[ran_on[self->index]], 1, __ATOMIC_SEQ_CST) != 1)
        __atomic_store_n(&refused, TIMES * THREADS, __ATOMIC_SEQ_CST);
    __atomic_sub_fetch(&inside[ran_on[self->index]], 1, __ATOMIC_SEQ_CST);
}

static void *thread_run(void *processor)
{
    for (unsigned time = 0; time < TIMES; time++)
        if (!handler_stack_call(processor, &monarch, alone_check))
            sched_yield();
    return NULL;
}

static void never_two_on_one(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    refused = 0;
    for (unsigned index = 0; index < THREADS; index++)
        assert_int_equal(pthread_create(&threads[index], NULL, thread_run, &processors[index]),
                         0);
    for (unsigned index = 0; index < THREADS; index++)
        assert_int_equal(pthread_join(threads[index], NULL), 0);
    assert_int_equal(refused, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_after_the_other_takes_the_first, stacks_place),
        cmocka_unit_test_setup(the_second_is_for_who_finds_the_first_taken, stacks_place),
        cmocka_unit_test_setup(what_others_are_given_never_takes_the_first, stacks_place),
        cmocka_unit_test_setup(exceptions_come_to_the_same_stack, stacks_place),
        cmocka_unit_test_setup(who_overflows_the_second_stays, stacks_place),
        cmocka_unit_test_setup(never_two_on_one, stacks_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
