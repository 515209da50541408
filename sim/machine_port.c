/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The controller hub as the core sees it: the port interface of <muster/port.h>, and the simulated
 * handlers. To QEMU's hub each function is one operation that the scheduler places; to the one with
 * registers, each access to one (machine_ich9.c).
 */
#include <core/level.h>
#include <muster/handler.h>
#include <muster/lapic.h>
#include <muster/port.h>
#include <platform/ich9/ich9.h>
#include <sim/machine_state.h>

static uint64_t call(enum machine_call code, uint64_t a, uint64_t b)
{
    return engine_operation(
        (struct op){.kind = OP_CALL, .code = (uint16_t)code, .a = a, .b = b});
}

static struct muster_cause unpack_cause(uint64_t packed)
{
    return (struct muster_cause){.causes = (uint32_t)(packed >> 8), .command = (uint8_t)packed};
}

uint16_t port_command_port(void)
{
    return ICH9_APM_CNT;
}

struct muster_cause port_cause_look(void)
{
    if (machine.scenario->registers)
        return ich9_cause_look();
    return unpack_cause(call(CALL_LOOK, 0, 0));
}

struct muster_cause port_cause_take(void)
{
    if (machine.scenario->registers)
        return ich9_cause_take();
    return unpack_cause(call(CALL_TAKE, 0, 0));
}

uint64_t port_level_accept(uint32_t cause)
{
    if (machine.scenario->registers)
        return ich9_level_accept(cause);
    return call(CALL_ACCEPT, cause, 0);
}

void port_level_end(uint32_t off)
{
    if (machine.scenario->registers)
        ich9_level_end(off);
    else
        call(CALL_END, off, 0);
}

void port_status_write(uint8_t status)
{
    if (machine.scenario->registers)
        ich9_status_write(status);
    else
        call(CALL_STATUS, status, 0);
}

bool port_smi_is_broadcast(void)
{
    return machine.broadcast;
}

void port_smi_send_others(void)
{
    muster_lapic_smi_send_others();
}

void port_smi_send(uint32_t apic_id)
{
    muster_lapic_smi_send(apic_id);
}

void muster_lapic_smi_send_others(void)
{
    call(CALL_SEND_OTHERS, 0, 0);
}

void muster_lapic_smi_send(uint32_t apic_id)
{
    call(CALL_SEND, apic_id, 0);
}

/* ---- Handlers ---- */

static uint32_t handle(struct muster_call *request, uint32_t cause, enum muster_need need)
{
    call(CALL_HANDLER_BEGIN, request->argument, cause | (uint64_t)need << 32);
    request->result[0] = answer_for(request->argument, 0);
    request->result[1] = answer_for(request->argument, 1);
    call(CALL_HANDLER_END, 0, 0);
    return MUSTER_STATUS_SUCCESS;
}

static uint32_t handle_request(struct muster_call *request)
{
    return handle(request, MUSTER_CAUSE_REQUEST, MUSTER_NEED_ALL);
}

static uint32_t handle_near(struct muster_call *request)
{
    return handle(request, MUSTER_CAUSE_REQUEST, MUSTER_NEED_NODE);
}

static uint32_t handle_alone(struct muster_call *request)
{
    return handle(request, MUSTER_CAUSE_REQUEST, MUSTER_NEED_ALONE);
}

static uint32_t handle_byte(struct muster_call *request)
{
    return handle(request, MUSTER_CAUSE_BYTE, MUSTER_NEED_ALL);
}

static uint32_t handle_free_byte(struct muster_call *request)
{
    return handle(request, MUSTER_CAUSE_BYTE, MUSTER_NEED_ALONE);
}

static uint32_t handle_tco(struct muster_call *request)
{
    return handle(request, MUSTER_CAUSE_TCO, MUSTER_NEED_ALL);
}

static uint32_t handle_timer(struct muster_call *request)
{
    return handle(request, MUSTER_CAUSE_SWSMI_TMR, MUSTER_NEED_ALONE);
}

