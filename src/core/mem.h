/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mem.h: how the kernel of a dump arranges its memory: where its struct pages and its map of all physical
 * memory are.
 *
 *	struct kd_mem *m = kd_mem_new(kernel);               // kernel outlives it
 *	uint64_t page, pfn, virt;
 *	if (kd_mem_page_of_pfn(m, 0x1234, &page)) …           // &vmemmap[0x1234]
 *	if (kd_mem_direct(m, paddr, &virt)) …                 // __va(paddr)
 *	kd_mem_free(m);
 *
 * struct pages are found by struct mem_section (Documentation/mm/memory-model.rst): with
 * CONFIG_SPARSEMEM_VMEMMAP the sections' maps all count from one base, without each has its own. The map of all
 * memory begins at page_offset_base (x86_64; without that symbol at the place of
 * Documentation/arch/x86/x86_64/mm.rst) or by VA_BITS and PHYS_OFFSET of VMCOREINFO (arm64); either is believed
 * when the page tables say so for a page of the kernel's. What is not known is said by kd_mem_no_pages() and
 * kd_mem_no_direct().
 */
#ifndef KD_CORE_MEM_H
#define KD_CORE_MEM_H

#include "core/kernel.h"

/* Symbols of memory management, looked up in one pass. */
enum kd_mem_symbol {
	KD_MEM_SLAB_CACHES,
	KD_MEM_NR_NODE_IDS,
	KD_MEM_NODE_DATA,
	KD_MEM_CONTIG_PAGE_DATA,
	KD_MEM_VM_ZONE_STAT,
	KD_MEM_VM_NODE_STAT,
	KD_MEM_TOTALRAM,
	KD_MEM_VMAP_AREA_LIST,
	KD_MEM_VMAP_NODES,
	KD_MEM_NR_VMAP_NODES,
	KD_MEM_HSTATES,
	KD_MEM_HUGETLB_MAX_HSTATE,
	KD_MEM_PCPU_NR_POPULATED,
	KD_MEM_PCPU_UNIT_SIZE,
	KD_MEM_NR_PERCPU_UNITS,
	KD_MEM_NR_VMALLOC_PAGES,
	KD_MEM_NR_SWAP_PAGES,
	KD_MEM_TOTAL_SWAP_PAGES,
	KD_MEM_VM_COMMITTED_AS,
	KD_MEM_TOTALRESERVE_PAGES,
	KD_MEM_PER_CPU_OFFSET,
	KD_MEM_PER_CPU_START,
	KD_MEM_PER_CPU_END,
	KD_MEM_PAGE_OFFSET_BASE,
	KD_MEM_VMALLOC_BASE,
	KD_MEM_STACK_SLABS, /* 5.x and 6.1 … */
	KD_MEM_STACK_POOLS, /* … under its later name */
	KD_MEM_STEXT,
	KD_MEM_ETEXT,
	KD_MEM_START_RODATA,
	KD_MEM_END_RODATA,
	KD_MEM_SDATA,
	KD_MEM_EDATA,
	KD_MEM_BSS_START,
	KD_MEM_BSS_STOP,
	KD_MEM_INIT_BEGIN,
	KD_MEM_INIT_END,
	KD_MEM_TEXT,
	KD_MEM_END,
	KD_MEM_HARDIRQ_STACK,
	KD_MEM_PCPU_HOT,
	KD_MEM_CEA_EXCEPTION_STACKS,
	KD_MEM_IRQ_STACK_PTR,
	KD_MEM_KASAN_QUARANTINE, /* the function: there is generic KASAN */
	KD_MEM_KFENCE_POOL,
	KD_MEM_INIT_TOP_PGT,
	KD_MEM_EMPTY_ZERO_PAGE,
	KD_MEM_NSYMBOLS
};

struct kd_mem;

struct kd_mem *kd_mem_new(struct kd_kernel *k);
void kd_mem_free(struct kd_mem *m);
void kd_mem_freep(struct kd_mem **m);

struct kd_kernel *kd_mem_kernel(const struct kd_mem *m);
struct kd_space *kd_mem_space(const struct kd_mem *m);

/* false: the kernel has no such symbol, or several. */
bool kd_mem_symbol(const struct kd_mem *m, enum kd_mem_symbol s, uint64_t *ret);
/* The number of so many bytes there. */
bool kd_mem_value(const struct kd_mem *m, enum kd_mem_symbol s, unsigned size, uint64_t *ret);

unsigned kd_mem_page_shift(const struct kd_mem *m);
uint64_t kd_mem_page_bytes(const struct kd_mem *m);

/* sizeof(struct page). */
uint64_t kd_mem_struct_page(const struct kd_mem *m);
/* NULL: struct pages can be found; else why not. */
const char *kd_mem_no_pages(const struct kd_mem *m);
bool kd_mem_page_of_pfn(struct kd_mem *m, uint64_t pfn, uint64_t *ret);
/* Of an address in or inside a struct page: *off (may be NULL) says how far inside. */
bool kd_mem_pfn_of_page(struct kd_mem *m, uint64_t addr, uint64_t *ret, uint64_t *off);
/* Sections of memory with struct pages: [start, end) pfns of the next at or behind `from`. */
bool kd_mem_next_section(struct kd_mem *m, uint64_t from, uint64_t *start, uint64_t *end);

const char *kd_mem_no_direct(const struct kd_mem *m);
bool kd_mem_direct(const struct kd_mem *m, uint64_t paddr, uint64_t *ret);
/* The physical address by arithmetic: the page may not exist. false: addr is outside of the map. */
bool kd_mem_phys_of_direct(const struct kd_mem *m, uint64_t addr, uint64_t *ret);

/* A per-CPU pointer's or variable's address on that CPU. */
bool kd_mem_percpu(const struct kd_mem *m, uint64_t ptr, unsigned cpu, uint64_t *ret);
/* The numbers of the possible CPUs; how many. 0: where they have their variables is not known. */
size_t kd_mem_cpus(const struct kd_mem *m, const unsigned **ret);

/* Where a table of n offsets was found by whoever looked for it, when no symbol names it. */
void kd_mem_set_cpus(struct kd_mem *m, uint64_t table, size_t n);

/* The first of these members (paths end with NULL) that the type has. */
bool kd_mem_field(struct kd_kernel *k, const char *type, const char *const *paths, struct kd_field *ret);

/* Bits of a word: a bit field, or a whole member. */
struct kd_bits {
	uint64_t off; /* of the word that holds them, in bytes; the word is size bytes */
	unsigned size, shift, bits;
};
bool kd_mem_bits(struct kd_kernel *k, const char *type, const char *path, struct kd_bits *ret);
/* Out of the bytes of the struct, of which there are n. false: they do not reach so far. */
bool kd_bits_of(const struct kd_bits *b, const void *bytes, size_t n, uint64_t *ret);

#endif
