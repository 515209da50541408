/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that the user may give the ROM: -fw_cfg name=opt/muster/NAME,string=N */
#ifndef FIRMWARE_OPTION_H
#define FIRMWARE_OPTION_H

#include <stdint.h>

/* The decimal number in the file `name`, from 1 to `maximum`; `otherwise` if there is no such file.
 * Anything else in it ends in firmware_stop(). */
uint32_t option_number(const char *name, uint32_t otherwise, uint32_t maximum);

#endif
