/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pages.h: the physical memory in a dump, whatever its container.
 *
 *	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
 *	err = kd_pages_open("vmcore", &p);
 *	enum kd_page_state state = kd_pages_read(p, paddr, buf, n);
 *	if (state != KD_PAGE_OK)
 *		puts(kd_page_state_words(state));
 *
 * To add a container: a `const struct kd_page_ops` in pages_<name>.c, one row in pages.c. A reader gives
 * bytes or says why there are none; it never gives zeros for what it does not have. Files of others that
 * are known by their first bytes alone are in foreign.c; what kdoc does not read itself, libkdumpfile may
 * (pages_lib.c), if it is installed. A kd_pages belongs to one thread.
 */
#ifndef KD_CORE_PAGES_H
#define KD_CORE_PAGES_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

enum kd_page_state {
	KD_PAGE_OK,
	KD_PAGE_FILTERED, /* the machine had it, the dump left it out */
	KD_PAGE_GAP, /* an ELF core has its place, not its bytes: left out, or zeros that were not written */
	KD_PAGE_ABSENT, /* no memory of the machine is there, as far as the dump knows */
	KD_PAGE_OTHER_PART, /* another file of a split dump has it */
	KD_PAGE_CUT, /* the file ends before it */
	KD_PAGE_DAMAGED, /* it is there and cannot be unpacked or read */
};

const char *kd_page_state_words(enum kd_page_state state);

/* What the container says about itself and the machine. Views live as long as the kd_pages. */
struct kd_pages_info {
	const char *container; /* "ELF core", "compressed kdump" */
	bool flattened;
	uint32_t version; /* of the container's header; 0: it has none */
	uint32_t page_size; /* bytes; of an ELF core 4096 until VMCOREINFO says otherwise */
	uint16_t machine; /* KD_EM_… (format/elfcore.h); 0: not known */
	struct kd_view vmcoreinfo; /* absent: none */
	const char *vmcoreinfo_from; /* NULL: the dump's notes; else where it was taken from, in words */
	size_t vmcoreinfo_rivals; /* found in memory: others that fit as well */
	struct kd_view notes; /* ELF notes, of the machine's byte order */
	struct kd_view release, nodename, uts_version, machine_name; /* of the container's header; absent */
	int64_t time; /* seconds since 1970, of the container's header; 0: none */
	bool has_phys_base;
	uint64_t phys_base;
	int32_t level; /* dump level; -1: the container does not say */
	uint64_t top; /* physical address behind the last memory that the container tells of */
	bool split;
	uint64_t part_start, part_end; /* with split: physical addresses of what this file has */
	const char *incomplete; /* what says that the dump was not written to its end; NULL: nothing does */
	size_t parts; /* files of a split dump that are open; 0: it is not split */
	bool live; /* /proc/kcore: the memory changes while it is read */
	const char *library; /* a library of others that reads it; NULL: kdoc does */
	uint64_t file_bytes; /* as it lies there: of a flattened dump the stream's */
};

/* What is in the file, counted: bytes of memory. */
struct kd_pages_survey {
	bool uncounted; /* which pages are there is not known: ram and kept are 0 */
	uint64_t ram; /* that the machine had */
	uint64_t kept; /* of that: to be in the file */
	uint64_t cut; /* of that: behind the file's end */
	uint64_t damaged; /* of that: described by numbers that make no sense */
	uint32_t packing; /* of pages: enum kd_diskdump_packing, or 0 */
	uint64_t packed; /* bytes of the file that hold them */
	uint64_t need; /* the size that the file would have to have */
	bool unchecked; /* where pages lie in the file is not known: cut and damaged say nothing */
};

