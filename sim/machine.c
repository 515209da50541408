/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets up a machine with a runtime in its SMRAM, as the firmware leaves it after the lock. */
#include <sim/machine.h>

#include <string.h>

#include <core/block.h>
#include <core/dispatch.h>
#include <core/presence.h>
#include <core/save_state.h>
#include <sim/arena.h>
#include <sim/chain.h>
#include <sim/machine_state.h>
#include <sim/modes.h>
#include <sim/plain.h>
#include <sim/pmi.h>

/* In ticks. Each is far above the one before it, as in any sane configuration. */
#define DEADLINE_DIRECTED 100u
#define DEADLINE_LOST     1000u
#define PATIENCE          100000u

struct machine machine;
struct machine_totals machine_totals;

static const struct model machine_model = {
    .name = "machine",
    .events = machine_events,
    .perform = machine_perform,
    .is_optional = machine_is_optional,
    .may_expire = machine_may_expire,
    .expires = machine_expires,
    .is_own = machine_is_own,
    .changed = machine_word_changed,
    .is_judged = machine_is_judged,
    .is_retry = machine_is_retry,
    .is_covered = machine_is_covered,
    .retry_helps = machine_retry_helps,
    .call = port_call,
    .returned = machine_returned,
    .ended = check_end,
    .name_word = machine_name_word,
    .name_event = machine_name_event,
    .name_call = machine_name_call,
};

static size_t arena_need(unsigned processors)
{
    return 65536 + machine_stacks_need(processors) +
           (size_t)processors *
               (sizeof(struct cpu) + sizeof(struct muster_processor) + save_state_size() +
                sizeof(struct muster_slot) + sizeof(struct muster_counters) +
                2 * sizeof(struct muster_record) + sizeof(struct synchbyte_flash) + 512);
}

uint8_t scenario_count(const uint8_t counts[MACHINE_REQUESTS_MAX], unsigned processor)
{
    return counts[processor < MACHINE_REQUESTS_MAX ? processor : MACHINE_REQUESTS_MAX - 1];
}

uint32_t machine_node(unsigned processor)
{
    return machine.scenario->node_size == 0 ? 0 : processor / machine.scenario->node_size;
}

static void set_up_processor(unsigned index)
{
    const struct scenario *scenario = machine.scenario;
    struct muster_processor *processor = &machine.processors[index];
    struct cpu *cpu = &machine.cpus[index];
    unsigned first_asleep = scenario->processors - scenario->asleep;

    processor->runtime = machine.runtime;
    processor->save_state = save_state_of(index);
    processor->slot = &machine.slots[index];
    processor->counters = &machine.counters[index];
    processor->place = &machine.rings[index];
    processor->place->processor = (uint16_t)index;
    processor->index = index;
    processor->others = scenario->processors != 1;
    processor->heads = block_has_head(machine.runtime, index);
    processor->apic_id = index;
    processor->node = machine_node(index);
    cpu->requests_left = scenario_count(scenario->requests, index);
    cpu->slots_left = scenario_count(scenario->slots, index);
    cpu->sleeps_left = (uint8_t)scenario->sleeps;
    cpu->bytes_left = scenario_count(scenario->bytes, index);
    cpu->place = PLACE_RUNS;
    if (index >= first_asleep)
        cpu->place = PLACE_WAITS_SIPI;
    else if (index >= first_asleep - scenario->absent)
        cpu->place = PLACE_ABSENT;
    /* As muster_install leaves them: only the processor itself ever says otherwise. */
    synchbyte_reset(index);
    if (cpu->place == PLACE_RUNS)
        synchbyte_update(index, true);
    processor->ignored.value = UINT64_MAX;
    /* The words that others write, and the rest but for the totals, which are written and never
     * read. */
    arena_identify(processor, offsetof(struct muster_processor, runtime));
    engine_identify(index, &processor->runtime,
                    offsetof(struct muster_processor, totals) -
                        offsetof(struct muster_processor, runtime));
    engine_identify(index, &processor->totals + 1,
                    sizeof(*processor) - offsetof(struct muster_processor, totals) -
                        sizeof(processor->totals));
    cpu->io_left = (uint8_t)scenario->other_io;
    save_state_identify(index);
}

