/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exerciser: what the ROM runs when it is given no kernel. It fires SMIs in every way the
 * machine has, from every processor, and checks in the SMI log and in each processor's
 * SMI_COUNT (MSR 34h) that each request was answered exactly once and every processor was held
 * for it.
 *
 * Lines that begin with "exerciser:" are for programs: words of the form name=value. The last
 * one is the verdict; then the machine is switched off.
 */
#include <stdbool.h>
#include <stddef.h>

#include <muster/layout.h>
#include <muster/muster.h>
#include <muster/window.h>

#include "chipset.h"
#include "exerciser.h"
#include "firmware.h"
#include "hostile.h"
#include "log.h"
#include "memory.h"
#include "option.h"
#include "platform.h"
#include "processors.h"
#include "timer.h"
#include "trampoline.h"
#include <arch/port_io.h>

#define PROCESSORS_MAX TRAMPOLINE_PROCESSORS_MAX

#define APIC_ID           0x20u
#define APIC_VERSION      0x30u
#define APIC_COMMAND_LOW  0x300u
#define APIC_COMMAND_HIGH 0x310u
#define COMMAND_SMI       0x4200u /* to the APIC id in the high half; SMI, assert */

#define MSR_SMI_COUNT 0x34u

/* Limits: of one shot; without a shot by anybody, until who does not come is named, and until one
 * that waits for an order gives up. */
#define ANSWER_LIMIT_SECONDS 10u
#define STILL_LIMIT_SECONDS  60u
#define IDLE_LIMIT_SECONDS   300u

#define COUNT_DEFAULT        25u
#define COUNT_MAX            100000u
#define SETTLE_LIMIT_SECONDS 5u
#define POLLS_TIMED          25000u
#define POLLS_TRIES          4u
#define INITS_MAX            200u
#define NO_ANSWER            UINT32_MAX

#define MSR_APIC_BASE      0x1bu
#define APIC_BASE_FLAGS    0xfffu
#define APIC_BASE_EXTENDED (1u << 10)
#define CPUID_X2APIC       (1u << 21)  /* leaf 1, ECX */
#define APIC_MOVED         0xfec10000u /* nothing is there */
#define PAGE_SIZE          4096u

/* Whose turn it is, when it is not one processor's. */
#define EVERYBODY PROCESSORS_MAX
#define NOBODY    (PROCESSORS_MAX + 1)

enum way { WAY_PORT, WAY_APIC, WAY_BYTE, WAY_TCO };

/* The layout exerciser_issue knows. */
struct exerciser_request {
    uint64_t token;
    uint64_t command;
    uint64_t argument; /* and, on return, the status */
    uint64_t result[2];
    uint64_t write_address;
    uint64_t write_value;
    uint64_t polls;
};

struct phase {
    const char *name;
    enum way way;
    bool together;   /* all processors at once; else each in turn */
    bool first_only; /* from the boot processor only */
};

/* What one processor did in a phase, and how far it is. Written by itself. */
struct tally {
    _Alignas(64) uint64_t fired; /* atomic: read by all, who wait as long as somebody fires */
    uint64_t answered;
    uint64_t smi_count; /* MSR 34h */
    uint32_t obeyed;    /* atomic, stored last: the latest order it has carried out */
};

void exerciser_issue(struct exerciser_request *request);
static const struct muster_window *window;
static uint32_t here; /* processors that run: 0 .. here - 1. Others may be plugged in, later */
static uint32_t count;
static uint32_t command;
static bool counts_smis; /* this machine has MSR 34h */
static uint64_t ticks_per_second;
static uint64_t answer_polls; /* as many as fill ANSWER_LIMIT_SECONDS */

/* The orders, numbered from 1. Phase and turn are written by the boot processor before `order`,
 * which is atomic, and read by the others after it. */
static const struct phase *phase;
static uint32_t turn; /* whose turn it is */
static uint32_t order;
static struct tally tallies[PROCESSORS_MAX];

