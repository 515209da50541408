/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of the SMM environment: an identity map (but for the local APIC) of exactly what
 * the runtime needs below 4 GiB, in 4 KiB pages, built once before the lock. What is not mapped
 * cannot be touched, not even by a handler gone wrong.
 */
#ifndef ARCH_X86_PAGING_H
#define ARCH_X86_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE 4096u

#define PAGE_PRESENT    (UINT64_C(1) << 0)
#define PAGE_WRITABLE   (UINT64_C(1) << 1)
#define PAGE_UNCACHED   (UINT64_C(3) << 3) /* PWT and PCD: device registers */
#define PAGE_ACCESSED   (UINT64_C(1) << 5) /* set beforehand: the tables need not be writable */
#define PAGE_DIRTY      (UINT64_C(1) << 6)
#define PAGE_NO_EXECUTE (UINT64_C(1) << 63)

/* Kinds of memory. Nothing is both writable and executable. */
#define PAGE_CODE   UINT64_C(0)
#define PAGE_CONST  PAGE_NO_EXECUTE
#define PAGE_DATA   (PAGE_WRITABLE | PAGE_NO_EXECUTE)
#define PAGE_DEVICE (PAGE_DATA | PAGE_UNCACHED)

/* Pages for tables, taken from the front. */
struct page_pool {
    uint64_t *next;
    uint64_t *end;
};

/* A new, empty root table (CR3), or NULL when the pool is empty. */
uint64_t *paging_root(struct page_pool *pool);

/* A root for paging with five levels (CR4.LA57) that maps what `root` does, now and later; or NULL
 * when the pool is empty. */
uint64_t *paging_root_five(struct page_pool *pool, const uint64_t *root);

/* Maps [start, start + size), widened to whole pages, as `kind`. False when the pool is empty
 * or the range does not lie below 4 GiB. */
bool paging_map(struct page_pool *pool, uint64_t *root, uint64_t start, uint64_t size,
                uint64_t kind);

/* Maps the one page at `address` to show what is at `physical`. */
bool paging_alias(struct page_pool *pool, uint64_t *root, uint64_t address, uint64_t physical,
                  uint64_t kind);

/* Takes one page out of the map again; the caller must not have used it since CR3 was loaded.
 */
void paging_unmap(uint64_t *root, uint64_t address);

#endif