static uint32_t handle_button(struct muster_call *request)
{
    return handle(request, MUSTER_CAUSE_PM1, MUSTER_NEED_ALL);
}

static uint32_t handle_usb(struct muster_call *request)
{
    call(CALL_USB_SERVED, 0, 0);
    return handle(request, MUSTER_CAUSE_LEGACY_USB2, MUSTER_NEED_ALL);
}

MUSTER_HANDLER(request_handler, .name = "request", .function = handle_request,
               .causes = MUSTER_CAUSE_REQUEST, .command = MACHINE_COMMAND);
MUSTER_HANDLER(dual_handler, .name = "dual", .function = handle_request,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE,
               .command = MACHINE_COMMAND_DUAL);
MUSTER_HANDLER(byte_handler, .name = "byte", .function = handle_byte,
               .causes = MUSTER_CAUSE_BYTE, .command = MACHINE_COMMAND_BYTE);
MUSTER_HANDLER(near_handler, .name = "near", .function = handle_near,
               .causes = MUSTER_CAUSE_REQUEST, .command = MACHINE_COMMAND_NEAR,
               .need = MUSTER_NEED_NODE);
MUSTER_HANDLER(alone_handler, .name = "alone", .function = handle_alone,
               .causes = MUSTER_CAUSE_REQUEST,
               .command = MACHINE_COMMAND | MACHINE_COMMAND_ALONE, .need = MUSTER_NEED_ALONE);
MUSTER_HANDLER(alone_dual_handler, .name = "alone dual", .function = handle_alone,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE,
               .command = MACHINE_COMMAND_DUAL | MACHINE_COMMAND_ALONE,
               .need = MUSTER_NEED_ALONE);
MUSTER_HANDLER(free_byte_handler, .name = "free byte", .function = handle_free_byte,
               .causes = MUSTER_CAUSE_BYTE,
               .command = MACHINE_COMMAND_BYTE | MACHINE_COMMAND_ALONE,
               .need = MUSTER_NEED_ALONE);
MUSTER_HANDLER(tco_handler, .name = "tco", .function = handle_tco, .causes = MUSTER_CAUSE_TCO);
MUSTER_HANDLER(timer_handler, .name = "timer", .function = handle_timer,
               .causes = MUSTER_CAUSE_SWSMI_TMR, .need = MUSTER_NEED_ALONE);
MUSTER_HANDLER(button_handler, .name = "button", .function = handle_button,
               .causes = MUSTER_CAUSE_PM1);
MUSTER_HANDLER(usb_handler, .name = "usb", .function = handle_usb,
               .causes = MUSTER_CAUSE_LEGACY_USB2);

/* ---- The hub's side ---- */

void hub_latch_smi(unsigned processor)
{
    struct cpu *cpu = &machine.cpus[processor];

    if (cpu->place != PLACE_ABSENT)
        cpu->smi = true;
}

void hub_latch_smi_everywhere(void)
{
    for (unsigned i = 0; i < engine.processors; i++)
        hub_latch_smi(i);
}

void hub_write_command(unsigned processor, uint8_t command)
{
    struct hub *hub = machine.hub;

    if (hub->fresh) {
        machine_totals.merged++;
        if (hub->command == byte_command() && hub->byte_fires != 0)
            hub->byte_fires--;
    }
    if (command == byte_command())
        hub->byte_fires++;
    hub->fresh = true;
    hub->command = command;
    if (machine.scenario->registers) {
        ich9_raise(ICH9_APM);
        return;
    }
    if (!(machine.features.negotiated & FEATURE_BROADCAST)) {
        hub_latch_smi(processor);
        return;
    }
    hub_latch_smi_everywhere();
}

/* The OS wants a processor ejected, or one has come. */
static bool plug_is_raised(void)
{
    return machine.hub->leaver != 0 || machine.hub->comer != 0;
}

