/* SPDX-License-Identifier: BSD-2-Clause */
/* Which word was probably meant: the one with the fewest edits, if they are few. */
#include <tools/shared/words.h>

#include <string.h>

#define WORD_MAX 32u

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits between two words, neighbours swapped counting as one (optimal string alignment). */
static unsigned word_distance(const char *a, const char *b)
{
    unsigned table[WORD_MAX + 1][WORD_MAX + 1];
    size_t rows = strlen(a), columns = strlen(b);

    if (rows > WORD_MAX || columns > WORD_MAX)
        return WORD_MAX;
    for (unsigned i = 0; i <= rows; i++)
        table[i][0] = i;
    for (unsigned k = 0; k <= columns; k++)
        table[0][k] = k;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t k = 1; k <= columns; k++) {
            unsigned changed = table[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

            table[i][k] = least(changed, least(table[i - 1][k], table[i][k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                table[i][k] = least(table[i][k], table[i - 2][k - 2] + 1);
        }
    }
    return table[rows][columns];
}

const char *word_nearest(const char *word, const char *const *words)
{
    size_t length = strlen(word);
    unsigned best = length < 4 ? 2 : 3; /* as many edits are another word */
    const char *nearest = NULL;

    for (; *words; words++) {
        unsigned distance = word_distance(word, *words);

        /* Who typed the beginning meant the rest. */
        if (length >= 2 && strncmp(word, *words, length) == 0)
            distance = 1;
        if (distance < best) {
            best = distance;
            nearest = *words;
        }
    }
    return nearest;
}
