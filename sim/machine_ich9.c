/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hub with the SMI registers of the ICH9, by its data sheet. Every access to one is an operation
 * that the scheduler places.
 *
 * Simulated are one source of each kind: the command byte and two timers, which SMI_STS latches; the
 * power button, with status and enable of its own; a USB controller, whose line SMI_STS shows.
 */
#include <arch/port_io.h>
#include <platform/ich9/ich9.h>
#include <sim/machine_state.h>

#define LATCHES (ICH9_APM | MUSTER_CAUSE_SWSMI_TMR | MUSTER_CAUSE_PERIODIC)
#define ON      (ICH9_GBL_SMI_EN | ICH9_APM | MUSTER_CAUSE_SWSMI_TMR | MUSTER_CAUSE_LEGACY_USB2)

/* ---- An access to a register ---- */

static uint32_t access_in(uint16_t port)
{
    return (uint32_t)engine_operation((struct op){.kind = OP_CALL, .code = CALL_IN, .a = port});
}

static void access_out(uint16_t port, uint32_t value)
{
    engine_operation((struct op){.kind = OP_CALL, .code = CALL_OUT, .a = port, .b = value});
}

uint8_t port_in8(uint16_t port)
{
    return (uint8_t)access_in(port);
}

uint16_t port_in16(uint16_t port)
{
    return (uint16_t)access_in(port);
}

uint32_t port_in32(uint16_t port)
{
    return access_in(port);
}

void port_out8(uint16_t port, uint8_t value)
{
    access_out(port, value);
}

void port_out16(uint16_t port, uint16_t value)
{
    access_out(port, value);
}

void port_out32(uint16_t port, uint32_t value)
{
    access_out(port, value);
}

/* ---- The registers ---- */

static uint32_t status_now(void)
{
    const struct hub *hub = machine.hub;

    return hub->smi_latched | (hub->pm1_status & hub->pm1_enable ? MUSTER_CAUSE_PM1 : 0) |
           (hub->usb ? MUSTER_CAUSE_LEGACY_USB2 : 0);
}

static bool is_raised(void)
{
    return (status_now() & (machine.hub->smi_en | MUSTER_CAUSE_PM1)) != 0;
}

static void smi_arbitrate(void)
{
    struct hub *hub = machine.hub;

    if (!(hub->smi_en & ICH9_EOS) || !is_raised())
        return;
    hub->smi_en &= ~ICH9_EOS;
    hub_latch_smi_everywhere();
}

void ich9_reset(void)
{
    machine.hub->smi_en = ON | ICH9_EOS;
    machine.hub->pm1_enable = ICH9_PM1_STS_PWRBTN;
}

void ich9_raise(uint32_t bits)
{
    machine.hub->smi_latched |= bits;
    smi_arbitrate();
}

uint32_t ich9_in(uint16_t port)
{
    switch (port) {
    case ICH9_SMI_EN:
        return machine.hub->smi_en;
    case ICH9_SMI_STS:
        return status_now();
    case ICH9_APM_CNT:
        return machine.hub->command;
    case ICH9_PM1_STS:
        return machine.hub->pm1_status;
    case ICH9_PM1_EN:
        return machine.hub->pm1_enable;
    default: /* PM1_CNT: SCI_EN is clear */
        return 0;
    }
}

static void status_cleared(uint32_t bits)
{
    struct hub *hub = machine.hub;

    hub->smi_latched &= ~(bits & LATCHES);
    if (!(bits & ICH9_APM))
        return;
    hub->taken = hub->fresh ? hub->command : 0;
    hub->fresh = false;
}

void ich9_out(unsigned processor, uint16_t port, uint32_t value)
{
    struct hub *hub = machine.hub;

    if (port == ICH9_SMI_EN)
        hub->smi_en = value;
    else if (port == ICH9_SMI_STS)
        status_cleared(value);
    else if (port == ICH9_PM1_STS)
        hub->pm1_status &= (uint16_t)~value;
    else if (port == ICH9_PM1_EN)
        hub->pm1_enable = (uint16_t)value;
    else if (port == ICH9_APM_STS)
        hub_status_written(processor, (uint8_t)value);
    smi_arbitrate();
}

/* ---- Events ---- */

static void timer_runs_out(uint32_t bit)
{
    check_level_event(bit, (machine.hub->smi_latched & bit) != 0);
    ich9_raise(bit);
}

/* Each of them is told of once, however often it happens until then. */
void ich9_event(enum machine_event event)
{
    struct hub *hub = machine.hub;

    switch (event) {
    case EVENT_TIMER:
        timer_runs_out(MUSTER_CAUSE_SWSMI_TMR);
        break;
    case EVENT_BUTTON:
        check_level_event(MUSTER_CAUSE_PM1, hub->pm1_status != 0);
        hub->pm1_status = ICH9_PM1_STS_PWRBTN;
        break;
    case EVENT_USB:
        check_level_event(MUSTER_CAUSE_LEGACY_USB2, hub->usb);
        hub->usb = true;
        break;
    case EVENT_STRAY:
        hub->smi_en |= MUSTER_CAUSE_PERIODIC;
        hub->smi_latched |= MUSTER_CAUSE_PERIODIC;
        break;
    default: /* EVENT_GLITCH */
        if (!(hub->smi_en & ICH9_EOS))
            break;
        hub->smi_en &= ~ICH9_EOS;
        hub_latch_smi_everywhere();
        break;
    }
    smi_arbitrate();
}

void ich9_check_end(void)
{
    const struct hub *hub = machine.hub;

    if (!(hub->smi_en & ICH9_EOS))
        engine_fail("cause-left", "nobody ends the hub's SMI: there is never another");
    else if (is_raised())
        engine_fail("cause-left", "a source is raised that nobody serves: %#x", status_now());
    else if (!(hub->pm1_enable & ICH9_PM1_STS_PWRBTN))
        engine_fail("storm", "the power button is switched off, which does not storm");
    else if (hub->smi_en & MUSTER_CAUSE_PERIODIC && !hub->lost_monarch)
        engine_fail("storm", "the periodic timer is still on, which nobody serves");
}
