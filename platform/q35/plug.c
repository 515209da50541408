/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processors that come and go on q35, by QEMU's registers for them.
 *
 * With both SMI features negotiated, QEMU's ACPI code raises an SMI before it tells the OS of new
 * processors, and instead of ejecting one that the OS has given back. So what happens to processors
 * happens in a round that holds everybody: a new one is admitted (muster/plug.h) before the OS knows
 * of it. One that is to go is ejected where nobody waits for it: it is held, the round has been
 * gathered, and the next one cannot begin before this one is over and has struck it off. Outside of a
 * round there is no such moment, since another processor could begin one.
 *
 * The registers are ACPI's too. When its SMI comes, the processor chosen is the one it is about, and
 * the command is "next" if processors have come; so they can be left as they were found.
 */
#include <arch/port_io.h>
#include <muster/handler.h>
#include <muster/plug.h>
#include <muster/port.h>

#include <core/section.h>

#include "plug.h"
#include "q35.h"

/* Bit i of word i / 64: of the processor with this number nothing is left to do. One that did not
 * take its first SMI is among them, so that not every SMI tries again. */
static uint64_t settled[Q35_PLUG_MAX / 64];

CONSTANT_AFTER_LOCK bool plug_offered;

static bool is_settled(uint32_t number)
{
    return settled[number / 64] >> (number % 64) & 1;
}

/* The id of a processor, which is the chosen one from here on. 0 behind the last one: the first one
 * has that too, and is never asked about. */
static uint32_t id_of(uint32_t number)
{
    port_out32(Q35_PLUG_SELECTOR, number);
    port_out8(Q35_PLUG_COMMAND, Q35_PLUG_ID);
    return port_in32(Q35_PLUG_DATA);
}

void plug_install(void)
{
    settled[0] = 1;
    for (uint32_t number = 1; number < Q35_PLUG_MAX && id_of(number) != 0; number++)
        if (port_in8(Q35_PLUG_FLAGS) & Q35_PLUG_IS_HERE)
            settled[number / 64] |= UINT64_C(1) << (number % 64);
    port_out32(Q35_PLUG_SELECTOR, 0);
    port_out8(Q35_PLUG_COMMAND, Q35_PLUG_NEXT);
    plug_offered = true;
}

/* With another command than "next" DATA is an id, or 0: of a processor that has been dealt with. */
bool plug_has_come(void)
{
    uint32_t number = port_in32(Q35_PLUG_DATA);

    return number < Q35_PLUG_MAX && !is_settled(number);
}

/* The processor chosen by ACPI's code, found by its id. */
static uint32_t chosen_find(void)
{
    uint32_t number = 1;
    uint32_t chosen;
    uint32_t id;

    port_out8(Q35_PLUG_COMMAND, Q35_PLUG_ID);
    chosen = port_in32(Q35_PLUG_DATA);
    if (chosen == 0)
        return 0;
    while (number < Q35_PLUG_MAX && (id = id_of(number)) != 0 && id != chosen)
        number++;
    return number;
}

/* Collects those that are here and have not been admitted. True if there are any. */
static bool newcomers_find(const struct muster_facts *facts, uint64_t set[MUSTER_SET_WORDS])
{
    bool any = false;
    uint32_t id;

    for (unsigned word = 0; word < MUSTER_SET_WORDS; word++)
        set[word] = 0;
    for (uint32_t number = 1; number < Q35_PLUG_MAX && (id = id_of(number)) != 0; number++) {
        uint32_t index = muster_plug_find(facts, id);

        if (!(port_in8(Q35_PLUG_FLAGS) & Q35_PLUG_IS_HERE) || is_settled(number))
            continue;
        settled[number / 64] |= UINT64_C(1) << (number % 64);
        if (index == MUSTER_PLUG_NOBODY || muster_plug_is_here(facts, index))
            continue;
        set[index / 64] |= UINT64_C(1) << (index % 64);
        any = true;
    }
    return any;
}

/* Ejects the chosen processor. The one that this runs on cannot eject itself: then everybody is sent
 * another SMI, and another processor leads the round that it causes. */
static void processor_eject(const struct muster_call *call, uint32_t number, uint32_t index)
{
    if (index == call->issuer) {
        port_smi_send_others();
        return;
    }
    if (muster_plug_is_here(call->facts, index) && !muster_plug_is_held(call, index))
        return; /* declared lost: it may yet come to this round */
    port_out8(Q35_PLUG_FLAGS, Q35_PLUG_EJECT);
    if (port_in8(Q35_PLUG_FLAGS) & Q35_PLUG_IS_HERE)
        return;
    settled[number / 64] &= ~(UINT64_C(1) << (number % 64));
    muster_plug_gone(call->facts, index);
}

static void leavers_eject(const struct muster_call *call)
{
    uint32_t id;

    for (uint32_t number = 1; number < Q35_PLUG_MAX && (id = id_of(number)) != 0; number++) {
        uint32_t index = muster_plug_find(call->facts, id);

        if (port_in8(Q35_PLUG_FLAGS) & Q35_PLUG_IS_TO_GO && index != MUSTER_PLUG_NOBODY)
            processor_eject(call, number, index);
    }
}

static uint32_t plug_handle(struct muster_call *call)
{
    uint32_t status = MUSTER_STATUS_SUCCESS;
    uint64_t set[MUSTER_SET_WORDS];
    uint32_t chosen = chosen_find();

    leavers_eject(call);
    if (newcomers_find(call->facts, set) && !muster_plug_admit(call->facts, set))
        status = MUSTER_STATUS_BROKEN;
    port_out8(Q35_PLUG_COMMAND, Q35_PLUG_NEXT); /* chooses another one, perhaps */
    port_out32(Q35_PLUG_SELECTOR, chosen);
    return status;
}

static void plug_abandon(struct muster_call *call)
{
    (void)call;
    muster_plug_abandon();
}

MUSTER_HANDLER(plug_handler, .name = "plug", .function = plug_handle,
               .causes = MUSTER_CAUSE_PLUG, .abandon = plug_abandon);
