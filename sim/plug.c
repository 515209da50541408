/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processors that the OS has ejected, and that come back: the handler of platform/q35/plug.c step by step,
 * on the text of arch/x86/plug/marks.c, unchanged; and the properties that it is held to:
 *
 *   ejected   a processor goes while it executes nothing, within a round of another one; nobody waits
 *             for it afterwards; the OS's wish is fulfilled, whoever leads the round, at once if nobody
 *             was given up
 *   admitted  one that comes is held at its own SMBASE before the OS can start it, and every one is
 *
 * Of the gate (arch/x86/plug/gate.S) there is but what the others see: a processor that was let through
 * leaves it with an SMI waiting, which it takes at its own SMBASE before anything else.
 */
#include <arch/x86/plug/marks.c>

#include <arch/clock.h>
#include <core/presence.h>
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

static void processor_admit(const struct muster_call *request, uint32_t index)
{
    const struct muster_runtime *runtime = machine.runtime;

    if (muster_plug_is_here(request->facts, index))
        return;
    plug_expect(request->facts, index);
    call(CALL_ADMIT, index, 0);
    /* Pairs with presence_enter. */
    shared_wait_equal(&runtime->processors[index].mark, MARK_IN_SMM, MARK_IN_SMM,
                      clock_now() + runtime->deadline_lost);
}

static uint32_t plug_handle(struct muster_call *request)
{
    uint64_t leaver;
    uint64_t comer;

    call(CALL_HANDLER_BEGIN, request->argument,
         MUSTER_CAUSE_PLUG | (uint64_t)MUSTER_NEED_ALL << 32);
    leaver = call(CALL_LEAVER, 0, 0);
    if (leaver != 0)
        processor_eject(request, (uint32_t)leaver - 1);
    comer = call(CALL_COMER, 0, 0);
    if (comer != 0)
        processor_admit(request, (uint32_t)comer - 1);
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

/* One that was ejected comes back while no other is about to come or to go. */
bool machine_can_return(unsigned processor)
{
    const struct cpu *cpu = &machine.cpus[processor];

    return !cpu->comes && machine.hub->leaver == 0 && machine.hub->comer == 0;
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
    cpu->in_gate = false;
    machine.hub->leaver = 0;
}

/* The SMI that comes before the OS is told of a new processor. */
void machine_return_ask(unsigned processor)
{
    machine.cpus[processor].comes = true;
    machine.hub->comer = (uint16_t)(processor + 1);
    hub_latch_smi_everywhere();
}

/* Nobody tries a second time. */
uint64_t machine_comer_take(void)
{
    uint16_t comer = machine.hub->comer;

    machine.hub->comer = 0;
    return comer;
}

void machine_admit(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    cpu->ejected = cpu->comes = false;
    cpu->place = PLACE_WAITS_SIPI;
    cpu->plugged = true;
    cpu->in_gate = cpu->smi = true;
}

/* A monarch that was given up while it admitted somebody does not hold the OS back any more, nor does one whose
 * wait for it was over too early. */
void check_started(unsigned processor)
{
    if (machine.cpus[processor].in_gate && !machine.hub->lost_monarch &&
        machine.scenario->expiries == 0)
        engine_fail("admitted", "processor %u is started before it is at its own SMBASE",
                    processor);
}

void check_plug_end(void)
{
    const struct hub *hub = machine.hub;

    if (machine.scenario->expiries != 0)
        return;
    /* One that was given up may be ejected with the next SMI. By the manual that happens to who is back and
     * has not been started: its SMIs wait for the SIPI. */
    if (hub->leaver != 0 && machine.cpus[hub->leaver - 1].excused < EXCUSED_LOST)
        engine_fail("ejected", "processor %u is never ejected", hub->leaver - 1);
    for (unsigned i = 0; i < engine.processors; i++)
        if (machine.cpus[i].comes)
            engine_fail("admitted", "processor %u is never admitted", i);
}

void check_not_ejected(unsigned processor)
{
    if (machine.cpus[processor].ejected)
        engine_fail("ejected", "processor %u is waited for, and is gone", processor);
}
