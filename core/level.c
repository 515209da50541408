/* SPDX-License-Identifier: BSD-2-Clause */
/* Serving level causes, and switching off those that would never end. See level.h. */
#include <core/dispatch.h>
#include <core/level.h>
#include <core/round.h>
#include <muster/port.h>

/* One cause: who puts its latch down runs its handlers. To look and to put down are two steps, between
 * which this monarch may be deposed: the next one sees the latch too, and it is that one's then. False
 * if so. */
static bool cause_serve(struct muster_processor *self, struct core_visit *visit, uint32_t cause)
{
    uint64_t argument;

    if (!round_stands(self, visit))
        return false;
    argument = port_level_accept(cause);
    if (!round_stands(self, visit))
        return false;
    if (argument != 0)
        dispatch_level(self, visit, cause, argument);
    return true;
}

/* The causes that this processor has served too often without an end: `raised` are raised again now.
 * Counted is what was so in every one of the rounds. */
static uint32_t repeats_count(struct muster_processor *self, uint32_t raised)
{
    uint32_t still = self->repeated & raised;

    if (still == 0)
        self->repeats = 0;
    self->repeated = still != 0 ? still : raised;
    if (raised == 0 || ++self->repeats < LEVEL_REPEATS_MAX)
        return 0;
    self->repeats = 0;
    return self->repeated;
}

/* Switches off what will not end by itself, and lets the platform raise the next SMI. */
static void causes_end(struct muster_processor *self, struct core_visit *visit, uint32_t causes)
{
    uint32_t served = self->runtime->served;
    uint32_t raised = port_cause_look().causes & causes & served;
    uint32_t off;

    if (!round_stands(self, visit))
        return;
    if (raised != 0)
        visit->record.flags |= MUSTER_RECORD_AGAIN;
    off = (causes & ~served & ~MUSTER_CAUSE_OTHER) | repeats_count(self, raised);
    if (off != 0)
        visit->record.flags |= MUSTER_RECORD_SWITCHED_OFF;
    port_level_end(off);
}

void level_serve(struct muster_processor *self, struct core_visit *visit, uint32_t causes)
{
    /* Every step is for the round's monarch only: the next one finds what this one leaves. */
    for (uint32_t left = causes; left != 0; left &= left - 1)
        if (!cause_serve(self, visit, left & -left))
            return;
    causes_end(self, visit, causes);
}

RARE void level_refuse(struct muster_processor *self, struct core_visit *visit, uint32_t causes)
{
    for (uint32_t left = causes; left != 0; left &= left - 1) {
        if (!round_stands(self, visit))
            return;
        port_level_accept(left & -left);
    }
    causes_end(self, visit, causes);
}
