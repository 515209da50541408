/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processors that the OS has ejected: the handler of platform/q35/plug.c step by step, on the text of
 * arch/x86/plug/marks.c, unchanged; and the property that it is held to:
 *
 *   ejected   a processor goes while it executes nothing, within a round of another one; nobody waits
 *             for it afterwards; the OS's wish is fulfilled, whoever leads the round, at once if nobody
 *             was given up
 */
#include <arch/x86/plug/marks.c>

#include <core/save_state.h>
#include <muster/handler.h>
#include <muster/port.h>
#include <sim/machine_state.h>
#include <string.h>

static uint64_t call(enum machine_call code, uint64_t a, uint64_t b)
{
    return engine_operation(
        (struct op){.kind = OP_CALL, .code = (uint16_t)code, .a = a, .b = b});
}

/* ---- The handler ---- */

static void processor_eject(const struct muster_call *request, uint32_t apic_id)
{
    uint32_t index = muster_plug_find(request->facts, apic_id);

    if (index == request->issuer) {
        port_smi_send_others();
        return;
    }
    if (muster_plug_is_here(request->facts, index) && !muster_plug_is_held(request, index))
        return; /* declared lost: it may yet come to this round */
    call(CALL_EJECT, index, 0);
    muster_plug_gone(request->facts, index);
}

static uint32_t plug_handle(struct muster_call *request)
{
    uint64_t leaver;

    call(CALL_HANDLER_BEGIN, request->argument,
         MUSTER_CAUSE_PLUG | (uint64_t)MUSTER_NEED_ALL << 32);
    leaver = call(CALL_LEAVER, 0, 0);
    if (leaver != 0)
        processor_eject(request, (uint32_t)leaver - 1);
    call(CALL_HANDLER_END, 0, 0);
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(plug_handler, .name = "plug", .function = plug_handle,
               .causes = MUSTER_CAUSE_PLUG);

/* ---- The machine ---- */

/* The OS gives back only what it does not use. */
bool machine_can_leave(unsigned processor)
{
    const struct cpu *cpu = &machine.cpus[processor];

    return machine.scenario->ejects && processor != 0 && machine.hub->leaver == 0 &&
           !cpu->stopped && cpu->place != PLACE_ABSENT && cpu->requests_left == 0 &&
           cpu->slots_left == 0 && cpu->bytes_left == 0 && cpu->request_stage == REQUEST_NONE &&
           cpu->slot_stage == REQUEST_NONE;
}

/* Its ACPI code raises an SMI instead of ejecting it. */
void machine_leave_ask(unsigned processor)
{
    machine.hub->leaver = (uint16_t)(processor + 1);
    hub_latch_smi_everywhere();
}

void machine_eject(unsigned by, unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    /* A monarch that was given up while its handler ran does not know that its round is over. */
    if (!machine.cpus[by].deposed &&
        (by == processor || cpu->place == PLACE_RUNS || cpu->order == ORDER_RUNS ||
         machine.hub->leader != by + 1))
        engine_fail("ejected", "processor %u is ejected while it executes something",
                    processor);
    if (engine_runs(processor))
        engine_kill(processor);
    save_state_clear(processor);
    cpu->place = PLACE_ABSENT;
    cpu->smi = cpu->init = false;
    cpu->order = ORDER_NONE;
    cpu->ejected = true;
    machine.hub->leaver = 0;
}

void check_not_ejected(unsigned processor)
{
    if (machine.cpus[processor].ejected)
        engine_fail("ejected", "processor %u is waited for, and is gone", processor);
}