static uint64_t pack_cause(void)
{
    const struct hub *hub = machine.hub;

    return (uint64_t)((hub->fresh ? MUSTER_CAUSE_BYTE : 0) | (hub->tco ? MUSTER_CAUSE_TCO : 0) |
                      (plug_is_raised() ? MUSTER_CAUSE_PLUG : 0))
               << 8 |
           (hub->fresh ? hub->command : 0);
}

static uint64_t cause_take(void)
{
    uint64_t packed = pack_cause();

    machine.hub->taken = machine.hub->fresh ? machine.hub->command : 0;
    machine.hub->fresh = false;
    machine.hub->command = 0;
    return packed;
}

static uint64_t tco_accept(void)
{
    bool raised = machine.hub->tco;

    machine.hub->tco = false;
    return raised;
}

/* A bare byte may be refused where a processor was given up: it could be of a request which that
 * one holds; and where there is no stack for its handler. */
void hub_status_written(unsigned processor, uint8_t status)
{
    struct hub *hub = machine.hub;
    bool given_up = machine.cpus[processor].without_stack;

    hub->status = status;
    for (unsigned i = 0; i < engine.processors; i++)
        given_up = given_up || machine.cpus[i].excused >= EXCUSED_LOST;
    if (status == MUSTER_STATUS_BROKEN && given_up && hub->taken == byte_command() &&
        hub->byte_fires != 0)
        hub->byte_fires--;
}

static uint64_t handler_begin(unsigned processor, const struct op *op)
{
    check_handler_begins(processor, op->a, (uint32_t)op->b, (enum muster_need)(op->b >> 32));
    return 0;
}

static uint64_t handler_end(unsigned processor)
{
    if (machine.hub->handler == processor + 1)
        machine.hub->handler = 0;
    return 0;
}

/* Its handler has been at the controller. */
static void usb_served(void)
{
    machine.hub->usb = machine.scenario->stuck;
    if (++machine.hub->usb_handled > LEVEL_REPEATS_MAX * engine.processors)
        engine_fail("storm", "the USB controller's SMI comes again for ever");
}

uint64_t port_call(unsigned processor, const struct op *op)
{
    switch ((enum machine_call)op->code) {
    case CALL_LOOK:
        return pack_cause();
    case CALL_TAKE:
        return cause_take();
    case CALL_ACCEPT:
        return op->a == MUSTER_CAUSE_PLUG ? plug_is_raised() : tco_accept();
    case CALL_LEAVER:
        return machine.hub->leaver;
    case CALL_EJECT:
        machine_eject(processor, (unsigned)op->a);
        return 0;
    case CALL_COMER:
        return machine_comer_take();
    case CALL_ADMIT:
        machine_admit((unsigned)op->a);
        return 0;
    case CALL_STATUS:
        hub_status_written(processor, (uint8_t)op->a);
        return 0;
    case CALL_SEND:
        if (op->a < engine.processors)
            hub_latch_smi((unsigned)op->a);
        else
            engine_fail("save-states", "an SMI was sent to processor %u, which does not exist",
                        (unsigned)op->a);
        return 0;
    case CALL_SEND_OTHERS:
        for (unsigned i = 0; i < engine.processors; i++)
            if (i != processor)
                hub_latch_smi(i);
        return 0;
    case CALL_IN:
        return ich9_in((uint16_t)op->a);
    case CALL_OUT:
        ich9_out(processor, (uint16_t)op->a, (uint32_t)op->b);
        return 0;
    case CALL_USB_SERVED:
        usb_served();
        return 0;
    case CALL_HANDLER_BEGIN:
        return handler_begin(processor, op);
    case CALL_HANDLER_END:
        return handler_end(processor);
    case CALL_ORDER_BEGIN:
    case CALL_ORDER_END:
    case CALL_ORDERS_ENDED:
    case CALL_ON_ISSUER:
        machine_remote_call(processor, op);
        return 0;
    default:
        return 0;
    }
}
