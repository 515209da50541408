/* SPDX-License-Identifier: BSD-2-Clause */
/* A handler that hashes what must not change in SMRAM: the runtime's code and constants, the IDT among
 * them. In the ROMs whose tests try to change it. */
#include <muster/handler.h>

extern const uint8_t image_begin[] __attribute__((visibility("hidden")));
extern const uint8_t image_data[] __attribute__((visibility("hidden")));

static uint32_t hash_handle(struct muster_call *call)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (const uint8_t *byte = image_begin; byte != image_data; byte++)
        hash = (hash ^ *byte) * UINT64_C(0x100000001b3);
    call->result[0] = hash;
    call->result[1] = (uint64_t)(image_data - image_begin);
    return MUSTER_STATUS_SUCCESS;
}

MUSTER_HANDLER(hash_handler, .name = "hash", .function = hash_handle,
               .causes = MUSTER_CAUSE_REQUEST | MUSTER_CAUSE_BYTE, .command = 0x40);
