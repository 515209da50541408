/* SPDX-License-Identifier: BSD-2-Clause */
/* The media of marks. See synchbyte.h. */
#include <sim/synchbyte.h>

#include <string.h>

#include <core/presence.h>
#include <sim/machine_state.h>

#define BLANK UINT64_MAX /* cells as they are after an erasure */

const char *const synchbyte_names[SYNCHBYTE_MEDIA + 1] = {"memory", "register", "flash", NULL};

static enum synchbyte_medium medium(void)
{
    return machine.scenario->synchbyte;
}

static uint64_t *mark_of(unsigned processor)
{
    return &machine.processors[processor].mark.value;
}

/* ---- Flash ---- */

static unsigned used(const struct synchbyte_flash *flash, unsigned sector)
{
    unsigned count = 0;

    while (count < SYNCHBYTE_ENTRIES && flash->cells[sector][count] != BLANK)
        count++;
    return count;
}

static bool is_full(const struct synchbyte_flash *flash, unsigned sector)
{
    return used(flash, sector) == SYNCHBYTE_ENTRIES;
}

/* The sector with the newest mark: a full one is old as soon as there is anything in the other. They
 * are never both full. */
static unsigned newest(const struct synchbyte_flash *flash)
{
    if (used(flash, 1) == 0)
        return 0;
    return used(flash, 0) == 0 || is_full(flash, 0);
}

static uint64_t shown(const struct synchbyte_flash *flash)
{
    unsigned sector = newest(flash);
    unsigned count = used(flash, sector);

    return count == 0 ? MARK_INACTIVE : flash->cells[sector][count - 1];
}

static void erase(struct synchbyte_flash *flash, unsigned sector)
{
    memset(flash->cells[sector], 0xff, sizeof(flash->cells[sector]));
}

static void program(struct synchbyte_flash *flash, uint64_t mark)
{
    unsigned sector = newest(flash);

    if (is_full(flash, sector))
        sector = !sector;
    /* A store that fills a sector waits until the other one is blank. */
    if (used(flash, sector) == SYNCHBYTE_ENTRIES - 1)
        erase(flash, !sector);
    flash->cells[sector][used(flash, sector)] &= mark;
}

bool synchbyte_is_worn(unsigned processor)
{
    const struct synchbyte_flash *flash = &machine.flashes[processor];

    return medium() == SYNCHBYTE_FLASH && is_full(flash, !newest(flash));
}

void synchbyte_erase(unsigned processor)
{
    struct synchbyte_flash *flash = &machine.flashes[processor];

    erase(flash, !newest(flash));
    *mark_of(processor) = shown(flash);
}

void synchbyte_written(unsigned processor)
{
    if (medium() != SYNCHBYTE_FLASH)
        return;
    program(&machine.flashes[processor], *mark_of(processor));
    *mark_of(processor) = shown(&machine.flashes[processor]);
}

/* ---- Outside SMM ---- */

void synchbyte_reset(unsigned processor)
{
    if (medium() == SYNCHBYTE_FLASH)
        memset(&machine.flashes[processor], 0xff, sizeof(machine.flashes[processor]));
    *mark_of(processor) = medium() == SYNCHBYTE_MEMORY ? MARK_ACTIVE : MARK_INACTIVE;
}

void synchbyte_update(unsigned processor, bool active)
{
    uint64_t old = *mark_of(processor);

    if (medium() == SYNCHBYTE_MEMORY)
        return;
    *mark_of(processor) = active ? MARK_ACTIVE : MARK_INACTIVE;
    engine.written = true;
    if (old != *mark_of(processor))
        machine_word_changed(processor, mark_of(processor), old);
}
