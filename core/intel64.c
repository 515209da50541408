/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests in registers, in Intel's layout. See intel64.h. */
#include <core/intel64.h>
#include <core/save_state.h>
#include <muster/port.h>
#include <muster/window.h>

static bool privilege_is_0(const struct muster_processor *self)
{
    return (save_state_read32(self, INTEL64_CS) & 3) == 0 &&
           (save_state_read64(self, INTEL64_RFLAGS) & RFLAGS_VM) == 0;
}

/* An SMI of somebody else's, taken just there by chance, looks the same: the OUT has been executed
 * then too. */
static bool smi_follows_out(const struct muster_processor *self)
{
    uint32_t port = port_command_port();
    uint32_t state = save_state_read32(self, INTEL64_IO_STATE);

    if (port == MUSTER_PORT_NONE)
        return true;
    return (state & (IO_STATE_VALID | IO_STATE_TYPE)) == IO_STATE_VALID &&
           state >> IO_STATE_PORT_SHIFT == port;
}

bool intel64_holds_request(const struct muster_processor *self)
{
    return save_state_read64(self, INTEL64_RBX) == self->runtime->request_token &&
           privilege_is_0(self) && smi_follows_out(self);
}

void intel64_answer(struct muster_processor *self, const struct muster_call *call,
                    uint64_t status)
{
    save_state_write64(self, INTEL64_RCX, status);
    save_state_write64(self, INTEL64_RSI, call->result[0]);
    save_state_write64(self, INTEL64_RDI, call->result[1]);
    save_state_write64(self, INTEL64_RBX, MUSTER_TOKEN_ANSWERED(self->runtime->request_token));
}
