/* SPDX-License-Identifier: BSD-2-Clause */
/* On the host, in tests and the simulator, machines may be large. */
#ifndef ARCH_LARGE_H
#define ARCH_LARGE_H

#define ARCH_LARGE 1

#endif
