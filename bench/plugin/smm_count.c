/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QEMU plugin that counts the instructions each processor executes in System Management Mode,
 * visit by visit, for any firmware.
 *
 * QEMU does not tell a plugin the processor's mode, so a visit is found by addresses: it begins
 * when a processor executes an instruction in SMRAM and ends with its RSM. Code in SMRAM that
 * is left without RSM (a firmware that installs its handlers) was none.
 *
 *   -plugin build/bench/smm_count.so,out=FILE,smram=BEGIN-END[,map=FILE]
 *
 * The numbers are hexadecimal, END is the first address behind. `map` names the phases of the
 * code, a line "BEGIN END PHASE FLAG" each, where FLAG is "wait" inside a wait loop and "-"
 * elsewhere. What lies in SMRAM and not in the map is phase "entry".
 *
 * Spinning is counted apart. It is what lies between two executions of the same PAUSE that the
 * wait was not left between: an iteration whose condition was false, from the second on.
 * Without a map nothing is known of waits, and all of GAP_MAX instructions or less between two
 * executions of a PAUSE is taken for spinning: more than there is, in the favour of who is
 * measured.
 *
 * Output: a JSON object a line for each visit, in the order of their ends.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define PROCESSORS_MAX 256u
#define RANGES_MAX     8192u
#define PHASES_MAX     256u
#define NAME_SIZE      48u
#define GAP_MAX        256u

/* An instruction, as the one word that a callback is handed. */
#define FACT_WAIT          (UINT64_C(1) << 0)
#define FACT_PAUSE         (UINT64_C(1) << 1)
#define FACT_RSM           (UINT64_C(1) << 2)
#define FACT_PHASE_SHIFT   8
#define FACT_ADDRESS_SHIFT 16

struct range {
    uint64_t begin;
    uint64_t end;
    unsigned phase;
    bool wait;
};

/* One processor, touched by its own thread only. */
struct visitor {
    bool inside;
    uint64_t visits;
    uint64_t spins;
    uint64_t pause; /* the address of the last PAUSE of the present wait, or 0 */
    uint64_t gap;   /* instructions since */
    uint64_t counts[PHASES_MAX];
} __attribute__((aligned(64)));

int qemu_plugin_version = QEMU_PLUGIN_API;

static struct visitor visitors[PROCESSORS_MAX];
static struct range ranges[RANGES_MAX];
static size_t ranges_count;
static char phases[PHASES_MAX][NAME_SIZE] = {"entry"};
static unsigned phases_count = 1;
static uint64_t smram_begin;
static uint64_t smram_end;
static FILE *out;

static int complain(const char *what, const char *value)
{
    fprintf(stderr, "smm_count: %s: %s\n", what, value);
    return -1;
}

/* ---- the map ---- */

static unsigned phase_number(const char *name)
{
    unsigned phase = 0;

    while (phase < phases_count && strcmp(phases[phase], name) != 0)
        phase++;
    if (phase == PHASES_MAX)
        return 0;
    if (phase == phases_count)
        snprintf(phases[phases_count++], NAME_SIZE, "%s", name);
    return phase;
}

static int range_compare(const void *left, const void *right)
{
    const struct range *a = left;
    const struct range *b = right;

    return (a->begin > b->begin) - (a->begin < b->begin);
}

static int map_read(const char *path)
{
    FILE *file = fopen(path, "r");
    char name[NAME_SIZE];
    char flag[NAME_SIZE];
    struct range range;

    if (!file)
        return complain("cannot read the map", path);
    while (fscanf(file, "%" SCNx64 " %" SCNx64 " %47s %47s", &range.begin, &range.end, name,
                  flag) == 4 &&
           ranges_count < RANGES_MAX) {
        range.phase = phase_number(name);
        range.wait = strcmp(flag, "wait") == 0;
        ranges[ranges_count++] = range;
    }
    fclose(file);
    qsort(ranges, ranges_count, sizeof(ranges[0]), range_compare);
    return ranges_count > 0 && ranges_count < RANGES_MAX ? 0 : complain("not a map", path);
}

static const struct range *range_find(uint64_t address)
{
    size_t low = 0;
    size_t high = ranges_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (address < ranges[middle].begin)
            high = middle;
        else if (address >= ranges[middle].end)
            low = middle + 1;
        else
            return &ranges[middle];
    }
    return NULL;
}

/* ---- counting ---- */

static void visit_begin(struct visitor *visitor)
{
    visitor->inside = true;
    visitor->spins = 0;
    visitor->pause = 0;
    memset(visitor->counts, 0, sizeof(visitor->counts));
}

