/* SPDX-License-Identifier: BSD-2-Clause */
/* Talking to people: errors that say what to type instead, numbers, files. */
#include "muster.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
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

static void message_print(const char *name, const char *format, va_list arguments)
{
    fprintf(stderr, "muster%s%s: ", *name ? " " : "", name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int usage_error(const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_print(name, format, arguments);
    va_end(arguments);
    fprintf(stderr, "see muster %s%s--help\n", name, *name ? " " : "");
    return MUSTER_USAGE;
}

int option_error(const char *name, const struct option *known, char **argv)
{
    const char *words[WORD_MAX] = {NULL};
    const char *given = argv[optind - 1], *nearest;
    char word[WORD_MAX + 1] = "";
    size_t count = 0;

    for (; known[count].name && count + 1 < WORD_MAX; count++)
        words[count] = known[count].name;
    if (strncmp(given, "--", 2) != 0)
        return usage_error(name, "no such option: %s; options begin with --", given);
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(given + 2, "="), given + 2);
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return usage_error(name, "--%s %s", word,
                               known[i].has_arg == no_argument ? "takes no value"
                                                               : "needs a value");
    nearest = word_nearest(word, words);
    if (nearest)
        return usage_error(name, "no such option: --%s; did you mean --%s?", word, nearest);
    return usage_error(name, "no such option: --%s", word);
}

int cannot(const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_print(name, format, arguments);
    va_end(arguments);
    return MUSTER_CANNOT;
}

bool number_parse(const char *text, uint64_t limit, uint64_t *value)
{
    size_t length = strlen(text);
    bool marked = length > 1 && (text[length - 1] == 'h' || text[length - 1] == 'H');
    char *end;

    if (length == 0 || strspn(text, "+- \t\n") != 0)
        return false;
    errno = 0;
    *value = strtoull(text, &end, marked ? 16 : 0);
    return end == text + length - (marked ? 1 : 0) && errno == 0 && *value <= limit;
}

static uint8_t *stream_read(FILE *in, size_t limit, size_t *length)
{
    size_t capacity = 65536, used = 0;
    uint8_t *bytes = malloc(capacity + 1);

    while (bytes) {
        uint8_t *grown;

        used += fread(bytes + used, 1, capacity - used, in);
        if (used < capacity || used > limit)
            break;
        capacity *= 2;
        grown = realloc(bytes, capacity + 1);
        if (!grown)
            free(bytes);
        bytes = grown;
    }
    *length = used;
    return bytes;
}

uint8_t *file_read(const char *name, const char *path, size_t limit, size_t *length)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "rb");
    uint8_t *bytes;
    int failed;

    if (!in) {
        cannot(name, "%s: %s", path, strerror(errno));
        return NULL;
    }
    errno = 0;
    bytes = stream_read(in, limit, length);
    failed = ferror(in) ? errno : 0;
    if (!standard)
        fclose(in);
    if (bytes && !failed && *length <= limit)
        return bytes;
    if (!bytes)
        cannot(name, "%s: out of memory", path);
    else if (failed)
        cannot(name, "%s: %s", path, strerror(failed));
    else
        cannot(name, "%s: larger than %zu bytes, not read", path, limit);
    free(bytes);
    return NULL;
}

FILE *output_open(const char *name, const char *path)
{
    FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");

    if (!out)
        cannot(name, "%s: cannot be written: %s", path, strerror(errno));
    return out;
}

int output_close(const char *name, const char *path, FILE *out)
{
    bool failed = fflush(out) != 0 || ferror(out);

    if (out != stdout)
        failed = fclose(out) != 0 || failed;
    if (failed)
        return cannot(name, "%s: could not be written to its end: %s", path, strerror(errno));
    return MUSTER_OK;
}
