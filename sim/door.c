/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's side of <arch/shared.h> and <arch/clock.h>: each operation becomes one of the
 * engine's. */
#include <arch/shared.h>

#include <sim/engine.h>
#include <sim/plain.h>

/* The code address that asked: tells atomic sites apart in coverage. */
#define SITE ((uint32_t)(uintptr_t)__builtin_return_address(0))

/* The engine never changes a word that is only loaded or waited for. */
static uint64_t *value_of(const struct shared_word *word)
{
    plain_word_used(&word->value);
    return (uint64_t *)(uintptr_t)&word->value;
}

/* True if there is something else where this processor looks for shared words: device registers, which read
 * as zero and keep nothing. */
static bool is_covered(void)
{
    return engine.model->is_covered != NULL && engine.model->is_covered(engine.running);
}

uint64_t shared_load_relaxed(const struct shared_word *word)
{
    if (is_covered())
        return 0;
    return engine_operation((struct op){.kind = OP_LOAD, .site = SITE, .word = value_of(word)});
}

uint64_t shared_load_acquire(const struct shared_word *word)
{
    if (is_covered())
        return 0;
    return engine_operation((struct op){.kind = OP_LOAD, .site = SITE, .word = value_of(word)});
}

void shared_store_relaxed(struct shared_word *word, uint64_t value)
{
    if (is_covered())
        return;
    engine_operation(
        (struct op){.kind = OP_STORE, .site = SITE, .word = value_of(word), .a = value});
}

void shared_store_release(struct shared_word *word, uint64_t value)
{
    if (is_covered())
        return;
    engine_operation((struct op){
        .kind = OP_STORE, .release = true, .site = SITE, .word = value_of(word), .a = value});
}

bool shared_compare_exchange(struct shared_word *word, uint64_t expected, uint64_t desired)
{
    if (is_covered())
        return expected == 0;
    return engine_operation((struct op){.kind = OP_COMPARE_EXCHANGE,
                                        .site = SITE,
                                        .word = value_of(word),
                                        .a = expected,
                                        .b = desired}) != 0;
}

/* For seeded bugs only, which declare it themselves: the compare-exchange of somebody who
 * forgot that the lock is also the fence. Under SC it is the same. */
bool shared_compare_store(struct shared_word *word, uint64_t expected, uint64_t desired);

bool shared_compare_store(struct shared_word *word, uint64_t expected, uint64_t desired)
{
    return engine_operation((struct op){.kind = OP_COMPARE_STORE,
                                        .site = SITE,
                                        .word = value_of(word),
                                        .a = expected,
                                        .b = desired}) != 0;
}

/* A wait whose deadline is over is one look. Mostly another one's deadline has moved the clock, and
 * the end of this wait too is an expiry; but not where it is part of a loop. */
static uint8_t wait_kind(const uint64_t *word, uint64_t deadline)
{
    bool is_retry = deadline <= *engine_time && engine.model->is_retry != NULL &&
                    engine.model->is_retry(engine.running, word);

    return is_retry ? OP_RETRY : OP_WAIT_EQUAL;
}

bool shared_wait_equal(const struct shared_word *word, uint64_t mask, uint64_t value,
                       uint64_t deadline)
{
    if (is_covered())
        return value == 0;
    return engine_operation((struct op){.kind = wait_kind(&word->value, deadline),
                                        .site = SITE,
                                        .word = value_of(word),
                                        .a = mask,
                                        .b = value,
                                        .c = deadline}) != 0;
}

bool shared_wait_reached(const struct shared_word *word, uint64_t value, uint64_t deadline)
{
    if (is_covered())
        return value == 0;
    return engine_operation((struct op){.kind = OP_WAIT_REACHED,
                                        .site = SITE,
                                        .word = value_of(word),
                                        .a = value,
                                        .c = deadline}) != 0;
}

uint64_t clock_now(void)
{
    if (engine.guide != NULL)
        return engine_operation((struct op){.kind = OP_CLOCK, .site = SITE});
    return *engine_time;
}
