/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.h: what the kernel of a dump says about a page of physical memory: its struct page.
 *
 *	kd_auto(kd_pageinfo_freep) struct kd_pageinfo *pi = kd_pageinfo_new(mem);    // mem outlives it
 *	struct kd_page p;
 *	if (kd_page_read(pi, page, &p, &miss))
 *		printf("pfn %#jx, %s\n", p.pfn, kd_page_use_words(p.use));
 *
 * Flags are named by enum pageflags of the kernel's BTF. What kind of page it is: by the type in page_type (values
 * in its top byte since 6.12, cleared bits before, VMCOREINFO and BTF say which), by PG_slab where that is a flag, by
 * PG_reserved, by the low bits of page->mapping (include/linux/page-flags.h), in that order. A tail page's head is
 * found by bit 0 of compound_head, or of compound_info, which since 7.0 may be a mask for its own address.
 */
#ifndef KD_CORE_PAGE_H
#define KD_CORE_PAGE_H

#include "base/buf.h"
#include "core/mem.h"

enum kd_page_use { /* KD_PAGE_USES of them */
	KD_PAGE_USE_UNKNOWN, /* nothing says what for: the kernel's own, or of a driver */
	KD_PAGE_USE_FREE, /* in the buddy allocator: the first page of a free block */
	KD_PAGE_USE_SLAB,
	KD_PAGE_USE_TABLE, /* a page table */
	KD_PAGE_USE_GUARD,
	KD_PAGE_USE_OFFLINE, /* balloon or not plugged in */
	KD_PAGE_USE_HUGETLB,
	KD_PAGE_USE_ZSMALLOC,
	KD_PAGE_USE_UNACCEPTED,
	KD_PAGE_USE_KMALLOC, /* a large kmalloc */
	KD_PAGE_USE_RESERVED, /* the kernel's image, boot memory, firmware */
	KD_PAGE_USE_ANON,
	KD_PAGE_USE_KSM,
	KD_PAGE_USE_FILE, /* of a file or of shared memory */
	KD_PAGE_USE_MOVABLE, /* of a driver that can move it */
};

enum { KD_PAGE_USES = KD_PAGE_USE_MOVABLE + 1 };

const char *kd_page_use_words(enum kd_page_use use);

struct kd_page {
	uint64_t addr, pfn; /* of this one */
	uint64_t head; /* address of its head; addr when it is none's tail */
	uint64_t flags; /* of the head or itself */
	uint64_t mapping, index, priv; /* of the head; of slabs and others these words are something else: kd_page_is_mapped() */
	int64_t refs; /* of the head */
	uint32_t type_word; /* page_type or _mapcount, as it is, of the head */
	int64_t mapped; /* how often it is mapped into processes; -1: the word is a type, it is not known */
	enum kd_page_use use;
	unsigned order; /* of a free block, or of a compound page; 0: one page, or not known */
	bool tail, compound;
};

/* Of a process's or a file's: mapping, index and mapped mean what their names say. */
bool kd_page_is_mapped(const struct kd_page *p);

struct kd_pageinfo;

struct kd_pageinfo *kd_pageinfo_new(struct kd_mem *m);
void kd_pageinfo_free(struct kd_pageinfo *pi);
void kd_pageinfo_freep(struct kd_pageinfo **pi);

struct kd_mem *kd_pageinfo_mem(const struct kd_pageinfo *pi);

/* NULL: struct pages can be read; else why not. */
const char *kd_pageinfo_why(const struct kd_pageinfo *pi);

/* The struct page at addr. false: not readable (miss, may be NULL), or not known: kd_pageinfo_why(). */
bool kd_page_read(const struct kd_pageinfo *pi, uint64_t addr, struct kd_page *ret, struct kd_space_miss *miss);

/*
 * All struct pages, in order; bytes: kd_mem_struct_page() of them. false from visit ends it. At most KD_PAGE_SCAN_MAX are
 * looked at. *missing: how many were not, because they cannot be read or are behind that.
 */
#define KD_PAGE_SCAN_MAX ((uint64_t)1 << 30)
void kd_page_scan(const struct kd_pageinfo *pi, bool (*visit)(void *user, uint64_t page, const void *bytes), void *user,
		  uint64_t *missing);

/*
 * How many pages of memory are used for what: all of a free block and of a compound page for what its first says. *missing: as above.
 */
void kd_page_count(const struct kd_pageinfo *pi, uint64_t count[KD_PAGE_USES], uint64_t *missing);

/* Its head, from the bytes of the struct page at addr; addr itself when it is none's tail. */
uint64_t kd_page_head(const struct kd_pageinfo *pi, uint64_t addr, const void *bytes);
/* Is it of a slab? bytes: of the head. */
bool kd_page_is_slab(const struct kd_pageinfo *pi, const void *bytes);

/* "locked|lru|swapbacked"; of several names of one bit the first. */
void kd_page_flags(const struct kd_pageinfo *pi, uint64_t flags, struct kd_buf *out);

#endif
