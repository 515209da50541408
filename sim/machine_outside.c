/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator's side of <arch/outside.h>: the OS window. A data field of a slot must not be
 * read twice for one request; under an adversary every read may be answered with anything.
 */
#include <arch/outside.h>

#include <sim/machine_state.h>

#define GARBAGE UINT64_C(0xbadbadbadbad)

/* Which field of the running processor's slot this is, or -1. */
static int slot_field(const void *address)
{
    const char *slot = (const char *)&machine.slots[engine.running];
    ptrdiff_t offset = (const char *)address - slot;

    return offset >= 0 && (size_t)offset < sizeof(struct muster_slot) ? (int)offset / 4 : -1;
}

static bool is_state(int field)
{
    return field == (int)(offsetof(struct muster_slot, state) / 4);
}

static void note_read(const void *address)
{
    int field = slot_field(address);
    struct cpu *cpu = &machine.cpus[engine.running];

    if (field < 0)
        engine_fail("outside", "processor %u reads the window outside its own slot",
                    engine.running);
    else if (!is_state(field) && cpu->slot_fields & 1 << (field & 7))
        engine_fail("outside", "processor %u reads a field of its slot (offset %d) twice",
                    engine.running, 4 * field);
    else if (!is_state(field))
        cpu->slot_fields |= (uint8_t)(1 << (field & 7));
}

/* 0 for the honest answer. */
static uint64_t adversary_choice(unsigned answers)
{
    if (!machine.scenario->adversary)
        return 0;
    return engine_operation(
        (struct op){.kind = OP_CHOOSE, .code = CALL_SLOT_READ, .a = answers});
}

uint32_t outside_read32(const uint32_t *address)
{
    note_read(address);
    switch (adversary_choice(is_state(slot_field(address)) ? 3 : 2)) {
    case 1:
        return (uint32_t)GARBAGE;
    case 2:
        return MUSTER_SLOT_REQUEST;
    default:
        return *address;
    }
}

uint64_t outside_read64(const uint64_t *address)
{
    note_read(address);
    return adversary_choice(2) == 0 ? *address : GARBAGE;
}

void outside_write8(uint8_t *address, uint8_t value)
{
    *address = value;
}

void outside_write16(uint16_t *address, uint16_t value)
{
    *address = value;
}

void outside_write32(uint32_t *address, uint32_t value)
{
    if (is_state(slot_field(address)))
        machine.cpus[engine.running].slot_fields = 0;
    *address = value;
}

/* A record is whole. Nothing of it stays where it was written: that is a part of the state where its
 * contents matter (conform.c). */
static void record_take(void)
{
    struct muster_record *place = &machine.rings[engine.running];

    machine.records[engine.running] = *place;
    *place = (struct muster_record){.processor = place->processor};
    if (machine.on_record != NULL)
        machine.on_record(engine.running);
}

void outside_write64(uint64_t *address, uint64_t value)
{
    *address = value;
    if (value != 0 && address == &machine.rings[engine.running].sequence)
        record_take();
}
