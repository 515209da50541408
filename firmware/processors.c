/* SPDX-License-Identifier: BSD-2-Clause */
/* Application processors: INIT, SIPI, roll call; then the chain of SMBASE relocations, in which
 * each wakes the next (trampoline.S). Everything the boot processor waits for has a limit. */
#include <stddef.h>

#include "chipset.h"
#include "log.h"
#include "memory.h"
#include "processors.h"
#include "timer.h"
#include "trampoline.h"

#define APIC_ID           0x20u
#define APIC_COMMAND_LOW  0x300u
#define APIC_COMMAND_HIGH 0x310u

/* To the APIC id in the high half, or to all others. */
#define COMMAND_SMI    0x04200u
#define COMMAND_INIT   0x04500u
#define COMMAND_SIPI   0x04600u
#define COMMAND_OTHERS 0xc0000u

/* A SIPI's vector is the number of a page below 1 MiB: no other address can be told by one (US 7,493,435,
 * claims 7 and 42). */
#define SIPI_PAGE        4096u
#define SIPI_TO(address) (COMMAND_SIPI | (address) / SIPI_PAGE)

#define DEFAULT_HANDLER 0x38000u
_Static_assert(DEFAULT_HANDLER % SIPI_PAGE == 0 && DEFAULT_HANDLER / SIPI_PAGE <= 0xff,
               "a SIPI can name it");
_Static_assert(TRAMPOLINE_ADDRESS % SIPI_PAGE == 0 && TRAMPOLINE_ADDRESS / SIPI_PAGE <= 0xff,
               "a SIPI can name it");
/* The page of reset.S, and where the SIPI's segment has the same offset. */
#define ROM_SEGMENT   0xffff0000u
#define ROM_PAGE      0xfffff000u
#define ROM_PAGE_SIZE 4096u
#define ROM_PAGE_COPY (DEFAULT_HANDLER + ROM_PAGE - ROM_SEGMENT)

#define INIT_SETTLE_MICROSECONDS 10u
#define ARRIVAL_LIMIT_SECONDS    10u  /* for all; they come within milliseconds */
#define COUNT_LIMIT_MILLISECONDS 20u  /* between two of them */
#define RELOCATION_LIMIT_SECONDS 5u   /* for each, twice: an emulator's host may be busy */
#define LATCH_MILLISECONDS       100u /* an SMI not taken by then is latched until a SIPI */
#define LOOKS_LEAST              100u
#define TIMES_PER_LINE           8u
#define NUMBER_LENGTH            10u /* digits of 32 bits */

#define MSR_MTRR_CAPABILITY 0xfeu
#define MSR_MTRR_VARIABLE   0x200u
#define MSR_MTRR_DEFAULT    0x2ffu

#define FLAT_OFFSET(member) offsetof(struct trampoline_data, member)
_Static_assert(FLAT_OFFSET(msr) == 12 && FLAT_OFFSET(apic_id) == 588, "as in trampoline.S");
_Static_assert(FLAT_OFFSET(position) == 1612 && FLAT_OFFSET(moved) == 1624,
               "as in trampoline.S");
_Static_assert(FLAT_OFFSET(sipi) == 1628 && FLAT_OFFSET(ticks) == 1632 &&
                   FLAT_OFFSET(smbases) == 2656,
               "as in trampoline.S");

struct trampoline_data trampoline_data;

static volatile uint32_t *apic_register(uint32_t offset)
{
    return address_pointer(CHIPSET_APIC + offset);
}

static void apic_command(uint32_t apic_id, uint32_t low)
{
    *apic_register(APIC_COMMAND_HIGH) = apic_id << 24;
    *apic_register(APIC_COMMAND_LOW) = low;
}

static uint64_t msr_read(uint32_t number)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static void msr_share(uint32_t number)
{
    uint64_t value = msr_read(number);

    if (trampoline_data.msr_count == TRAMPOLINE_MSRS_MAX) {
        firmware_stop("more memory type registers than start-up code has room for");
    }
    trampoline_data.msr[trampoline_data.msr_count++] =
        (struct trampoline_msr){number, (uint32_t)value, (uint32_t)(value >> 32)};
}

