/* SPDX-License-Identifier: BSD-2-Clause */
/* SMRAM as a picture: rows of a few KiB each, a colour for each kind of region. */
#ifndef TOOLS_MUSTER_LAYOUT_SVG_H
#define TOOLS_MUSTER_LAYOUT_SVG_H

#include <stddef.h>
#include <stdio.h>

#include <muster/layout.h>

/* `regions` are all of the layout's, `names` those of their kinds. */
void layout_svg(FILE *out, const struct muster_layout *layout,
                const struct muster_region *regions, size_t count, const char *const *names);

#endif