static const struct phase phases[] = {
    {"port-in-turn", WAY_PORT, false, false}, {"apic-in-turn", WAY_APIC, false, false},
    {"byte-in-turn", WAY_BYTE, false, false}, {"tco-message", WAY_TCO, false, true},
    {"port-together", WAY_PORT, true, false}, {"apic-together", WAY_APIC, true, false},
};

static uint64_t msr_read(uint32_t number)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static void msr_write(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static volatile uint32_t *apic_register(uint32_t offset)
{
    return address_pointer(CHIPSET_APIC + offset);
}

/* This processor's index in the window, by its APIC id. */
static uint32_t index_find(void)
{
    const uint32_t *ids = address_pointer(pointer_address(window) + window->processors_offset);
    uint32_t id = *apic_register(APIC_ID) >> 24;

    for (uint32_t index = 0; index < here; index++) {
        if (ids[index] == id) {
            return index;
        }
    }
    return PROCESSORS_MAX;
}

static const volatile struct muster_counters *counters_of(uint32_t index)
{
    const struct muster_counters *counters =
        address_pointer(pointer_address(window) + window->counters_offset);

    return &counters[index];
}

/* SMIs this processor has taken: MSR 34h, or where the machine does not count, the log. */
static uint64_t smi_count_read(void)
{
    return counts_smis ? msr_read(MSR_SMI_COUNT) : muster_visits(counters_of(index_find()));
}

static void shot_count(struct tally *tally)
{
    /* Relaxed: a number to see change. */
    __atomic_store_n(&tally->fired, tally->fired + 1, __ATOMIC_RELAXED);
}

/* A request in registers, by OUT or by an SMI that the local APIC sends to this processor. Its status,
 * or NO_ANSWER. */
static uint32_t request_issue(enum way way, uint32_t what)
{
    struct exerciser_request request = {
        .token = window->request_token,
        .command = what,
        .polls = answer_polls,
    };

    if (way == WAY_APIC) {
        /* By its id: Bochs takes the shorthand "self" for a fixed interrupt. */
        *apic_register(APIC_COMMAND_HIGH) = *apic_register(APIC_ID);
        request.write_address = CHIPSET_APIC + APIC_COMMAND_LOW;
        request.write_value = COMMAND_SMI;
    }
    exerciser_issue(&request);
    return request.token == MUSTER_TOKEN_ANSWERED(window->request_token)
               ? (uint32_t)request.argument
               : NO_ANSWER;
}

static void request_fire(enum way way, struct tally *tally)
{
    uint32_t status = request_issue(way, command);

    shot_count(tally);
    tally->answered += status == MUSTER_STATUS_SUCCESS;
}

/* Waits until this processor has been in SMM once more. */
static void visit_wait(uint64_t visits)
{
    uint64_t begin = timer_now();

    while (smi_count_read() == visits &&
           timer_now() - begin < ticks_per_second * ANSWER_LIMIT_SECONDS) {
        __builtin_ia32_pause();
    }
}

/* A command byte without a request: answered in APM_STS. */
static void byte_fire(struct tally *tally)
{
    uint64_t visits = smi_count_read();

    port_out8(PLATFORM_APM_STS, 0xff);
    port_out8(PLATFORM_APM_CNT, (uint8_t)command);
    visit_wait(visits);
    shot_count(tally);
    tally->answered += port_in8(PLATFORM_APM_STS) == MUSTER_STATUS_SUCCESS;
}

/* A tco-message reaches the first processor only; the others come by directed SMIs. */
static void tco_fire(struct tally *tally)
{
    uint64_t visits = smi_count_read();

    port_out8(platform.tco_data, 0x5a);
    visit_wait(visits);
    shot_count(tally);
    tally->answered += smi_count_read() != visits;
}

static void phase_run(uint32_t index)
{
    struct tally *tally = &tallies[index];
    enum way way = phase->way;

    for (uint32_t shot = 0; shot < count; shot++) {
        if (way == WAY_BYTE) {
            byte_fire(tally);
        } else if (way == WAY_TCO) {
            tco_fire(tally);
        } else {
            request_fire(way, tally);
        }
    }
}

/* Takes part in order `number` if it is this processor's turn. */
static void order_obey(uint32_t index, uint32_t number)
{
    if (turn == index || turn == EVERYBODY) {
        phase_run(index);
    }
    tallies[index].smi_count = smi_count_read();
    /* Pairs with order_await_all: the tally is complete. */
    __atomic_store_n(&tallies[index].obeyed, number, __ATOMIC_RELEASE);
}

/* A wait that goes on as long as somebody fires. It ends: the shots of an order are counted. */
struct patience {
    uint64_t since;
    uint64_t shots;
};

static uint64_t shots_fired(void)
{
    uint64_t sum = 0;

    for (uint32_t index = 0; index < here; index++) {
        sum += __atomic_load_n(&tallies[index].fired, __ATOMIC_RELAXED); /* see shot_count */
    }
    return sum;
}

static struct patience patience_begin(void)
{
    return (struct patience){timer_now(), shots_fired()};
}

static bool patience_over(struct patience *patience, uint32_t seconds)
{
    if (timer_now() - patience->since <= ticks_per_second * seconds) {
        return false;
    }
    if (patience->shots == shots_fired()) {
        return true;
    }
    *patience = patience_begin();
    return false;
}

/* Waits for the order after `seen`. Without one for long, the boot processor has stopped: the
 * processor is parked. */
static uint32_t order_wait(uint32_t seen)
{
    struct patience patience = patience_begin();
    uint32_t now;

    /* Acquire: pairs with order_give; phase and turn are written before. */
    while ((now = __atomic_load_n(&order, __ATOMIC_ACQUIRE)) == seen) {
        while (patience_over(&patience, IDLE_LIMIT_SECONDS)) {
            __asm__ volatile("hlt");
        }
        __builtin_ia32_pause();
    }
    return now;
}

static _Noreturn void orders_obey(uint32_t index)
{
    uint32_t seen = 0;

    for (;;) {
        seen = order_wait(seen);
        order_obey(index, seen);
    }
}

/* Waits until everybody has carried out the present order. */
static void order_await_all(void)
{
    struct patience patience = patience_begin();

    for (uint32_t index = 0; index < here; index++) {
        /* Acquire: pairs with order_obey. */
        while (__atomic_load_n(&tallies[index].obeyed, __ATOMIC_ACQUIRE) != order) {
            if (patience_over(&patience, STILL_LIMIT_SECONDS)) {
                firmware_stop("phase %s: processor %u (APIC id %x) does not come back, after "
                              "%lu of %u shots",
                              phase->name, index, trampoline_data.apic_id[index],
                              __atomic_load_n(&tallies[index].fired, __ATOMIC_RELAXED), count);
            }
            __builtin_ia32_pause();
        }
    }
}

/* One order, to one processor or to all, and the wait until it is carried out. */
static void order_give(uint32_t whose)
{
    turn = whose;
    __atomic_store_n(&order, order + 1, __ATOMIC_RELEASE); /* pairs with order_wait */
    order_obey(0, order);
    order_await_all();
}

static uint64_t counter_sum(size_t offset)
{
    uint64_t sum = 0;

    for (uint32_t index = 0; index < here; index++) {
        sum +=
            *(const volatile uint64_t *)((const volatile uint8_t *)counters_of(index) + offset);
    }
    return sum;
}

#define COUNTER_SUM(member) counter_sum(offsetof(struct muster_counters, member))

/* The SMIs of a phase may still be on their way when its requests are answered: a processor
 * that has one pending takes it at its next instruction, so the sum comes to rest. */
static void visits_settle(void)
{
    uint64_t quiet = ticks_per_second / 100;
    uint64_t begin = timer_now();
    uint64_t since = begin;
    uint64_t last = COUNTER_SUM(records);

    while (timer_now() - since < quiet &&
           timer_now() - begin < ticks_per_second * SETTLE_LIMIT_SECONDS) {
        uint64_t now = COUNTER_SUM(records);

        if (now != last) {
            last = now;
            since = timer_now();
        }
        __builtin_ia32_pause();
    }
}

/* SMIs that reached processor `index` by directed SMIs of others: the log's counters. */
static uint64_t directed_to(uint32_t index)
{
    return COUNTER_SUM(directed_others) - counters_of(index)->directed_others;
}

struct snapshot {
    uint64_t visits[PROCESSORS_MAX];
    uint64_t directed[PROCESSORS_MAX];
    uint64_t smi_count[PROCESSORS_MAX];
    uint64_t answered, already, bytes, rounds, broken, records;
};

static struct snapshot before;
static struct snapshot after;

static void snapshot_take(struct snapshot *snapshot)
{
    for (uint32_t index = 0; index < here; index++) {
        snapshot->visits[index] = muster_visits(counters_of(index));
        snapshot->directed[index] = directed_to(index);
        snapshot->smi_count[index] = tallies[index].smi_count;
    }
    snapshot->answered = COUNTER_SUM(rounds) + COUNTER_SUM(extra);
    snapshot->already = COUNTER_SUM(already_answered);
    snapshot->bytes = COUNTER_SUM(bytes);
    snapshot->rounds = COUNTER_SUM(rounds);
    snapshot->broken = COUNTER_SUM(broken);
    snapshot->records = COUNTER_SUM(records);
}

/* SMIs sent to one processor in this phase, as far as they do not merge. */
static uint64_t smis_sent(uint32_t index, uint64_t fired)
{
    bool broadcast = (window->features & MUSTER_FEATURE_BROADCAST) != 0;
    bool by_port = phase->way == WAY_PORT || phase->way == WAY_BYTE;
    uint64_t own = phase->way == WAY_TCO && index != 0 ? 0 : tallies[index].fired;

    if (by_port && platform.smi_to_first) {
        own = index == 0 ? fired : 0;
    }
    return (by_port && broadcast ? fired : own) + after.directed[index] -
           before.directed[index];
}

/* One processor's line. True if its counts are as they must be. */
static bool processor_report(uint32_t index, uint64_t fired)
{
    const struct tally *tally = &tallies[index];
    uint64_t visits = after.visits[index] - before.visits[index];
    uint64_t taken = after.smi_count[index] - before.smi_count[index];
    uint64_t sent = smis_sent(index, fired);
    bool ok = tally->answered == tally->fired && taken == visits && visits <= sent &&
              (phase->together || visits == sent);

    log_line("exerciser: processor=%u fired=%lu answered=%lu smi_count=%lu visits=%lu "
             "sent=%lu merged=%lu %s",
             index, tally->fired, tally->answered, taken, visits, sent,
             sent >= visits ? sent - visits : 0, ok ? "ok" : "FAILED");
    return ok;
}

/* The phase's totals: every request answered once, every SMI accounted for. */
static bool totals_report(uint64_t fired, uint64_t ticks)
{
    uint64_t answered = phase->way == WAY_TCO
                            ? after.rounds - before.rounds
                            : after.answered - before.answered + after.bytes - before.bytes;
    uint64_t rounds = after.rounds - before.rounds;
    uint64_t already = after.already - before.already;
    bool requests_ok = answered == fired;
    bool rounds_ok = rounds + already <= fired && (phase->together || rounds == fired);
    bool ok = requests_ok && rounds_ok && after.broken == before.broken;

    log_line("exerciser: phase=%s requests=%lu answered=%lu rounds=%lu already=%lu merged=%lu "
             "broken=%lu ticks_per_smi=%lu %s",
             phase->name, fired, answered, rounds, already, fired - rounds - already,
             after.broken - before.broken, ticks / (fired == 0 ? 1 : fired),
             ok ? "ok" : "FAILED");
    return ok;
}

static bool phase_exercise(const struct phase *next)
{
    uint64_t begin;
    uint64_t ticks;
    uint64_t fired = 0;
    bool ok = true;

    phase = next;
    for (uint32_t index = 0; index < here; index++) {
        tallies[index].fired = 0;
        tallies[index].answered = 0;
    }
    tallies[0].smi_count = smi_count_read();
    snapshot_take(&before);
    begin = timer_now();
    if (next->together) {
        order_give(EVERYBODY);
    } else {
        uint32_t last = next->first_only ? 1 : here;

        for (uint32_t index = 0; index < last; index++) {
            order_give(index);
        }
    }
    ticks = timer_now() - begin;
    visits_settle();
    order_give(NOBODY); /* all report their SMI_COUNT */
    snapshot_take(&after);
    for (uint32_t index = 0; index < here; index++) {
        fired += tallies[index].fired;
    }
    for (uint32_t index = 0; index < here; index++) {
        ok = processor_report(index, fired) && ok;
    }
    return totals_report(fired, ticks) && ok;
}

/* INITs at processors that fire and are held, each brought back by a SIPI. What the boot processor asks for
 * meanwhile is answered, if not always with success; afterwards all is as before. */
static bool inits_survive(const struct firmware_machine *machine, uint32_t inits)
{
    uint32_t answered = 0;

    phase = &phases[0];
    turn = EVERYBODY;
    __atomic_store_n(&order, order + 1, __ATOMIC_RELEASE); /* pairs with order_wait */
    for (uint32_t sent = 0; sent < inits; sent++) {
        uint32_t index = 1 + sent % (here - 1);

        exerciser_stop(index);
        answered += request_issue(WAY_PORT, command) != NO_ANSWER;
        exerciser_start_again(machine, index);
    }
    order_give(NOBODY);
    visits_settle();
    order_give(NOBODY);
    log_line("exerciser: inits=%u requests=%u answered=%u %s", inits, inits, answered,
             answered == inits ? "ok" : "FAILED");
    return phase_exercise(&phases[0]) && answered == inits;
}

static uint64_t visits_sum(void)
{
    return COUNTER_SUM(records) - COUNTER_SUM(further);
}

/* A request while this processor's local APIC is elsewhere: everybody is held for it all the same. (QEMU's
 * APIC stays where it is, whatever its base says; Bochs' moves.) */
static bool moved_apic_check(void)
{
    uint64_t base = msr_read(MSR_APIC_BASE);
    uint64_t visits = visits_sum();
    uint32_t status;
    bool ok;

    msr_write(MSR_APIC_BASE, APIC_MOVED | (base & APIC_BASE_FLAGS));
    status = request_issue(WAY_PORT, MUSTER_COMMAND_NOOP);
    msr_write(MSR_APIC_BASE, base);
    order_give(NOBODY); /* who carries it out has left SMM, and counted its visit */
    visits = visits_sum() - visits;
    ok = status == MUSTER_STATUS_SUCCESS && visits >= here;
    log_line("exerciser: apic_moved status=%x visits=%lu %s", status, visits,
             ok ? "ok" : "FAILED");
    return ok;
}

static uint64_t page_of(uint64_t address)
{
    return address & ~(uint64_t)0xfff;
}

/* Whether the boot processor's own way into SMM begins in this page, which nothing can defend but the
 * processor. Its state is saved where its APIC is: what RSM loads then is an earlier one. */
static bool page_is_entry(const struct muster_layout *layout, uint64_t page)
{
    return page == page_of(layout->request.smram_base) ||
           page == page_of(muster_layout_region(layout, MUSTER_REGION_ENTRY, 0).base) ||
           page == page_of(muster_layout_region(layout, MUSTER_REGION_SAVE_STATE, 0).base);
}

/* The local APIC over one page of SMRAM. A request is answered, and if the APIC has moved there at all, it
 * is back at its place. */
static bool apic_over(uint64_t page, bool *moves)
{
    uint64_t base = msr_read(MSR_APIC_BASE);
    uint32_t version = *apic_register(APIC_VERSION);
    uint32_t status;
    bool ok;

    msr_write(MSR_APIC_BASE, page | (base & APIC_BASE_FLAGS));
    *moves = *apic_register(APIC_VERSION) != version;
    status = request_issue(WAY_PORT, MUSTER_COMMAND_NOOP);
    ok = status == MUSTER_STATUS_SUCCESS && (!*moves || msr_read(MSR_APIC_BASE) == base);
    msr_write(MSR_APIC_BASE, base);
    return ok;
}

/* The same for all pages, if it moves. */
static bool covering_apic_check(const struct firmware_machine *machine)
{
    uint64_t page = page_of(machine->smram_base) + PAGE_SIZE;
    uint32_t tried = 0;
    uint32_t right = 0;
    bool moves = true;

    for (; moves && page < machine->layout->end; page += PAGE_SIZE) {
        if (!page_is_entry(machine->layout, page)) {
            tried++;
            right += apic_over(page, &moves);
        }
    }
    log_line("exerciser: apic_over_smram moves=%u pages=%u right=%u %s", moves, tried, right,
             tried == right ? "ok" : "FAILED");
    return tried == right;
}

/* A request while this processor's local APIC is in x2APIC mode, where it has one (Bochs; QEMU's emulator has
 * none): everybody is held for it. There is no way back but to switch it off. */
static bool extended_apic_check(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;
    uint64_t visits = visits_sum();
    uint32_t status;
    bool ok;

    __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (!(ecx & CPUID_X2APIC)) {
        return true;
    }
    msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | APIC_BASE_EXTENDED);
    status = request_issue(WAY_PORT, MUSTER_COMMAND_NOOP);
    order_give(NOBODY); /* as in moved_apic_check */
    visits = visits_sum() - visits;
    ok = status == MUSTER_STATUS_SUCCESS && visits >= here;
    log_line("exerciser: apic_x2 status=%x visits=%lu %s", status, visits,
             ok ? "ok" : "FAILED");
    return ok;
}

