/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where everything goes in SMRAM. A pure function from sizes to places, the same for the ROM
 * and for `muster layout`: a machine boots with exactly the map that the command prints.
 *
 * A processor's SMM space is 64 KiB from its SMBASE, of which two small parts are its own: the
 * entry code in the middle and the save state at the end. The spaces overlap: SMBASE steps by
 * one stride, so that one processor's entry code lies beside the next one's, and so do the save
 * states. `distance` is what lies between a processor's entry code and its save state:
 *
 *   | entry 0 | entry 1 | ... | gap | save state 0 | save state 1 | ...
 *   |<---------- distance ---------->|
 *
 * So many processors as find their entry code a place within the distance form a group; the
 * next group follows behind the save states. Everything that is shared is there once, before
 * the groups, in the gap of the last one, or behind them.
 *
 * The overlapping SMM spaces are those of US 7,363,411, claims 20 to 27; where the entry code and
 * the save state lie in one is the processor's (Intel SDM volume 3, "SMRAM").
 *
 * Two styles. Packed, for SMRAM of 128 KiB: a processor's stack lies behind its entry code if
 * the stride has room for it. Guarded, for SMRAM of megabytes: a stack has pages of its own
 * above a page that is not mapped, with the context at their end, and entry code shares no page with anything that is written.
 */
#ifndef MUSTER_LAYOUT_H
#define MUSTER_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#define MUSTER_LAYOUT_PAGE           4096u /* bytes: what has an access of its own */
#define MUSTER_LAYOUT_LINE           64u   /* alignment of shared structures */
#define MUSTER_LAYOUT_STACK          16u   /* alignment of stacks */
#define MUSTER_LAYOUT_PROCESSORS_MAX 4096u /* what the planner is tested for */

/* What the planner and the check return. */
enum muster_layout_error {
    MUSTER_LAYOUT_OK = 0,         /* it fits; the check: nothing is wrong */
    MUSTER_LAYOUT_NONE = -1,      /* no processors, or more than MUSTER_LAYOUT_PROCESSORS_MAX */
    MUSTER_LAYOUT_ALIGNMENT = -2, /* SMRAM not page aligned, or alignment no power of two */
    MUSTER_LAYOUT_SIZES = -3,     /* a size is 0 or absurd; entry code and save state collide */
    MUSTER_LAYOUT_FULL = -4,    /* they do not fit; muster_layout_capacity() says how many do */
    MUSTER_LAYOUT_OUTSIDE = -5, /* the check: something is not in SMRAM */
    MUSTER_LAYOUT_OVERLAP = -6, /* the check: two things at one place */
    MUSTER_LAYOUT_PAGE_SHARED = -7, /* the check: a page with two kinds of access */
    MUSTER_LAYOUT_MISPLACED = -8, /* the check: not where the processor looks, or not aligned */
};

/* All sizes in bytes. */
struct muster_layout_request {
    uint64_t smram_base;          /* page aligned */
    uint64_t smram_size;          /* a multiple of the page */
    uint32_t processors;          /* 1 .. MUSTER_LAYOUT_PROCESSORS_MAX */
    uint32_t entry_offset;        /* from SMBASE: 8000h */
    uint32_t entry_size;          /* of one processor's entry code */
    uint32_t save_state_offset;   /* from SMBASE, behind the entry code */
    uint32_t save_state_size;     /* of one processor */
    uint32_t smbase_alignment;    /* a power of two */
    uint32_t code_size;           /* the image, at the start of SMRAM: each of its parts */
    uint32_t constants_size;      /* begins a page */
    uint32_t data_size;           /* begins a page too */
    uint32_t shared_size;         /* what all use to synchronize; a multiple of the line */
    uint32_t structure_size;      /* one processor's part of it; a multiple of the line */
    uint32_t table_pages;         /* page tables */
    uint32_t stack_size;          /* of each processor; a multiple of 16 */
    uint32_t context_size;        /* what the processor itself looks at; a multiple of 16 */
    uint32_t monarch_stacks;      /* stacks that only a monarch uses */
    uint32_t monarch_stack_pages; /* each */
    bool guarded;                 /* the style */
};

