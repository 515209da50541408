/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who accesses which plain location. See plain.h. The map is shared by all processes of a
 * search and is not part of a state: it only ever grows, whichever path an access was met on.
 */
#include <sim/plain.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <sim/arena.h>
#include <sim/engine.h>

#define GRANULE    4u /* bytes: fields as small as this have an owner each */
#define NOBODY     0u
#define EVERYBODY  0xffffu /* more than one processor */
#define SHARED     0xfffeu /* a word of the door's */
#define OWNER(cpu) ((uint16_t)((cpu) + 1))

struct owner {
    uint16_t writer;
    uint16_t reader;
};

static struct owner *owners;
static size_t owner_count;

void plain_ignore(void)
{
    if (owners != NULL)
        munmap(owners, owner_count * sizeof(*owners));
    owners = NULL;
    owner_count = 0;
}

void plain_reset(void)
{
    plain_ignore();
    owner_count = arena_end() / GRANULE;
    owners = mmap(NULL, owner_count * sizeof(*owners), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (owners == MAP_FAILED)
        abort();
}

static struct owner *owner_of(const void *address)
{
    size_t offset = arena_offset(address);

    return offset / GRANULE < owner_count ? &owners[offset / GRANULE] : NULL;
}

static uint16_t joined(uint16_t known, uint16_t who)
{
    return known == NOBODY || known == who ? who : EVERYBODY;
}

void plain_word_used(const uint64_t *word)
{
    struct owner *owner = owner_of(word);

    if (owner == NULL || owner->writer == SHARED)
        return;
    owner[0].writer = owner[1].writer = SHARED;
}

static void granule_accessed(struct owner *owner, const void *address, bool write)
{
    uint16_t who = OWNER(engine.running);

    if (owner->writer == SHARED) {
        engine_fail("data-race",
                    "processor %u accesses a shared word by the way (arena + %#zx)",
                    engine.running, arena_offset(address));
        return;
    }
    if (write)
        owner->writer = joined(owner->writer, who);
    else
        owner->reader = joined(owner->reader, who);
    if (owner->writer == NOBODY ||
        (owner->writer == who && (owner->reader == NOBODY || owner->reader == who)))
        return;
    engine_fail("data-race",
                "processor %u %s a plain location (arena + %#zx) that others access too",
                engine.running, write ? "writes" : "reads", arena_offset(address));
}

static void accessed(const void *address, size_t size, bool write)
{
    const char *byte = address;

    /* Code outside a processor, its own stack, the handlers' descriptors. */
    if (!engine.inside || engine_is_own_stack(address))
        return;
    for (size_t done = 0; done < size; done += GRANULE) {
        struct owner *owner = owner_of(byte + done);

        if (owner == NULL)
            return;
        granule_accessed(owner, byte + done, write);
    }
}

/* ---- What the compiler calls ---- */

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_read_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
    (void)caller;
}

void __tsan_func_exit(void)
{
}

void __tsan_read_range(void *address, size_t size)
{
    accessed(address, size, false);
}

void __tsan_write_range(void *address, size_t size)
{
    accessed(address, size, true);
}

#define HOOK(name, size, write)                                                                \
    void name(void *address);                                                                  \
    void name(void *address)                                                                   \
    {                                                                                          \
        accessed(address, size, write);                                                        \
    }

HOOK(__tsan_read1, 1, false)
HOOK(__tsan_read2, 2, false)
HOOK(__tsan_read4, 4, false)
HOOK(__tsan_read8, 8, false)
HOOK(__tsan_read16, 16, false)
HOOK(__tsan_write1, 1, true)
HOOK(__tsan_write2, 2, true)
HOOK(__tsan_write4, 4, true)
HOOK(__tsan_write8, 8, true)
HOOK(__tsan_write16, 16, true)
HOOK(__tsan_unaligned_read2, 2, false)
HOOK(__tsan_unaligned_read4, 4, false)
HOOK(__tsan_unaligned_read8, 8, false)
HOOK(__tsan_unaligned_read16, 16, false)
HOOK(__tsan_unaligned_write2, 2, true)
HOOK(__tsan_unaligned_write4, 4, true)
HOOK(__tsan_unaligned_write8, 8, true)
HOOK(__tsan_unaligned_write16, 16, true)
