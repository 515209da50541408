/* SPDX-License-Identifier: BSD-2-Clause */
/* Merging files of states. See merge.h. */
#include <sim/merge.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sim/table.h>

struct input {
    FILE *file;
    struct merge_head head;
    struct table_entry entry; /* the next one */
    bool over;
};

static bool complain(char *error, size_t size, const char *name, const char *what)
{
    snprintf(error, size, "%s: %s", name, what);
    return false;
}

/* The next entry, which must have a higher hash. */
static bool input_advance(struct input *input, const char *name, char *error, size_t size)
{
    uint64_t last = input->entry.hash;
    size_t got = fread(&input->entry, 1, sizeof(input->entry), input->file);

    input->over = got == 0;
    if (got != 0 && got != sizeof(input->entry))
        return complain(error, size, name, "the file ends too early: it is truncated");
    if (got != 0 && input->entry.hash <= last)
        return complain(error, size, name, "damaged: its states are not in order");
    return true;
}

static bool input_open(struct input *input, const char *name, char *error, size_t size)
{
    input->file = fopen(name, "rb");
    if (input->file == NULL)
        return complain(error, size, name, strerror(errno));
    if (fread(&input->head, sizeof(input->head), 1, input->file) != 1 ||
        input->head.mark != MERGE_MARK)
        return complain(error, size, name, "not a file of explore --states");
    return input_advance(input, name, error, size);
}

/* Every shard must be there once, all of one search. */
static bool inputs_check(const struct input *inputs, const char *const *names, unsigned count,
                         char *error, size_t size)
{
    const struct merge_head *first = &inputs[0].head;

    for (unsigned i = 0; i < count; i++) {
        const struct merge_head *head = &inputs[i].head;

        if (head->identity != first->identity || head->hash_seed != first->hash_seed ||
            head->shards != first->shards)
            return complain(error, size, names[i], "of another search than the first file");
        for (unsigned k = 0; k < i; k++)
            if (inputs[k].head.shard == head->shard)
                return complain(error, size, names[i], "the same shard as another file");
    }
    if (count != (first->shards != 0 ? first->shards : 1)) {
        snprintf(error, size, "the search has %u shards, here are %u", first->shards, count);
        return false;
    }
    return true;
}

static void totals_add(struct merge_result *result, const struct merge_head *head)
{
    result->shards++;
    result->failed |= head->outcome == EXPLORE_FAILED;
    result->stopped |= head->outcome == EXPLORE_STOPPED;
    result->table_full |= head->table_full != 0;
    result->transitions += head->counts.transitions;
    result->seconds += head->seconds;
}

/* The least hash that is next anywhere; false if all files are over. */
static bool least_hash(const struct input *inputs, unsigned count, uint64_t *hash)
{
    bool found = false;

    for (unsigned i = 0; i < count; i++)
        if (!inputs[i].over && (!found || inputs[i].entry.hash < *hash)) {
            *hash = inputs[i].entry.hash;
            found = true;
        }
    return found;
}

static bool states_merge(struct input *inputs, const char *const *names, unsigned count,
                         struct merge_result *result, char *error, size_t size)
{
    uint64_t hash = 0;

    while (least_hash(inputs, count, &hash)) {
        bool end = false;

        for (unsigned i = 0; i < count; i++) {
            if (inputs[i].over || inputs[i].entry.hash != hash)
                continue;
            /* Kept inverted: see table.c. */
            end |= (inputs[i].entry.sleeping & EXPLORE_END) != 0;
            if (!input_advance(&inputs[i], names[i], error, size))
                return false;
        }
        result->states++;
        result->ends += end;
    }
    return true;
}

bool merge_files(const char *const *names, unsigned count, struct merge_result *result,
                 char *error, size_t size)
{
    struct input *inputs = calloc(count, sizeof(*inputs));
    bool good = inputs != NULL;

    memset(result, 0, sizeof(*result));
    for (unsigned i = 0; good && i < count; i++)
        good = input_open(&inputs[i], names[i], error, size);
    good = good && inputs_check(inputs, names, count, error, size);
    for (unsigned i = 0; good && i < count; i++)
        totals_add(result, &inputs[i].head);
    good = good && states_merge(inputs, names, count, result, error, size);
    for (unsigned i = 0; inputs != NULL && i < count; i++)
        if (inputs[i].file != NULL)
            fclose(inputs[i].file);
    free(inputs);
    return good;
}