/* An OS complains when the memory type registers differ between processors. The default type,
 * which switches them all on, comes last. */
static void memory_types_share(void)
{
    static const uint16_t fixed[] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
                                     0x26b, 0x26c, 0x26d, 0x26e, 0x26f};
    uint32_t variable = (uint32_t)msr_read(MSR_MTRR_CAPABILITY) & 0xff;

    trampoline_data.msr_count = 0;
    for (uint32_t index = 0; index < sizeof(fixed) / sizeof(fixed[0]); index++) {
        msr_share(fixed[index]);
    }
    for (uint32_t index = 0; index < 2 * variable; index++) {
        msr_share(MSR_MTRR_VARIABLE + index);
    }
    msr_share(MSR_MTRR_DEFAULT);
}

/* Ascending by insertion, from the second on; they arrive almost in order. */
static void apic_ids_sort(uint32_t count)
{
    uint32_t *id = trampoline_data.apic_id;

    for (uint32_t next = 2; next < count; next++) {
        uint32_t moving = id[next];
        uint32_t place = next;

        for (; place > 1 && id[place - 1] > moving; place--) {
            id[place] = id[place - 1];
        }
        id[place] = moving;
    }
}

static bool registered_wait(uint32_t count, uint64_t limit_ticks)
{
    uint64_t begin = timer_now();

    while (trampoline_data.registered < count) {
        if (timer_now() - begin > limit_ticks) {
            return false;
        }
        __builtin_ia32_pause();
    }
    return true;
}

/* Nobody says how many there are: waits until none has come for so long. */
static void registered_settle(uint64_t quiet_ticks)
{
    uint32_t before;

    do {
        before = trampoline_data.registered;
    } while (registered_wait(before + 1, quiet_ticks));
}

void processor_init(uint32_t apic_id)
{
    apic_command(apic_id, COMMAND_INIT);
}

void processor_start(uint32_t apic_id)
{
    apic_command(apic_id, SIPI_TO(TRAMPOLINE_ADDRESS));
}

void processors_wake(const struct firmware_machine *machine)
{
    uint64_t begin;

    apic_command(0, COMMAND_OTHERS | COMMAND_INIT);
    begin = timer_now();
    while (timer_now() - begin <
           machine->ticks_per_second * INIT_SETTLE_MICROSECONDS / 1000000) {
    }
    apic_command(0, COMMAND_OTHERS | SIPI_TO(TRAMPOLINE_ADDRESS));
}

uint32_t processors_start(const struct firmware_machine *machine)
{
    uint64_t second = machine->ticks_per_second;
    uint64_t begin = timer_now();

    trampoline_data.apic_id[0] = *apic_register(APIC_ID) >> 24;
    trampoline_data.arrived = 1;
    trampoline_data.registered = 1;
    memory_types_share();
    memory_copy(address_pointer(TRAMPOLINE_ADDRESS), trampoline_begin,
                (size_t)(trampoline_end - trampoline_begin));
    if (machine->processors != 1) {
        processors_wake(machine);
        if (machine->processors == 0) {
            registered_settle(second * COUNT_LIMIT_MILLISECONDS / 1000);
        } else if (!registered_wait(machine->processors, second * ARRIVAL_LIMIT_SECONDS)) {
            firmware_stop("%u of %u processors have started", trampoline_data.registered,
                          machine->processors);
        }
    }
    if (trampoline_data.registered > TRAMPOLINE_PROCESSORS_MAX) {
        firmware_stop("more than %u processors", TRAMPOLINE_PROCESSORS_MAX);
    }
    apic_ids_sort(trampoline_data.registered);
    log_line("%u processors started in %lu us", trampoline_data.registered,
             timer_microseconds(timer_now() - begin));
    return trampoline_data.registered;
}

_Static_assert(PROCESSORS_ROOM == TRAMPOLINE_PROCESSORS_MAX, "room for APIC ids");

uint32_t *processors_apic_id(void)
{
    return trampoline_data.apic_id;
}

/* Waits until the processor at work has been in the SMI handler. Between two looks no more than a part of
 * the limit counts: where this one stood for longer, as on an emulator's busy host, so did the other. */
