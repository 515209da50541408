/* SPDX-License-Identifier: BSD-2-Clause */
/* Talking to people: options, numbers, and errors that say what to type instead. */
#include <tools/shared/cli.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <muster/muster.h>
#include <tools/shared/words.h>

#define OPTIONS_MAX 32u
#define WORD_MAX    32u

static void message_print(const char *name, const char *format, va_list arguments)
{
    fprintf(stderr, "%s: ", name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int usage_error(const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_print(name, format, arguments);
    va_end(arguments);
    fprintf(stderr, "see %s --help\n", name);
    return TOOL_USAGE;
}

int cannot(const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_print(name, format, arguments);
    va_end(arguments);
    return TOOL_CANNOT;
}

static int word_error(const char *name, const char *what, const char *word,
                      const char *const *words)
{
    const char *nearest = word_nearest(word, words);
    char list[256] = "";
    size_t used = 0;

    if (nearest)
        return usage_error(name, "no such %s: %s; did you mean %s?", what, word, nearest);
    for (const char *const *at = words; *at && used < sizeof(list); at++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                 at == words ? ""
                                 : at[1]     ? ", "
                                             : " and ",
                                 *at);
    if (used >= sizeof(list)) /* too many to list */
        return usage_error(name, "no such %s: %s", what, word);
    return usage_error(name, "no such %s: %s; there are %s", what, word, list);
}

int word_take(const char *name, const char *what, const char *word, const char *const *words,
              unsigned *which)
{
    for (*which = 0; words[*which]; (*which)++)
        if (strcmp(word, words[*which]) == 0)
            return TOOL_GO_ON;
    return word_error(name, what, word, words);
}

/* What getopt_long did not take. It stays at an argument like -svg, of which it has looked at the
 * first letter. */
static const char *option_refused(int argc, char **argv)
{
    const char *next = optind < argc ? argv[optind] : "";

    return next[0] == '-' && optopt != 0 && next[1] == optopt ? next : argv[optind - 1];
}

static int option_error(const char *name, const struct option *known, int argc, char **argv)
{
    const char *words[OPTIONS_MAX] = {NULL};
    const char *given = option_refused(argc, argv), *nearest;
    char word[WORD_MAX + 1];
    size_t dashes = strncmp(given, "--", 2) == 0 ? 2 : 1, count = 0;

    for (; known[count].name && count + 1 < OPTIONS_MAX; count++)
        words[count] = known[count].name;
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(given + dashes, "="), given + dashes);
    for (size_t i = 0; i < count && dashes == 2; i++)
        if (strcmp(words[i], word) == 0)
            return usage_error(name, "--%s %s", word,
                               known[i].has_arg == no_argument ? "takes no value"
                                                               : "needs a value");
    nearest = word_nearest(word, words);
    if (nearest)
        return usage_error(name, "no such option: %.*s%s; did you mean --%s?", (int)dashes,
                           "--", word, nearest);
    return usage_error(name, "no such option: %.*s%s%s", (int)dashes, "--", word,
                       dashes == 2 ? "" : "; options begin with --");
}

int options_take(const char *name, int argc, char **argv, const struct option *known,
                 bool operands_last, int (*take)(int option, void *context), void *context)
{
    int option;

    opterr = 0; /* option_error() says it better */
    while ((option = getopt_long(argc, argv, operands_last ? "+:" : ":", known, NULL)) != -1) {
        int status = option == '?' || option == ':' ? option_error(name, known, argc, argv)
                                                    : take(option, context);

        if (status != TOOL_GO_ON)
            return status;
    }
    return TOOL_GO_ON;
}

int operand_take(const char *name, int argc, char **argv, const char *which,
                 const char **operand)
{
    if (optind + 1 != argc)
        return usage_error(name, "%s", optind < argc ? "one file at a time" : which);
    *operand = argv[optind];
    return TOOL_GO_ON;
}

int version_print(const char *name, bool json)
{
    printf(json ? "{\"name\":\"%s\",\"version\":\"%u.%u.%u\"}\n" : "%s %u.%u.%u\n", name,
           MUSTER_VERSION_MAJOR, MUSTER_VERSION_MINOR, MUSTER_VERSION_PATCH);
    return TOOL_OK;
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