/* How often exerciser_issue polls in the time an answer may take. It cannot look at a clock itself:
 * RDTSC wants the registers that hold the request. The quickest of a few tries, since a busy host only
 * makes one slower. */
static uint64_t polls_measure(void)
{
    uint64_t least = UINT64_MAX;

    for (uint32_t tries = 0; tries < POLLS_TRIES; tries++) {
        uint32_t nothing = 0;
        struct exerciser_request none = {.write_address = pointer_address(&nothing),
                                         .polls = POLLS_TIMED};
        uint64_t begin = timer_now();
        uint64_t taken;

        exerciser_issue(&none);
        taken = timer_now() - begin + 1;
        least = taken < least ? taken : least;
    }
    return ticks_per_second * ANSWER_LIMIT_SECONDS / least * POLLS_TIMED;
}

_Noreturn void exerciser_run(struct firmware_machine *machine)
{
    uint32_t inits;
    bool ok = true;

    window = address_pointer(machine->window_base);
    here = machine->processors;
    inits = option_number("opt/muster/inits", 0, INITS_MAX);
    count = option_number("opt/muster/count", COUNT_DEFAULT, COUNT_MAX);
    command = option_number("opt/muster/command", MUSTER_COMMAND_NOOP, 0xff);
    ticks_per_second = machine->ticks_per_second;
    phase = &phases[0];
    counts_smis = msr_read(MSR_SMI_COUNT) != 0; /* there has been an SMI by now */
    hostile_prepare();
    exerciser_restart(machine, orders_obey);
    order_give(NOBODY);
    answer_polls = polls_measure();
    log_line("exerciser: start processors=%u count=%u command=%x broadcast=%u", here, count,
             command, (window->features & MUSTER_FEATURE_BROADCAST) != 0);
    for (uint32_t index = 0; index < sizeof(phases) / sizeof(phases[0]); index++) {
        if (phases[index].way == WAY_TCO && platform.tco_data == 0) {
            continue;
        }
        ok = phase_exercise(&phases[index]) && ok;
    }
    if (inits != 0 && here > 1) {
        ok = inits_survive(machine, inits) && ok;
    }
    ok = moved_apic_check() && ok;
    ok = covering_apic_check(machine) && ok;
    ok = extended_apic_check() && ok;
    ok = hostile_check(command) && ok;
    log_line("exerciser: verdict=%s", ok ? "ok" : "FAILED");
    port_out16(CHIPSET_PM_BASE + CHIPSET_PM1_CNT, PLATFORM_POWER_OFF);
    for (;;) {
        __asm__ volatile("hlt");
    }
}
