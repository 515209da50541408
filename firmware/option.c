/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that the user may give the ROM. See option.h. */
#include "option.h"

#include "fw_cfg.h"
#include "log.h"

uint32_t option_number(const char *name, uint32_t otherwise, uint32_t maximum)
{
    struct fw_cfg_file file;
    char text[9]; /* so many digits are less than 2^32 */
    uint32_t value = 0;

    if (fw_cfg_file_find(name, &file) != 0) {
        return otherwise;
    }
    if (file.size == 0 || file.size > sizeof(text) ||
        fw_cfg_file_read(&file, 0, text, file.size) != 0) {
        firmware_stop("%s: a number of at most %u is expected", name, maximum);
    }
    for (uint32_t at = 0; at < file.size; at++) {
        if (text[at] < '0' || text[at] > '9') {
            firmware_stop("%s: a decimal number is expected", name);
        }
        value = value * 10 + (uint32_t)(text[at] - '0');
    }
    if (value == 0 || value > maximum) {
        firmware_stop("%s: a number from 1 to %u is expected", name, maximum);
    }
    return value;
}
