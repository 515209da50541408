/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core on the host: a machine of some processors, of which only those are in SMM for which a test
 * calls muster_smi(). The port is the test's. To be included after cmocka.h.
 */
#ifndef TESTS_UNIT_CORE_MACHINE_H
#define TESTS_UNIT_CORE_MACHINE_H

#include <stdlib.h>

#include <core/install.h>
#include <core/runtime.h>
#include <muster/port.h>

#define WINDOW_SIZE 65536u
#define TOKEN       UINT64_C(0x1122334455667788)
#define DEADLINE    100000u /* ticks: short, because nobody comes who is not there already */

static struct {
    struct muster_runtime *runtime;
    struct muster_window *window;
    uint8_t *spaces; /* SMM spaces, 400h apart */
    uint32_t features;
} machine;

static void machine_allocate(uint32_t features)
{
    machine.runtime = aligned_alloc(64, 65536);
    machine.window = aligned_alloc(4096, WINDOW_SIZE);
    machine.spaces = calloc(1, 0x20000);
    assert_non_null(machine.runtime);
    assert_non_null(machine.window);
    assert_non_null(machine.spaces);
    machine.features = machine.features;
    port_install(features);
}

static int machine_free(void **state)
{
    (void)state;
    free(machine.runtime);
    free(machine.window);
    free(machine.spaces);
    return 0;
}

static struct muster_configuration configuration(uint32_t processors)
{
    static const uint32_t ids[MUSTER_WINDOW_PROCESSORS_MAX] = {0, 2, 4};
    static uint64_t smbase[MUSTER_WINDOW_PROCESSORS_MAX];

    for (uint32_t index = 0; index < processors && index < MUSTER_WINDOW_PROCESSORS_MAX;
         index++)
        smbase[index] = (uintptr_t)machine.spaces + index * UINT64_C(0x400);
    return (struct muster_configuration){
        .smram = machine.runtime,
        .smram_size = muster_smram_size(processors),
        .smbase = smbase,
        .window = machine.window,
        .window_size = WINDOW_SIZE,
        .window_address = 0x1000000,
        .apic_id = ids,
        .processor_count = processors,
        .features = machine.features,
        .ticks_per_second = 1000000,
        .request_token = TOKEN,
        .deadline_directed = DEADLINE,
        .deadline_lost = DEADLINE,
    };
}

static void machine_install(uint32_t processors)
{
    struct muster_configuration from = configuration(processors);

    assert_int_equal(muster_install(&from), 0);
}

static struct muster_processor *processor(uint32_t index)
{
    return muster_processor_at(machine.runtime, index);
}

#endif
