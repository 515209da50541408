/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Save states as the simulated processors write and read them: AMD64's as QEMU has it, without a word of
 * I/O, and Intel 64's with the I/O state and the two restart fields.
 *
 * Where a field is, is the decoder's to say (tools/muster/save_state.c), not the core's: one that the
 * core looks for in the wrong place is not there.
 *
 * In Intel's, an SMI is synchronous if the last thing that its processor executed was an I/O
 * instruction. One that idles is in HLT, and RSM has to put it back there.
 */
#include <sim/machine_state.h>

#include <string.h>

#include <platform/ich9/ich9.h>
#include <tools/muster/save_state.h>

#define RIP_OF(processor)    (UINT64_C(0xfff0000) + (processor))
#define SMBASE_OF(processor) (0x1000u * ((processor) + 1))

#define REVISION_AMD64   0x00020064u
#define REVISION_INTEL64 0x00030101u

#define CS_KERNEL 0x10u
#define CS_USER   0x33u
#define CS_V8086  0xf000u
#define RFLAGS    0x202u
#define FLAG_VM   0x20000u

/* Not valid, and the rest of some SMI before, by ill luck. */
#define IO_STATE_STALE (ICH9_APM_CNT << 16 | 0x82u)

#define SS_KERNEL 0x93u
#define SS_USER   0xf3u

enum field {
    FIELD_REVISION,
    FIELD_SMBASE,
    FIELD_RAX,
    FIELD_RIP,
    FIELD_RBX,
    FIELD_RCX,
    FIELD_RSI,
    FIELD_RDI,
    FIELD_SS_ATTRIBUTES, /* AMD64's only */
    FIELD_CS,            /* Intel's only, from here on */
    FIELD_RFLAGS,
    FIELD_IO_STATE,
    FIELD_HALT,
    FIELD_RESTART,
    FIELDS,
};

static const char *const field_names[FIELDS] = {
    [FIELD_REVISION] = "revision",
    [FIELD_SMBASE] = "SMBASE",
    [FIELD_RAX] = "RAX",
    [FIELD_RIP] = "RIP",
    [FIELD_RBX] = "RBX",
    [FIELD_RCX] = "RCX",
    [FIELD_RSI] = "RSI",
    [FIELD_RDI] = "RDI",
    [FIELD_SS_ATTRIBUTES] = "SS attributes",
    [FIELD_CS] = "CS",
    [FIELD_RFLAGS] = "RFLAGS",
    [FIELD_IO_STATE] = "I/O state",
    [FIELD_HALT] = "auto HALT restart",
    [FIELD_RESTART] = "I/O instruction restart",
};

/* Of the layout in use: constant in a search. */
static const struct save_state_field *fields[FIELDS];

static bool is_intel64(void)
{
    return machine.scenario->save_state == SAVES_INTEL64;
}

static const struct save_state_field *field_find(const struct save_state_map *map,
                                                 const char *name)
{
    for (size_t i = 0; i < map->fields_count; i++)
        if (strcmp(map->fields[i].name, name) == 0)
            return &map->fields[i];
    return NULL;
}

void save_states_set_up(void)
{
    const struct save_state_map *map =
        &save_state_maps[is_intel64() ? SAVE_STATE_INTEL64 : SAVE_STATE_AMD64];

    machine.save_state_begin = map->begin;
    for (unsigned i = 0; i < FIELDS; i++)
        fields[i] = field_find(map, field_names[i]);
}

static void put(uint8_t *space, enum field field, uint64_t value)
{
    memcpy(space + fields[field]->offset, &value, fields[field]->size);
}

static uint64_t get(const uint8_t *space, enum field field)
{
    uint64_t value = 0;

    memcpy(&value, space + fields[field]->offset, fields[field]->size);
    return value;
}

static void put_amd64(uint8_t *space)
{
    put(space, FIELD_REVISION, REVISION_AMD64);
    put(space, FIELD_SS_ATTRIBUTES, machine.scenario->user ? SS_USER : SS_KERNEL);
}

