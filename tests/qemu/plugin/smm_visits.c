/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QEMU plugin that writes into QEMU's log when a processor enters and leaves System Management Mode,
 * and when it begins at the vector of a SIPI. Beside it in the same log are QEMU's trace events, such as
 * each interprocessor interrupt: so the log tells in what order they came. With one host thread for all
 * processors that order is exact.
 *
 *   -plugin build/test/smm_visits.so,smram=BEGIN-END -d plugin -D FILE
 *
 * The numbers are hexadecimal, END is the first address behind. QEMU does not tell a plugin the
 * processor's mode: a visit begins with an instruction in SMRAM, or with the one that the processor's first
 * visit began with, because an INIT may have cut the last visit short. It ends with RSM.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "qemu_plugin.h"

#define PROCESSORS_MAX 256u
#define VECTOR_STEP    0x1000u
#define VECTORS_END    0x100000u

/* One processor, touched by its own thread only. */
struct visitor {
    bool inside;
    uint64_t entry; /* the address where its visits begin */
} __attribute__((aligned(64)));

int qemu_plugin_version = QEMU_PLUGIN_API;

static struct visitor visitors[PROCESSORS_MAX];
static uint64_t smram_begin;
static uint64_t smram_end;

static void tell(const char *what, unsigned int processor)
{
    char line[64];

    snprintf(line, sizeof(line), "smm_visits: %s %u\n", what, processor);
    qemu_plugin_outs(line);
}

static void inside_executed(unsigned int processor, void *data)
{
    struct visitor *visitor = &visitors[processor % PROCESSORS_MAX];
    uint64_t address = (uintptr_t)data;

    if (visitor->inside && visitor->entry != address)
        return;
    visitor->inside = true;
    visitor->entry = address;
    tell("enters", processor);
}

static void rsm_executed(unsigned int processor, void *data)
{
    (void)data;
    visitors[processor % PROCESSORS_MAX].inside = false;
    tell("leaves", processor);
}

static void vector_executed(unsigned int processor, void *data)
{
    (void)data;
    visitors[processor % PROCESSORS_MAX].inside = false;
    tell("starts", processor);
}

static bool is_rsm(const struct qemu_plugin_insn *instruction)
{
    static const uint8_t rsm[] = {0x0f, 0xaa};

    return qemu_plugin_insn_size(instruction) == sizeof(rsm) &&
           memcmp(qemu_plugin_insn_data(instruction), rsm, sizeof(rsm)) == 0;
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);
    uint64_t address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(block, 0));
    struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(block, count - 1);

    (void)id;
    if (address >= smram_begin && address < smram_end)
        qemu_plugin_register_vcpu_tb_exec_cb(block, inside_executed, QEMU_PLUGIN_CB_NO_REGS,
                                             (void *)(uintptr_t)address);
    else if (address < VECTORS_END && address % VECTOR_STEP == 0)
        qemu_plugin_register_vcpu_tb_exec_cb(block, vector_executed, QEMU_PLUGIN_CB_NO_REGS,
                                             NULL);
    if (is_rsm(last))
        qemu_plugin_register_vcpu_insn_exec_cb(last, rsm_executed, QEMU_PLUGIN_CB_NO_REGS,
                                               NULL);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    if (!info->system_emulation || strcmp(info->target_name, "x86_64") != 0 || argc != 1 ||
        sscanf(argv[0], "smram=%" SCNx64 "-%" SCNx64, &smram_begin, &smram_end) != 2 ||
        smram_end <= smram_begin) {
        fputs("smm_visits: needs a qemu-system-x86_64 and smram=BEGIN-END\n", stderr);
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    return 0;
}
