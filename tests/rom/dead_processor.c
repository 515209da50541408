/* SPDX-License-Identifier: BSD-2-Clause */
/* A processor that has started but takes no SMI: its APIC id is replaced by one that nobody has.
 * Linked around processors_relocate() in build/test/muster-dead.rom. */
#include "processors.h"
#include "trampoline.h"

#define DEAD_INDEX 2
#define NOBODYS_ID 0xf0u

void __real_processors_relocate(const struct firmware_machine *machine,
                                struct muster_relocation *relocation, uint32_t count,
                                const uint64_t *smbase);
void __wrap_processors_relocate(const struct firmware_machine *machine,
                                struct muster_relocation *relocation, uint32_t count,
                                const uint64_t *smbase);

void __wrap_processors_relocate(const struct firmware_machine *machine,
                                struct muster_relocation *relocation, uint32_t count,
                                const uint64_t *smbase)
{
    trampoline_data.apic_id[DEAD_INDEX] = NOBODYS_ID;
    __real_processors_relocate(machine, relocation, count, smbase);
}