static void set_up_runtime(const struct scenario *scenario)
{
    struct muster_runtime *runtime = machine.runtime;

    runtime->processors = machine.processors;
    runtime->processor_count = scenario->processors;
    runtime->processors_end = machine.processors + scenario->processors;
    runtime->block_size =
        scenario->block != 0 ? scenario->block : block_size_for(scenario->processors);
    runtime->facts.processor_count = scenario->processors;
    runtime->ticks_per_second = 1000000;
    runtime->request_token = MACHINE_TOKEN;
    runtime->deadline_directed = DEADLINE_DIRECTED;
    runtime->deadline_lost = DEADLINE_LOST;
    runtime->patience = PATIENCE;
    if (!dispatch_prepare(runtime))
        engine_fail("set-up", "two handlers claim one command");
    arena_identify(&runtime->round, CORE_LINE);
    arena_identify(&runtime->release, CORE_LINE);
}

void machine_setup(const void *argument)
{
    const struct scenario *scenario = argument;
    unsigned count = scenario->processors;

    if (scenario->protocol == PROTOCOL_PMI) {
        pmi_setup(scenario);
        return;
    }
    if (scenario->protocol == PROTOCOL_CHAIN) {
        chain_setup(scenario);
        return;
    }
    if (scenario->protocol != PROTOCOL_MUSTER) {
        modes_setup(scenario);
        return;
    }
    machine.scenario = scenario;
    save_states_set_up();
    engine_reset(&machine_model, count, scenario->sequential, arena_need(count));
    plain_reset();
    features_reset(&machine.features, scenario->refuse ? 0 : FEATURE_BROADCAST);
    machine.broadcast = features_negotiate(&machine.features, scenario->broadcast);
    machine.hub = arena_allocate(ARENA_STATE, sizeof(*machine.hub));
    machine.cpus = arena_allocate(ARENA_STATE, count * sizeof(*machine.cpus));
    machine.slots = arena_allocate(ARENA_STATE, count * sizeof(*machine.slots));
    machine.runtime = arena_allocate(ARENA_SHADOW, sizeof(*machine.runtime));
    machine.processors = arena_allocate(ARENA_SHADOW, count * sizeof(*machine.processors));
    if (scenario->synchbyte == SYNCHBYTE_FLASH)
        machine.flashes = arena_allocate(ARENA_STATE, count * sizeof(*machine.flashes));
    machine.save_states = arena_allocate(ARENA_SHADOW, count * save_state_size());
    machine.counters = arena_allocate(ARENA_CONSTANT, count * sizeof(*machine.counters));
    machine.rings = arena_allocate(ARENA_SHADOW, count * sizeof(*machine.rings));
    machine.records = arena_allocate(ARENA_CONSTANT, count * sizeof(*machine.records));
    engine.eager = !scenario->patient;
    engine.retry_limit = PATIENCE;
    engine.entry_word = &machine.runtime->round.value;
    set_up_runtime(scenario);
    machine_stacks_set_up();
    for (unsigned index = 0; index < count; index++)
        set_up_processor(index);
    save_state_layout_set(machine.runtime, save_states_relocate());
    machine.hub->events_left = (uint16_t)scenario->events;
    machine.hub->expiries_left =
        (uint16_t)(scenario->expiries > UINT16_MAX ? UINT16_MAX : scenario->expiries);
    machine.hub->code.runs_left = (uint8_t)scenario->hub_code;
    memcpy(machine.hub->left, scenario->limit, sizeof(scenario->limit));
    if (scenario->registers)
        ich9_reset();
}
