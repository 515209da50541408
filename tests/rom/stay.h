/* SPDX-License-Identifier: BSD-2-Clause */
/* What startup.c asks of the handler in stay.c. */
#ifndef ROM_STAY_H
#define ROM_STAY_H

#define STAY_COMMAND 0x5f /* argument: the byte in APM_STS that ends it */

#endif
