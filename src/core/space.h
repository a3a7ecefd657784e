/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * space.h: the kernel's virtual memory in a dump.
 *
 *	kd_auto(kd_space_freep) struct kd_space *s = NULL;
 *	err = kd_space_new(pages, &s);                      // pages stay the caller's and outlive it
 *	struct kd_space_miss miss;
 *	if (!kd_space_read(s, addr, &value, sizeof(value), &miss))
 *		… "0x%llx cannot be read: %s", miss.addr, kd_space_why(&miss)
 *
 * Page tables are walked from the kernel's own (swapper_pg_dir of VMCOREINFO). x86_64 with 4 and 5
 * levels (Intel SDM vol. 3, 4.5; the kernel's Documentation/arch/x86/x86_64/mm.rst), arm64 with pages of
 * 4, 16 and 64 KiB (Arm ARM D8.3; Documentation/arch/arm64/memory.rst). What it stands on is checked
 * once: the release in init_uts_ns has to be VMCOREINFO's.
 */
#ifndef KD_CORE_SPACE_H
#define KD_CORE_SPACE_H

#include "core/leftout.h"
#include "core/pages.h"
#include "format/vmcoreinfo.h"

struct kd_space;

struct kd_space_miss {
	uint64_t addr; /* the first that could not be read */
	uint64_t paddr; /* where it is in physical memory; with mapped */
	bool mapped;
	enum kd_page_state state; /* with mapped: of its page; without: of a page table */
	bool table; /* a page table could not be read */
	enum kd_left_out left_out; /* with mapped, KD_PAGE_FILTERED or KD_PAGE_GAP: which kind of page it was */
};

/*
 * A dump without VMCOREINFO is searched for it (findinfo.h), unless kd_pages_options forbid it: then it is in
 * kd_pages_info() afterwards. KD_NOTFOUND: what is missing in the dump to translate addresses; KD_UNSUPPORTED: another
 * architecture; KD_BADDATA: the memory found that way is not this kernel's.
 */
KD_MUST_CHECK struct kd_error *kd_space_new(struct kd_pages *pages, struct kd_space **ret);
void kd_space_free(struct kd_space *s);
void kd_space_freep(struct kd_space **s);

const struct kd_vmcoreinfo *kd_space_vmcoreinfo(const struct kd_space *s);
struct kd_pages *kd_space_pages(const struct kd_space *s);
uint16_t kd_space_machine(const struct kd_space *s);

/* All n bytes at addr. miss may be NULL. */
bool kd_space_read(struct kd_space *s, uint64_t addr, void *to, size_t n, struct kd_space_miss *miss);
/* The same, of what is read once: kd_pages_read_once(). */
bool kd_space_read_once(struct kd_space *s, uint64_t addr, void *to, size_t n, struct kd_space_miss *miss);

/* The same by physical address. */
bool kd_space_read_physical(struct kd_space *s, uint64_t paddr, void *to, size_t n, struct kd_space_miss *miss);

/* A number of 1, 2, 4 or 8 bytes; a pointer is one of 8. */
bool kd_space_uint(struct kd_space *s, uint64_t addr, unsigned size, uint64_t *ret, struct kd_space_miss *miss);

/* Where addr is in physical memory. */
bool kd_space_translate(struct kd_space *s, uint64_t addr, uint64_t *ret, struct kd_space_miss *miss);

/* "it is not mapped", "the dump left it out: memory of a process …", … */
const char *kd_space_why(const struct kd_space_miss *miss);

#endif
