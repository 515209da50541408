/* SPDX-License-Identifier: BSD-2-Clause */
/* The port to the ICH9, its text unchanged, beside the simulator's own (machine_port.c), which
 * chooses: so its functions get other names here. */
#define port_install          ich9_install
#define port_command_port     ich9_command_port
#define port_cause_look       ich9_cause_look
#define port_cause_take       ich9_cause_take
#define port_level_accept     ich9_level_accept
#define port_level_end        ich9_level_end
#define port_status_write     ich9_status_write
#define port_smi_is_broadcast ich9_smi_is_broadcast
#define port_smi_send         ich9_smi_send
#define port_smi_send_others  ich9_smi_send_others
#include <platform/ich9/port.c>
