/* SPDX-License-Identifier: BSD-2-Clause */
/* What muster reads from a file lies in memory that ends where the file does, so that the address
 * sanitizer sees a byte too far. The linker sends file_read here (--wrap). */
#include <stdlib.h>
#include <string.h>

#include <tools/muster/muster.h>

uint8_t *__wrap_file_read(const char *name, const char *path, size_t limit, size_t *length);
uint8_t *__real_file_read(const char *name, const char *path, size_t limit, size_t *length);

uint8_t *__wrap_file_read(const char *name, const char *path, size_t limit, size_t *length)
{
    uint8_t *bytes = __real_file_read(name, path, limit, length);
    uint8_t *exact;

    if (bytes == NULL)
        return NULL;
    exact = malloc(*length);
    memcpy(exact, bytes, *length);
    free(bytes);
    return exact;
}
