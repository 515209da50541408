/* SPDX-License-Identifier: BSD-2-Clause */
/* The arena's memory: one mapping at a fixed address, a third for each kind. */
#include <sim/arena.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA_ADDRESS   ((char *)0x100000000000)
#define ARENA_LINE      64u
#define ARENA_SPANS_MAX 16384u

struct span {
    const void *start;
    size_t length;
};

static struct {
    char *start[ARENA_KINDS];
    size_t used[ARENA_KINDS];
    size_t size;   /* of each kind */
    size_t mapped; /* bytes, all kinds */
    struct span spans[ARENA_SPANS_MAX];
    unsigned span_count;
} arena;

static void arena_die(const char *what)
{
    fprintf(stderr, "muster-sim: %s\n", what);
    exit(3);
}

void arena_reset(size_t size)
{
    if (arena.mapped != 0)
        munmap(ARENA_ADDRESS, arena.mapped);
    size = (size + 4095u) & ~(size_t)4095u;
    arena.size = size;
    arena.mapped = size * ARENA_KINDS;
    arena.span_count = 0;
    if (mmap(ARENA_ADDRESS, arena.mapped, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
             0) != ARENA_ADDRESS)
        arena_die("cannot map the arena at its fixed address");
    for (unsigned kind = 0; kind < ARENA_KINDS; kind++) {
        arena.start[kind] = ARENA_ADDRESS + kind * size;
        arena.used[kind] = 0;
    }
}

void *arena_allocate(enum arena_kind kind, size_t size)
{
    char *memory = arena.start[kind] + arena.used[kind];

    size = (size + ARENA_LINE - 1) & ~(size_t)(ARENA_LINE - 1);
    if (size > arena.size - arena.used[kind])
        arena_die("the arena is full");
    arena.used[kind] += size;
    return memory;
}

void arena_identify(const void *start, size_t length)
{
    if (arena.span_count == ARENA_SPANS_MAX)
        arena_die("too many spans identify a state");
    arena.spans[arena.span_count++] = (struct span){start, length};
}

size_t arena_saved_size(void)
{
    return arena.used[ARENA_STATE] + arena.used[ARENA_SHADOW];
}

size_t arena_save(void *to)
{
    memcpy(to, arena.start[ARENA_STATE], arena.used[ARENA_STATE]);
    memcpy((char *)to + arena.used[ARENA_STATE], arena.start[ARENA_SHADOW],
           arena.used[ARENA_SHADOW]);
    return arena_saved_size();
}

size_t arena_restore(const void *from)
{
    memcpy(arena.start[ARENA_STATE], from, arena.used[ARENA_STATE]);
    memcpy(arena.start[ARENA_SHADOW], (const char *)from + arena.used[ARENA_STATE],
           arena.used[ARENA_SHADOW]);
    return arena_saved_size();
}

uint64_t arena_hash(uint64_t seed)
{
    seed = hash_bytes(arena.start[ARENA_STATE], arena.used[ARENA_STATE], seed);
    for (unsigned i = 0; i < arena.span_count; i++)
        seed = hash_bytes(arena.spans[i].start, arena.spans[i].length, seed);
    return seed;
}

size_t arena_offset(const void *address)
{
    return (size_t)((const char *)address - ARENA_ADDRESS);
}

size_t arena_end(void)
{
    return arena.mapped;
}

static uint64_t word_at(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

uint64_t hash_bytes(const void *start, size_t length, uint64_t seed)
{
    const char *at = start;
    uint64_t chain[2] = {seed, ~seed};

    /* Two chains, so that the multiplications overlap. The position counts: each chain folds its
     * whole past into the next product. */
    for (; length >= 32; at += 32, length -= 32)
        for (unsigned i = 0; i < 2; i++)
            chain[i] = hash_mix(chain[i] ^ word_at(at + i * 16), word_at(at + i * 16 + 8));
    for (unsigned i = 0; length >= 8; at += 8, length -= 8, i++)
        chain[i & 1] = hash_mix(chain[i & 1], word_at(at));
    return hash_mix(chain[0], chain[1]);
}
