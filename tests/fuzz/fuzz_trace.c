/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer on muster trace: the first byte chooses what is made of the log that follows. Every other
 * mutation puts a number in the place of another, so that the log stays one. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <tools/muster/muster.h>

#include "program.h"

enum form { FORM_TABLE, FORM_JSON, FORM_CHROME, FORM_SVG, FORM_HTML, FORM_CHECK, FORMS };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);

/* Where a number stands, chosen by chance; its length is 0 if there is none. */
static size_t number_choose(const uint8_t *data, size_t size, size_t *length)
{
    size_t begin = (size_t)rand() % size;
    size_t end;

    while (begin < size && !isdigit(data[begin]))
        begin++;
    while (begin > 1 && isdigit(data[begin - 1]))
        begin--;
    for (end = begin; end < size && isdigit(data[end]); end++) {
    }
    *length = end - begin;
    return begin;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    static const char *const numbers[] = {
        "0", "1", "2", "3", "64", "255", "256", "65535", "4294967295", "9223372036854775807",
    };
    const char *number = numbers[seed / 2 % (sizeof(numbers) / sizeof(numbers[0]))];
    size_t length = 0;
    size_t begin = 0;

    srand(seed);
    if (seed % 2 != 0 && size > 1)
        begin = number_choose(data, size, &length);
    if (length == 0 || size - length + strlen(number) > size_max)
        return LLVMFuzzerMutate(data, size, size_max);
    memmove(data + begin + strlen(number), data + begin + length, size - begin - length);
    memcpy(data + begin, number, strlen(number));
    return size - length + strlen(number);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static char *const forms[FORMS][3] = {
        [FORM_TABLE] = {NULL},
        [FORM_JSON] = {"--json"},
        [FORM_CHROME] = {"--chrome", "-"},
        [FORM_SVG] = {"--svg", "-"},
        [FORM_HTML] = {"--html", "-"},
        [FORM_CHECK] = {"--check"},
    };
    static char *const choices[][3] = {
        {NULL},
        {"--last", "2"},
        {"--round", "2-3"},
        {"--cause", "request"},
        {"--cause", "none"},
    };
    char *argv[PROGRAM_ARGUMENTS_MAX] = {"trace", "log"};
    int argc = 2;
    enum form form;
    int status;

    if (size < 1)
        return 0;
    form = input[0] % FORMS;
    for (char *const *word = forms[form]; *word != NULL; word++)
        argv[argc++] = *word;
    for (char *const *word = choices[input[0] / FORMS % 5]; *word != NULL; word++)
        argv[argc++] = *word;
    program_file_set(input + 1, size - 1);
    status = program_run(trace_command.run, argc, argv);
    if (status == TOOL_OK && (form == FORM_JSON || form == FORM_CHROME))
        program_output_is_json();
    return 0;
}