struct kd_page_ops {
	const char *name;
	bool (*probe)(struct kd_view head);
	/* Fills info; *ret is handed to the others. file stays the caller's and outlives it. */
	struct kd_error *(*open)(struct kd_bytes *file, struct kd_arena *arena, struct kd_pages_info *info,
				 void **ret);
	/* n bytes at paddr, inside of one page. */
	enum kd_page_state (*read)(void *state, uint64_t paddr, void *to, size_t n);
	/* The physical address of the first page at paddr or behind it that the file has; UINT64_MAX: none. */
	uint64_t (*next)(void *state, uint64_t paddr);
	/* Looks at every page's description. */
	struct kd_error *(*survey)(void *state, struct kd_pages_survey *ret);
	void (*close)(void *state);
};

extern const struct kd_page_ops kd_pages_elf;
extern const struct kd_page_ops kd_pages_kdump;
extern const struct kd_page_ops kd_pages_lib; /* no probe: what the others refuse */

/* What somebody may say about how a dump is to be opened. All zero: nothing. */
struct kd_pages_options {
	const char *vmcoreinfo; /* a file with the text of VMCOREINFO, which counts instead of the dump's */
	const char *const *part; /* the other files of a split dump */
	size_t nparts;
	bool no_search; /* a VMCOREINFO that is missing is not looked for in the dump's memory (space.h) */
	uint64_t search_max; /* bytes of memory that are looked at for it; 0: 64 GiB */
	/* Called now and then while memory is searched; false: stop. */
	bool (*progress)(void *user, uint64_t done, uint64_t total);
	void *user;
};

#define KD_PAGES_SEARCH_MAX ((uint64_t)64 << 30)
#define KD_VMCOREINFO_MAX ((size_t)1 << 20) /* bytes of a file of it */

struct kd_pages;

/*
 * KD_NOTFOUND, KD_ACCESS, KD_IO; KD_BADDATA: it is no dump, or its headers are damaged; KD_UNSUPPORTED: a
 * dump that is not read, and why.
 */
KD_MUST_CHECK struct kd_error *kd_pages_open(const char *path, struct kd_pages **ret);
/* o: borrowed, as is what it points to, until kd_pages_close(). NULL: as kd_pages_open(). */
KD_MUST_CHECK struct kd_error *kd_pages_open_with(const char *path, const struct kd_pages_options *o,
						  struct kd_pages **ret);
KD_MUST_CHECK struct kd_error *kd_pages_of_bytes(struct kd_bytes *file, struct kd_pages **ret); /* takes it */

const struct kd_pages_info *kd_pages_info(const struct kd_pages *p);

/* Once it is known from elsewhere (VMCOREINFO): 4096, 16384 or 65536. */
void kd_pages_set_page_size(struct kd_pages *p, uint32_t size);

/* VMCOREINFO from elsewhere: text is copied, from is static text. */
KD_MUST_CHECK struct kd_error *kd_pages_set_vmcoreinfo(struct kd_pages *p, struct kd_view text, const char *from,
						       size_t rivals);

const struct kd_pages_options *kd_pages_options(const struct kd_pages *p);

/* The first page at paddr or behind it that the dump has; UINT64_MAX: none. */
uint64_t kd_pages_next(struct kd_pages *p, uint64_t paddr);

/* All n bytes at paddr, or why not the first that is missing (*missing, may be NULL: its address). */
enum kd_page_state kd_pages_read(struct kd_pages *p, uint64_t paddr, void *to, size_t n, uint64_t *missing);

/* The same; whole pages of it are not kept for whoever reads there next: for what is read once. */
enum kd_page_state kd_pages_read_once(struct kd_pages *p, uint64_t paddr, void *to, size_t n, uint64_t *missing);

/* Takes time in proportion to the memory (a second for a terabyte or so). */
KD_MUST_CHECK struct kd_error *kd_pages_survey(struct kd_pages *p, struct kd_pages_survey *ret);

void kd_pages_close(struct kd_pages *p);
void kd_pages_closep(struct kd_pages **p);

/* flat.c: a flattened stream as the file that it is a stream of; takes `stream`. */
KD_MUST_CHECK struct kd_error *kd_flat_open(struct kd_bytes *stream, struct kd_bytes **ret, bool *ret_complete);

#endif