/* A finished plan. Addresses are physical; the code is at request.smram_base. To find one
 * processor's parts, ask muster_layout_region. */
struct muster_layout {
    struct muster_layout_request request; /* what was asked for */
    uint64_t constants;                   /* address */
    uint64_t data;                        /* address */
    uint64_t shared;                      /* address */
    uint64_t structures;                  /* of the processors, in order */
    uint64_t tables;                      /* address of the page tables */
    uint64_t monarch_stacks;              /* address of the first */
    uint64_t monarch_step;                /* bytes from one to the next */
    uint64_t stacks;                      /* of the first, if they do not follow entry code */
    uint64_t stack_step;                  /* to the next one's; 0: they follow entry code */
    uint64_t contexts;                    /* packed: they follow what is shared */
    uint64_t entries;                     /* entry code of processor 0 */
    uint32_t stride;                      /* from one SMBASE to the next in a group */
    uint32_t group;                       /* processors in a full group */
    uint64_t group_step; /* bytes from one group's first SMBASE to the next one's */
    uint64_t end;        /* of what is used */
};

/* What a part of SMRAM is for. */
enum muster_layout_kind {
    MUSTER_REGION_CODE,          /* read, execute */
    MUSTER_REGION_CONSTANTS,     /* read */
    MUSTER_REGION_DATA,          /* read, write */
    MUSTER_REGION_SHARED,        /* what all synchronize by */
    MUSTER_REGION_TABLES,        /* never mapped: also the guard of the first monarch stack */
    MUSTER_REGION_MONARCH_STACK, /* one for each */
    MUSTER_REGION_MONARCH_GUARD, /* one for each but the first: not mapped */
    MUSTER_REGION_STRUCTURE,     /* from here on: one for each processor */
    MUSTER_REGION_ENTRY,         /* its entry code, at SMBASE + 8000h */
    MUSTER_REGION_STACK,         /* its stack */
    MUSTER_REGION_CONTEXT,       /* its GDT, TSS and so on */
    MUSTER_REGION_SAVE_STATE,    /* where it saves its state, up to SMBASE + 10000h */
    MUSTER_REGION_STACK_GUARD,   /* not mapped */
    MUSTER_REGION_KINDS,         /* their number, no kind */
};

/* One part of SMRAM. */
struct muster_region {
    uint64_t base;                /* physical address */
    uint64_t size;                /* bytes */
    enum muster_layout_kind kind; /* what it is for */
    uint32_t index;               /* of the processor, or of the monarch stack */
};

/* Places everything. MUSTER_LAYOUT_OK, or why not. */
int muster_layout_plan(const struct muster_layout_request *request,
                       struct muster_layout *layout);

/* The largest number of processors that fit, whatever request->processors is; 0 if none. */
uint32_t muster_layout_capacity(const struct muster_layout_request *request);

/* SMBASE of a processor. It may lie below SMRAM: nothing is read there. */
uint64_t muster_layout_smbase(const struct muster_layout *layout, uint32_t processor);

/* How many regions of a kind there are. */
uint32_t muster_layout_count(const struct muster_layout *layout, enum muster_layout_kind kind);

/* One of them: index 0 .. muster_layout_count - 1. */
struct muster_region muster_layout_region(const struct muster_layout *layout,
                                          enum muster_layout_kind kind, uint32_t index);

/*
 * Looks at a finished layout without knowing how it was made: everything asked for is there, in
 * SMRAM, aligned, where the processor will look for it; no two things overlap; no page holds
 * things that are accessed in different ways. MUSTER_LAYOUT_OK, or what is wrong; with
 * where[0], and where[1] if it takes two, unless `where` is NULL.
 */
int muster_layout_check(const struct muster_layout *layout, struct muster_region where[2]);

#endif