static bool moved_wait(const struct muster_relocation *relocation, uint64_t limit_ticks)
{
    const volatile uint32_t *moved = &relocation->moved;
    const uint64_t most = limit_ticks / LOOKS_LEAST;
    uint64_t last = timer_now();
    uint64_t waited = 0;

    while (*moved == 0) {
        uint64_t now = timer_now();

        waited += now - last < most ? now - last : most;
        if (waited >= limit_ticks) {
            return false;
        }
        last = now;
        __builtin_ia32_pause();
    }
    return true;
}

/* The runtime does not move a processor whose save states it could not read afterwards. */
static void refusal_check(const struct muster_relocation *relocation, uint32_t apic_id)
{
    if (relocation->error != 0) {
        firmware_stop("the processor with APIC id %x cannot be served: %s (revision %x)",
                      apic_id, muster_relocate_error(relocation),
                      muster_relocate_revision(relocation));
    }
}

/* The boot processor's own move: nobody hands on to it, and it resumes where it was. */
static bool relocate_self(struct muster_relocation *relocation, uint64_t limit_ticks)
{
    relocation->smbase = trampoline_data.smbases[0];
    relocation->moved = 0;
    relocation->continuation = 0;
    apic_command(trampoline_data.apic_id[0], COMMAND_SMI);
    return moved_wait(relocation, limit_ticks);
}

/* Waits until `position` processors are out. */
static bool position_wait(uint32_t position, uint64_t limit_ticks)
{
    uint64_t begin = timer_now();

    while (trampoline_data.position < position) {
        if (timer_now() - begin > limit_ticks) {
            return false;
        }
        __builtin_ia32_pause();
    }
    return true;
}

/*
 * Starts the chain at `position`; from there on each processor wakes the next. It waits for a SIPI:
 * its SMI is latched until then, by the manual, and the SIPI's vector is the handler's page. QEMU
 * takes the SMI at once instead, and a SIPI could then find the processor in protected mode, which
 * would shut it down. So the first processor of a chain shows which it is.
 */
static void chain_start(const struct firmware_machine *machine,
                        struct muster_relocation *relocation, uint32_t position)
{
    relocation->smbase = trampoline_data.smbases[position];
    relocation->moved = 0;
    relocation->continuation = (uint32_t)pointer_address(processor_relocated) - ROM_SEGMENT;
    trampoline_data.position = position;
    trampoline_data.sipi = 0;
    apic_command(trampoline_data.apic_id[position], COMMAND_SMI);
    if (moved_wait(relocation, machine->ticks_per_second * LATCH_MILLISECONDS / 1000)) {
        return;
    }
    trampoline_data.sipi = SIPI_TO(DEFAULT_HANDLER);
    trampoline_data.ticks[position - 1] = (uint32_t)timer_now(); /* the wait was not its own */
    apic_command(trampoline_data.apic_id[position], trampoline_data.sipi);
}

/*
 * Takes the work back from one that is late with its move, or whose predecessor is late in handing
 * on: two would be at it, and a third be given another one's SMBASE (the explorer's scenario
 * relocation-late). Where INIT waits for the RSM, so does this. True if it is out after all.
 */
static bool chain_stop(const struct firmware_machine *machine,
                       const struct muster_relocation *relocation, uint32_t position)
{
    if (position > 1) {
        apic_command(trampoline_data.apic_id[position - 1], COMMAND_INIT);
    }
    apic_command(trampoline_data.apic_id[position], COMMAND_INIT);
    moved_wait(relocation, machine->ticks_per_second * LATCH_MILLISECONDS / 1000);
    return trampoline_data.position > position;
}

/* Once more from the beginning: an SMI that meets an INIT may get lost. True if it is out now. */
static bool second_try(const struct firmware_machine *machine,
                       struct muster_relocation *relocation, uint32_t position)
{
    uint64_t limit = machine->ticks_per_second * RELOCATION_LIMIT_SECONDS;

    if (chain_stop(machine, relocation, position)) {
        return true;
    }
    chain_start(machine, relocation, position);
    return position_wait(position + 1, limit) || chain_stop(machine, relocation, position);
}