static void visit_end(struct visitor *visitor, unsigned processor)
{
    uint64_t work = 0;

    visitor->inside = false;
    for (unsigned phase = 0; phase < phases_count; phase++)
        work += visitor->counts[phase];
    flockfile(out);
    fprintf(out,
            "{\"cpu\":%u,\"visit\":%" PRIu64 ",\"work\":%" PRIu64 ",\"spin\":%" PRIu64
            ",\"phases\":{",
            processor, visitor->visits++, work, visitor->spins);
    for (unsigned phase = 0; phase < phases_count; phase++)
        fprintf(out, "%s\"%s\":%" PRIu64, phase ? "," : "", phases[phase],
                visitor->counts[phase]);
    fputs("}}\n", out);
    funlockfile(out);
}

/* A PAUSE says that a condition was false. The first iteration of a wait is work. */
static void pause_count(struct visitor *visitor, uint64_t address, unsigned phase)
{
    if (visitor->pause == address) {
        visitor->spins += visitor->gap;
        visitor->counts[phase] -= visitor->gap;
    }
    visitor->pause = address;
    visitor->gap = 0;
}

static void instruction_count(unsigned int processor, void *data)
{
    struct visitor *visitor = &visitors[processor % PROCESSORS_MAX];
    uint64_t facts = (uintptr_t)data;
    unsigned phase = facts >> FACT_PHASE_SHIFT & (PHASES_MAX - 1);

    if (!visitor->inside)
        visit_begin(visitor);
    visitor->counts[phase]++;
    visitor->gap++;
    if (!(facts & FACT_WAIT) || visitor->gap > GAP_MAX)
        visitor->pause = 0;
    else if (facts & FACT_PAUSE)
        pause_count(visitor, facts >> FACT_ADDRESS_SHIFT, phase);
    if (facts & FACT_RSM)
        visit_end(visitor, processor);
}

static void outside_count(unsigned int processor, void *data)
{
    (void)data;
    visitors[processor % PROCESSORS_MAX].inside = false;
}

/* ---- what QEMU calls ---- */

static uint64_t instruction_facts(const struct qemu_plugin_insn *instruction)
{
    uint64_t address = qemu_plugin_insn_vaddr(instruction);
    const uint8_t *bytes = qemu_plugin_insn_data(instruction);
    const struct range *range = range_find(address);
    uint64_t facts = address << FACT_ADDRESS_SHIFT;

    if (range)
        facts |= (uint64_t)range->phase << FACT_PHASE_SHIFT;
    if (ranges_count == 0 || (range && range->wait))
        facts |= FACT_WAIT;
    if (qemu_plugin_insn_size(instruction) == 2) {
        if (bytes[0] == 0xf3 && bytes[1] == 0x90)
            facts |= FACT_PAUSE;
        if (bytes[0] == 0x0f && bytes[1] == 0xaa)
            facts |= FACT_RSM;
    }
    return facts;
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(block, 0);
    uint64_t address = qemu_plugin_insn_vaddr(first);

    (void)id;
    if (address < smram_begin || address >= smram_end) {
        qemu_plugin_register_vcpu_tb_exec_cb(block, outside_count, QEMU_PLUGIN_CB_NO_REGS,
                                             NULL);
        return;
    }
    for (size_t index = 0; index < qemu_plugin_tb_n_insns(block); index++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, index);

        qemu_plugin_register_vcpu_insn_exec_cb(
            instruction, instruction_count, QEMU_PLUGIN_CB_NO_REGS,
            (void *)(uintptr_t)instruction_facts(instruction));
    }
}

static void output_close(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    fclose(out);
}

static int option_take(const char *option)
{
    if (sscanf(option, "smram=%" SCNx64 "-%" SCNx64, &smram_begin, &smram_end) == 2)
        return 0;
    if (strncmp(option, "map=", 4) == 0)
        return map_read(option + 4);
    if (strncmp(option, "out=", 4) == 0) {
        out = fopen(option + 4, "w");
        return out ? 0 : complain("cannot write", option + 4);
    }
    return complain("no such option", option);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    if (!info->system_emulation || strcmp(info->target_name, "x86_64") != 0)
        return complain("not a qemu-system-x86_64", info->target_name);
    for (int index = 0; index < argc; index++)
        if (option_take(argv[index]) != 0)
            return -1;
    if (!out || smram_end <= smram_begin)
        return complain("missing", "out=FILE and smram=BEGIN-END");
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    qemu_plugin_register_atexit_cb(id, output_close, NULL);
    return 0;
}
