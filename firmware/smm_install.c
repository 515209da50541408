/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Installing the SMM runtime: everything about SMM that has to happen before an OS runs, in the
 * order in which it has to happen. When smm_install() returns, SMRAM is closed and locked,
 * every processor has an SMBASE of its own, and one SMI has been seen to gather them all.
 */
#include <stddef.h>

#include <muster/install.h>
#include <muster/window.h>

#include "firmware.h"
#include "fw_cfg.h"
#include "log.h"
#include "memory.h"
#include "option.h"
#include "platform.h"
#include "processors.h"
#include "random.h"
#include "timer.h"
#include <arch/port_io.h>

#define SMI_FEATURE_BROADCAST UINT64_C(1)
#define SMI_FEATURE_PLUG      UINT64_C(2) /* ACPI raises an SMI for processors that have come */
#define SMI_FEATURE_UNPLUG    UINT64_C(4) /* ... and for those that are to go */
#define SMI_FEATURES_PLUG     (SMI_FEATURE_PLUG | SMI_FEATURE_UNPLUG)

/* What the runtime keeps, told to the OS (Windows SMM Security Mitigations Table): it looks at
 * nothing outside SMRAM but the window and the save states, messages hold no pointers that it
 * follows, and no handler configures the machine for the OS. */
#define MITIGATION_FIXED_BUFFERS    (1u << 0)
#define MITIGATION_NESTED_POINTERS  (1u << 1)
#define MITIGATION_SYSTEM_RESOURCES (1u << 2)

#define DEFAULT_SMBASE 0x30000u
#define DEFAULT_ENTRY  0x8000u /* of the default SMRAM: where its entry code begins */

#define SELF_TEST_LIMIT_SECONDS 30u

/* How long a monarch waits before it sends absentees an SMI of their own, and again until they are
 * lost. Where the host of an emulator stalls for longer, the user may give another. */
#define DEADLINE_MILLISECONDS     1000u
#define DEADLINE_MILLISECONDS_MAX 600000u

extern const uint8_t runtime_blob[];
extern const uint8_t runtime_blob_end[];

/* Asks for SMI features, where there is a device to ask: broadcast SMIs first of all, those for
 * processors that come and go if it has both. Returns what it has granted: that is frozen until the
 * next reset. */
static uint64_t features_negotiate(uint64_t wanted)
{
    struct fw_cfg_file supported;
    struct fw_cfg_file requested;
    struct fw_cfg_file answer;
    uint64_t features = 0;
    uint8_t ok = 0;

    if (fw_cfg_file_find("etc/smi/supported-features", &supported) != 0 ||
        fw_cfg_file_find("etc/smi/requested-features", &requested) != 0 ||
        fw_cfg_file_find("etc/smi/features-ok", &answer) != 0) {
        return 0;
    }
    if (fw_cfg_file_read(&supported, 0, &features, sizeof(features)) != 0 ||
        !(features & SMI_FEATURE_BROADCAST)) {
        return 0;
    }
    if ((features & SMI_FEATURES_PLUG) != SMI_FEATURES_PLUG) {
        wanted = SMI_FEATURE_BROADCAST;
    }
    if (fw_cfg_file_write(&requested, 0, &wanted, sizeof(wanted)) != 0 ||
        fw_cfg_file_read(&answer, 0, &ok, sizeof(ok)) != 0 || ok != 1) {
        return 0;
    }
    return wanted;
}

/* Asks for all that can be used. Sets `absent` to the number of processors that may come later; 0
 * if the machine does not let the runtime see them come and go: then QEMU lets nobody plug one in. */
static uint64_t features_find(const struct firmware_machine *machine, uint32_t processors,
                              uint32_t *absent)
{
    uint64_t features;
    uint32_t possible = platform_absent_find(machine, processors_apic_id() + processors,
                                             PROCESSORS_ROOM - processors);

    features =
        features_negotiate(SMI_FEATURE_BROADCAST | (possible != 0 ? SMI_FEATURES_PLUG : 0));
    *absent = features & SMI_FEATURE_PLUG ? possible : 0;
    if (*absent != 0) {
        log_line("processors can be plugged in: %u are here, %u may come", processors, *absent);
    } else if (possible != 0) {
        log_line("warning: no processor can be plugged in: QEMU does not offer an SMI for it");
    }
    return features;
}

static void image_load(const struct muster_image_memory *memory)
{
    if (muster_image_load(runtime_blob, (size_t)(runtime_blob_end - runtime_blob), memory) !=
        0) {
        firmware_stop("the SMM runtime in the ROM is damaged");
    }
}

/* Plans SMRAM for the image, and lets an independent check look at the plan. */
static void smram_plan(const struct muster_image_memory *memory, uint32_t processors,
                       struct muster_layout *layout)
{
    const struct muster_image_header *header = (const void *)runtime_blob;
    int error = muster_image_plan(header, memory, processors, layout);

    if (error == MUSTER_LAYOUT_FULL) {
        firmware_stop("%u processors do not fit into %lu KiB of SMRAM; %u do", processors,
                      memory->smram_size / KIBIBYTE, muster_image_capacity(header, memory));
    }
    if (error == MUSTER_LAYOUT_OK) {
        error = muster_layout_check(layout, NULL);
    }
    if (error != MUSTER_LAYOUT_OK) {
        firmware_stop("SMRAM cannot be laid out: error %u", (unsigned int)-error);
    }
    log_line("SMRAM layout: %s, processor 0 at SMBASE %lx, %u bytes to the next, %u in a group",
             layout->request.guarded ? "guarded" : "packed", muster_layout_smbase(layout, 0),
             layout->stride, layout->group);
}