/* Where the OS makes its requests in user mode, every second processor is in virtual-8086 mode. */
static void put_intel64(uint8_t *space, unsigned processor)
{
    const struct cpu *cpu = &machine.cpus[processor];
    bool user = machine.scenario->user;
    bool v8086 = user && processor % 2 != 0;
    bool idle = cpu->request_stage == REQUEST_NONE && cpu->slot_stage == REQUEST_NONE &&
                cpu->io_state == 0;

    put(space, FIELD_REVISION, REVISION_INTEL64);
    put(space, FIELD_CS, v8086 ? CS_V8086 : user ? CS_USER : CS_KERNEL);
    put(space, FIELD_RFLAGS, RFLAGS | (v8086 ? FLAG_VM : 0));
    put(space, FIELD_IO_STATE, cpu->io_state != 0 ? cpu->io_state : IO_STATE_STALE);
    put(space, FIELD_HALT, idle);
    put(space, FIELD_RESTART, 0);
}

static void put_all(uint8_t *space, unsigned processor, uint32_t smbase)
{
    const struct cpu *cpu = &machine.cpus[processor];

    if (is_intel64())
        put_intel64(space, processor);
    else
        put_amd64(space);
    put(space, FIELD_SMBASE, smbase);
    put(space, FIELD_RIP, RIP_OF(processor));
    put(space, FIELD_RAX, cpu->rax);
    put(space, FIELD_RBX, cpu->rbx);
    put(space, FIELD_RCX, cpu->rcx);
    put(space, FIELD_RSI, cpu->rsi);
    put(space, FIELD_RDI, cpu->rdi);
}

void save_state_clear(unsigned processor)
{
    memset(save_state_of(processor) + machine.save_state_begin, 0, save_state_size());
}

/* The registers, which are in either order: the core never writes to the rest, which is checked at RSM. */
void save_state_identify(unsigned processor)
{
    unsigned rax = fields[FIELD_RAX]->offset, rdi = fields[FIELD_RDI]->offset;
    unsigned first = rax < rdi ? rax : rdi, last = rax < rdi ? rdi : rax;

    engine_identify(processor, save_state_of(processor) + first,
                    last + sizeof(uint64_t) - first);
}

void save_state_write(unsigned processor)
{
    put_all(save_state_of(processor), processor, SMBASE_OF(processor));
}

void save_state_read_back(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];
    const uint8_t *space = save_state_of(processor);

    cpu->rax = get(space, FIELD_RAX);
    cpu->rbx = get(space, FIELD_RBX);
    cpu->rcx = get(space, FIELD_RCX);
    cpu->rsi = get(space, FIELD_RSI);
    cpu->rdi = get(space, FIELD_RDI);
    save_state_clear(processor);
}

/* What RSM finds, but for an answer, is what SMM entry has stored: nothing of it changes in SMM. */
void check_save_state(unsigned processor)
{
    static uint8_t expected[SAVE_STATE_END];
    const uint8_t *space = save_state_of(processor);

    memset(expected + machine.save_state_begin, 0, save_state_size());
    put_all(expected, processor, SMBASE_OF(processor));
    for (enum field field = FIELD_RBX; field <= FIELD_RDI; field++)
        put(expected, field, get(space, field));
    if (memcmp(expected + machine.save_state_begin, space + machine.save_state_begin,
               save_state_size()) != 0)
        engine_fail("save-states", "RSM on processor %u finds another save state than it left",
                    processor);
}

/* The core's own relocation, of every processor: it chooses the layout by what is written here. */
uint32_t save_states_relocate(void)
{
    struct muster_relocation relocation = {.layout = 0};

    for (unsigned i = 0; i < engine.processors; i++) {
        uint8_t *space = save_state_of(i);

        put_all(space, i, 0x30000);
        relocation.save_state = space;
        relocation.smbase = SMBASE_OF(i);
        relocation.continuation = (uint32_t)RIP_OF(i);
        muster_relocate(&relocation);
        if (relocation.error != 0)
            engine_fail("set-up", "processor %u is not relocated", i);
        check_save_state(i);
        save_state_clear(i);
    }
    return relocation.layout;
}