/* Moves all but the boot processor. Returns how many did not move, each of them reported. */
static uint32_t chain_run(const struct firmware_machine *machine,
                          struct muster_relocation *relocation, uint32_t count)
{
    uint64_t limit = machine->ticks_per_second * RELOCATION_LIMIT_SECONDS;
    uint32_t dead = 0;

    trampoline_data.count = count;
    trampoline_data.smbase = (uint32_t)pointer_address(&relocation->smbase);
    trampoline_data.moved = (uint32_t)pointer_address(&relocation->moved);
    memory_copy(address_pointer(ROM_PAGE_COPY), address_pointer(ROM_PAGE), ROM_PAGE_SIZE);
    if (count > 1) {
        chain_start(machine, relocation, 1);
    }
    for (uint32_t position = 1; position < count; position++) {
        if (position_wait(position + 1, limit)) {
            continue;
        }
        refusal_check(relocation, trampoline_data.apic_id[position]);
        if (second_try(machine, relocation, position)) {
            continue;
        }
        dead++;
        log_line("the processor with APIC id %x did not take its first SMI: skipped",
                 trampoline_data.apic_id[position]);
        trampoline_data.ticks[position] = (uint32_t)timer_now();
        if (position + 1 < count) {
            chain_start(machine, relocation, position + 1);
        }
    }
    return dead;
}

/* Microseconds from one processor's being out of SMM to the next one's. */
static uint32_t time_of(uint32_t index)
{
    return (uint32_t)timer_microseconds(trampoline_data.ticks[index] -
                                        trampoline_data.ticks[index - 1]);
}

/* Writes a number in decimal. Returns the place behind it. */
static char *number_write(char *place, uint32_t number)
{
    char digits[NUMBER_LENGTH];
    uint32_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0) {
        *place++ = digits[--count];
    }
    return place;
}

/* One line: from which processor on, and the time of each. */
static void times_row_log(uint32_t first, uint32_t end)
{
    char text[TIMES_PER_LINE * (1 + NUMBER_LENGTH) + 1];
    char *place = text;

    for (uint32_t index = first; index < end; index++) {
        *place++ = ' ';
        place = number_write(place, time_of(index));
    }
    *place = '\0';
    log_line("SMBASE moved, us each, from processor %u on:%s", first, text);
}

static void times_log(uint32_t count, uint64_t begin)
{
    uint32_t longest = 0;

    for (uint32_t index = 1; index < count; index++) {
        longest = time_of(index) > longest ? time_of(index) : longest;
    }
    log_line("SMBASE relocated: %u processors in %lu us, the longest %u us, handed on from "
             "each to the next",
             count, timer_microseconds(timer_now() - begin), longest);
    if (count == 1) {
        return;
    }
    log_line("SMIs to processors that wait for a SIPI: %s",
             trampoline_data.sipi == 0 ? "taken at once"
                                       : "latched until the SIPI with vector 38h");
    for (uint32_t first = 1; first < count; first += TIMES_PER_LINE) {
        times_row_log(first, first + TIMES_PER_LINE < count ? first + TIMES_PER_LINE : count);
    }
}

void processors_relocate(const struct firmware_machine *machine,
                         struct muster_relocation *relocation, uint32_t count,
                         const uint64_t *smbase)
{
    uint64_t begin = timer_now();
    uint32_t dead;

    for (uint32_t index = 0; index < count; index++) {
        trampoline_data.smbases[index] = (uint32_t)smbase[index];
    }
    if (!relocate_self(relocation, machine->ticks_per_second * RELOCATION_LIMIT_SECONDS)) {
        firmware_stop("the boot processor did not take its first SMI");
    }
    refusal_check(relocation, trampoline_data.apic_id[0]);
    trampoline_data.ticks[0] = (uint32_t)timer_now();
    dead = chain_run(machine, relocation, count);
    times_log(count, begin);
    /* Its SMBASE lies in what will be the OS's memory: an SMI could be made to run there. */
    if (dead != 0) {
        firmware_stop("%u of %u processors have not left the default SMBASE", dead, count);
    }
}
