/* SPDX-License-Identifier: BSD-2-Clause */
/* The hub's program. See hub_code.h. */
#include <sim/hub_code.h>

#include <sim/machine_state.h>

enum instruction { RAISE_TCO, SEND_SMI };

static const uint8_t program[] = {RAISE_TCO, SEND_SMI};

bool hub_code_can_run(void)
{
    return machine.hub->code.runs_left != 0;
}

void hub_code_step(void)
{
    struct hub_code *code = &machine.hub->code;

    switch ((enum instruction)program[code->next]) {
    case RAISE_TCO:
        check_level_event(MUSTER_CAUSE_TCO, machine.hub->tco);
        machine.hub->tco = true;
        break;
    case SEND_SMI:
        machine.cpus[0].smi = true;
        break;
    }
    if (++code->next < sizeof(program))
        return;
    code->next = 0;
    code->runs_left--;
}
