/* SPDX-License-Identifier: BSD-2-Clause */
/* What the image's installation, its planning and the benches share of SMRAM's fixed places. The
 * image itself is described in muster/install.h. */
#ifndef ARCH_X86_IMAGE_H
#define ARCH_X86_IMAGE_H

#include <muster/install.h>

#define IMAGE_DEFAULT_SMBASE 0x30000u
#define IMAGE_ENTRY_OFFSET   0x8000u  /* from SMBASE, as all below */
#define IMAGE_SPACE          0x10000u /* the save state ends it */

/* Where SMM sees the local APIC: at an address that needs no page table of its own, as the
 * first 2 MiB have one anyway; nothing there but the default SMRAM is ever mapped. */
#define IMAGE_LAPIC      0xf0000u
#define IMAGE_LAPIC_BASE 0xfee00000u /* where it is */

typedef int image_install_function(struct muster_image_parameters *parameters);
typedef void image_seal_function(void);

#endif
