/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes in memory, by the string instructions. The functions of the C library are here as well:
 * the compiler calls them on its own account.
 */
#include "memory.h"

void *memcpy(void *restrict target, const void *restrict source, size_t size);
void *memmove(void *target, const void *source, size_t size);
void *memset(void *target, int value, size_t size);
int memcmp(const void *one, const void *other, size_t size);

/* Eight bytes at a time: an emulator pays for each step of a string instruction. */
void *memcpy(void *restrict target, const void *restrict source, size_t size)
{
    void *to = target;
    size_t words = size / 8;
    size_t rest = size % 8;

    __asm__ volatile("rep movsq\n\t"
                     "movq %3, %%rcx\n\t"
                     "rep movsb"
                     : "+D"(to), "+S"(source), "+c"(words)
                     : "r"(rest)
                     : "memory");
    return target;
}

void *memmove(void *target, const void *source, size_t size)
{
    unsigned char *to = target;
    const unsigned char *from = source;

    if (to <= from || to >= from + size) {
        return memcpy(target, source, size);
    }
    while (size > 0) {
        size--;
        to[size] = from[size];
    }
    return target;
}

void *memset(void *target, int value, size_t size)
{
    void *to = target;
    size_t words = size / 8;
    size_t rest = size % 8;
    uint64_t pattern = UINT64_C(0x0101010101010101) * (uint8_t)value;

    __asm__ volatile("rep stosq\n\t"
                     "movq %2, %%rcx\n\t"
                     "rep stosb"
                     : "+D"(to), "+c"(words)
                     : "r"(rest), "a"(pattern)
                     : "memory");
    return target;
}

int memcmp(const void *one, const void *other, size_t size)
{
    const unsigned char *left = one;
    const unsigned char *right = other;

    for (size_t i = 0; i < size; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

void memory_copy(void *target, const void *source, size_t size)
{
    memcpy(target, source, size);
}

void memory_set(void *target, uint8_t value, size_t size)
{
    memset(target, value, size);
}

bool memory_equal(const void *one, const void *other, size_t size)
{
    return memcmp(one, other, size) == 0;
}

uint8_t memory_checksum(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++) {
        sum = (uint8_t)(sum + bytes[i]);
    }
    return (uint8_t)-sum;
}

uint64_t field_read(const void *field, unsigned int width)
{
    const uint8_t *bytes = field;
    uint64_t value = 0;

    for (unsigned int i = 0; i < width; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

void field_write(void *field, unsigned int width, uint64_t value)
{
    uint8_t *bytes = field;

    for (unsigned int i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}
