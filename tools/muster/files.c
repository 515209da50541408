/* SPDX-License-Identifier: BSD-2-Clause */
/* Files read whole and written to their end, or a message that says why not. */
#include "muster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
    return TOOL_OK;
}