static void image_install(struct muster_image_parameters *parameters)
{
    int error = muster_image_install(parameters);

    if (error != 0) {
        firmware_stop("the SMM runtime cannot be installed: error %u", (unsigned int)-error);
    }
}

/* A processor that nobody has planned for, but the machine lets in, finds an RSM in default SMRAM. */
static void stranger_turn_back(void)
{
    static const uint8_t rsm[] = {0x0f, 0xaa};

    memory_copy(address_pointer(DEFAULT_SMBASE + DEFAULT_ENTRY), rsm, sizeof(rsm));
}

/* Closes SMRAM and locks it, then looks whether the image can still be seen. */
static bool smram_lock(const struct firmware_machine *machine)
{
    const volatile uint64_t *first = address_pointer(machine->smram_base);
    bool locked = true;

    if (!platform_smram_lock(machine)) {
        if (platform.must_lock) {
            firmware_stop("SMRAM cannot be locked");
        }
        log_line("warning: this machine does not lock SMRAM: an OS can open it");
        locked = false;
    }
    if (*first == MUSTER_IMAGE_MAGIC) {
        firmware_stop(
            "locked SMRAM can be read: a machine of this kind needs a display adapter");
    }
    return locked;
}

static const struct muster_counters *counters_of(const struct muster_window *window,
                                                 uint32_t index)
{
    const struct muster_counters *counters =
        address_pointer(pointer_address(window) + window->counters_offset);

    return &counters[index];
}

/* Processors that have been in SMM since the lock. */
static uint32_t visitors_count(const struct muster_window *window)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < window->processors; index++) {
        const volatile uint64_t *records = &counters_of(window, index)->records;

        count += *records != 0;
    }
    return count;
}

/* The first SMI on the locked machine proves that every SMBASE has moved: the log shows who
 * came. Nothing else would tell of a processor that did not. An image that keeps no log has an empty
 * window, and tells nothing. */
static void self_test(const struct firmware_machine *machine, uint32_t here)
{
    const struct muster_window *window = address_pointer(machine->window_base);
    uint32_t processors = window->magic == MUSTER_WINDOW_MAGIC ? here : 0;
    uint64_t begin = timer_now();
    uint32_t came;

    port_out8(PLATFORM_APM_CNT, MUSTER_COMMAND_NOOP);
    do {
        __builtin_ia32_pause();
        came = visitors_count(window);
    } while (came < processors &&
             timer_now() - begin < machine->ticks_per_second * SELF_TEST_LIMIT_SECONDS);
    if (came < processors) {
        firmware_stop("the first SMI gathered %u of %u processors", came, processors);
    }
    log_line("the first SMI gathered %u processors in %lu us", came,
             timer_microseconds(timer_now() - begin));
}

/* Two values stand for something else (MUSTER_INSTALL_TOKEN). */
static uint64_t request_token_choose(void)
{
    uint64_t token = random_number();

    return token == 0 || ~token == 0 ? 1 : token;
}

void smm_install(struct firmware_machine *machine)
{
    static struct muster_layout layout;
    static uint64_t smbase[MUSTER_WINDOW_PROCESSORS_MAX];
    uint32_t processors = processors_start(machine);
    uint32_t absent;
    uint64_t features = features_find(machine, processors, &absent);
    bool broadcast = (features & SMI_FEATURE_BROADCAST) != 0;
    bool locked;
    const struct muster_image_memory memory = {
        .smram_base = machine->smram_base,
        .smram_size = machine->smram_size,
        .window_base = machine->window_base,
        .window_size = machine->window_size,
        /* Behind it the default SMRAM's entry code and save state are in use until the lock. */
        .low_base = machine->low_smram_base,
        .low_size =
            machine->low_smram_size < DEFAULT_ENTRY ? machine->low_smram_size : DEFAULT_ENTRY,
    };
    struct muster_image_parameters parameters = {
        .layout = &layout,
        .memory = &memory,
        .apic_id = processors_apic_id(),
        .features = (broadcast ? MUSTER_FEATURE_BROADCAST : 0) |
                    (platform.smi_to_first ? MUSTER_FEATURE_FIRST : 0) |
                    (absent != 0 ? MUSTER_FEATURE_PLUG : 0),
        .absent = absent,
        .deadline_milliseconds = option_number("opt/muster/deadline", DEADLINE_MILLISECONDS,
                                               DEADLINE_MILLISECONDS_MAX),
        .ticks_per_second = machine->ticks_per_second,
        .request_token = request_token_choose(),
        .smbase = smbase,
    };

    image_load(&memory);
    smram_plan(&memory, processors + absent, &layout);
    image_install(&parameters);
    processors_relocate(machine, parameters.relocation, processors, smbase);
    muster_image_seal(&layout);
    if (machine->low_smram_size != 0 && absent == 0) {
        stranger_turn_back();
    }
    platform_smi_enable();
    locked = smram_lock(machine);
    log_line("SMRAM %s: %lu KiB of %lu KiB used, %s SMIs", locked ? "locked" : "closed",
             (layout.end - machine->smram_base + KIBIBYTE - 1) / KIBIBYTE,
             machine->smram_size / KIBIBYTE, broadcast ? "broadcast" : "directed");
    self_test(machine, processors);
    machine->processors = processors;
    machine->layout = &layout;
    machine->communication_command = MUSTER_COMMAND_COMMUNICATE;
    machine->mitigation_flags =
        MITIGATION_FIXED_BUFFERS | MITIGATION_NESTED_POINTERS | MITIGATION_SYSTEM_RESOURCES;
    machine->communication_pointer =
        machine->window_base + offsetof(struct muster_window, communicate_address);
}
