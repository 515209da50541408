/* SPDX-License-Identifier: BSD-2-Clause */
/* A function of the usual path of an SMI: on the host, in tests and the simulator, one like others. */
#ifndef ARCH_USUAL_PATH_H
#define ARCH_USUAL_PATH_H

#define USUAL_PATH static

/* What is usual has code of its own. */
#define USUAL_PATH_APART true

#endif
