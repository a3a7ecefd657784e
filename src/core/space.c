// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/space.h"

#include "base/alloc.h"
#include "base/le.h"
#include "core/findinfo.h"
#include "core/space_internal.h"
#include "format/elfcore.h"

enum { TLB = 1024, UTS_RELEASE = 130, UTS_LEN = 65 };

struct kd_space {
	struct walk w;
	bool looking; /* at struct page: what is missing there is not asked about again */
	const struct space_ops *ops;
	uint16_t machine;
	struct {
		uint64_t page; /* number + 1; 0: none */
		uint64_t paddr;
	} tlb[TLB];
};

static const struct space_ops *const architectures[] = {&kd_space_x86_64, &kd_space_arm64};

const char *kd_space_why(const struct kd_space_miss *miss)
{
	if (miss->mapped && (miss->state == KD_PAGE_FILTERED || miss->state == KD_PAGE_GAP))
		return kd_left_out_words(miss->left_out, miss->state == KD_PAGE_GAP);
	if (miss->mapped)
		return kd_page_state_words(miss->state);
	if (!miss->table)
		return "it is not mapped";
	switch (miss->state) {
	case KD_PAGE_FILTERED:
		return "its page table was left out of the dump";
	case KD_PAGE_GAP:
		return "its page table was left out of the dump, or was a page of zeros";
	case KD_PAGE_CUT:
		return "the file ends before its page table";
	default:
		return "its page table cannot be read";
	}
}

const struct kd_vmcoreinfo *kd_space_vmcoreinfo(const struct kd_space *s)
{
	return &s->w.info;
}

uint16_t kd_space_machine(const struct kd_space *s)
{
	return s->machine;
}

bool kd_walk_entry(struct walk *w, uint64_t paddr, uint64_t *ret)
{
	uint8_t raw[8];
	enum kd_page_state state = kd_pages_read(w->pages, paddr, raw, sizeof(raw), NULL);

	if (state != KD_PAGE_OK) {
		w->table_state = state;
		return false;
	}
	*ret = kd_le64(raw);
	return true;
}

bool kd_space_translate(struct kd_space *s, uint64_t addr, uint64_t *ret, struct kd_space_miss *miss)
{
	const uint64_t page = addr >> s->w.page_shift, in = addr & (((uint64_t)1 << s->w.page_shift) - 1);
	const size_t slot = page % TLB;

	if (s->tlb[slot].page != page + 1) {
		uint64_t paddr;

		s->w.table_state = KD_PAGE_OK;
		if (!s->ops->walk(&s->w, addr - in, &paddr)) {
			if (miss)
				*miss = (struct kd_space_miss){.addr = addr,
							       .table = s->w.table_state != KD_PAGE_OK,
							       .state = s->w.table_state};
			return false;
		}
		s->tlb[slot].page = page + 1;
		s->tlb[slot].paddr = paddr;
	}
	*ret = s->tlb[slot].paddr + in;
	return true;
}

static void tell_miss(struct kd_space *s, uint64_t addr, uint64_t paddr, enum kd_page_state state, struct kd_space_miss *miss)
{
	*miss = (struct kd_space_miss){.addr = addr, .paddr = paddr, .mapped = true, .state = state};
	if (s->looking || (state != KD_PAGE_FILTERED && state != KD_PAGE_GAP))
		return;
	s->looking = true;
	miss->left_out = kd_left_out_of(s, paddr);
	s->looking = false;
}

typedef enum kd_page_state read_pages(struct kd_pages *p, uint64_t paddr, void *to, size_t n, uint64_t *missing);

static bool read_by(struct kd_space *s, read_pages *read, uint64_t addr, void *to, size_t n, struct kd_space_miss *miss)
{
	const uint64_t page = (uint64_t)1 << s->w.page_shift;
	unsigned char *at = to;

	while (n) {
		uint64_t some = page - (addr & (page - 1)), paddr, missing;
		enum kd_page_state state;

		if (some > n)
			some = n;
		if (!kd_space_translate(s, addr, &paddr, miss))
			return false;
		state = read(s->w.pages, paddr, at, (size_t)some, &missing);
		if (state != KD_PAGE_OK) {
			if (miss)
				tell_miss(s, addr + (missing - paddr), missing, state, miss);
			return false;
		}
		addr += some;
		at += some;
		n -= (size_t)some;
	}
	return true;
}

bool kd_space_read(struct kd_space *s, uint64_t addr, void *to, size_t n, struct kd_space_miss *miss)
{
	return read_by(s, kd_pages_read, addr, to, n, miss);
}

bool kd_space_read_once(struct kd_space *s, uint64_t addr, void *to, size_t n, struct kd_space_miss *miss)
{
	return read_by(s, kd_pages_read_once, addr, to, n, miss);
}

bool kd_space_read_physical(struct kd_space *s, uint64_t paddr, void *to, size_t n, struct kd_space_miss *miss)
{
	uint64_t missing = paddr;
	const enum kd_page_state state = kd_pages_read(s->w.pages, paddr, to, n, &missing);

	if (state != KD_PAGE_OK && miss)
		tell_miss(s, missing, missing, state, miss);
	return state == KD_PAGE_OK;
}

bool kd_space_uint(struct kd_space *s, uint64_t addr, unsigned size, uint64_t *ret, struct kd_space_miss *miss)
{
	uint8_t raw[8] = {0};

	if (size > 8 || !kd_space_read(s, addr, raw, size, miss))
		return false;
	*ret = kd_le64(raw);
	return true;
}

/* --- is it this kernel's memory? ---------------------------------------------------------------- */

/* Is that release in the struct new_utsname at `addr`? */
static bool has_release(struct kd_space *s, uint64_t addr, struct kd_view want, struct kd_space_miss *miss, bool *read)
{
	char have[UTS_LEN];

	if (!kd_space_read(s, addr + UTS_RELEASE, have, sizeof(have), miss))
		return false;
	*read = true;
	return kd_view_eq(kd_view(have, strnlen(have, sizeof(have))), want);
}

static struct kd_error *check_release(struct kd_space *s)
{
	/* Since 5.11 the names are first and VMCOREINFO says so; before, a counter of 4 bytes was in front of them. */
	static const int64_t usual[] = {4, 0, 8};
	struct kd_view want = kd_vmcoreinfo_get(&s->w.info, KD_V("OSRELEASE"));
	struct kd_space_miss miss = {0};
	int64_t name;
	uint64_t uts;
	bool read = false, same = false;

	if (!want.n || !kd_vmcoreinfo_symbol(&s->w.info, "init_uts_ns", &uts))
		return NULL;
	if (kd_vmcoreinfo_number(&s->w.info, "OFFSET", "uts_namespace.name", &name))
		same = has_release(s, uts + (uint64_t)name, want, &miss, &read);
	else
		for (size_t i = 0; i < KD_ARRAY_LEN(usual) && !same; i++)
			same = has_release(s, uts + (uint64_t)usual[i], want, &miss, &read);
	if (!same && !read)
		return kd_error_new(KD_BADDATA, "init_uts_ns at %#jx cannot be read: %s", (uintmax_t)uts, kd_space_why(&miss));
	if (!same)
		return kd_error_new(KD_BADDATA,
				    "VMCOREINFO is of kernel %.*s, what stands at init_uts_ns (%#jx) is not its release",
				    KD_VARG(kd_view_head(want, 100)), (uintmax_t)uts);
	return NULL;
}

static uint16_t machine_of(const struct kd_pages_info *info, const struct kd_vmcoreinfo *v)
{
	uint64_t dummy;
	int64_t number;

	if (info->machine)
		return info->machine;
	if (kd_vmcoreinfo_number(v, "NUMBER", "TCR_EL1_T1SZ", &number) || kd_vmcoreinfo_get(v, KD_V("NUMBER(kimage_voffset)")).n)
		return KD_EM_AARCH64;
	return kd_vmcoreinfo_symbol(v, "init_top_pgt", &dummy) ? KD_EM_X86_64 : 0;
}

/* Everything of s by w.info. */
static struct kd_error *begin(struct kd_space *s)
{
	struct kd_pages *pages = s->w.pages;
	struct kd_view v = kd_vmcoreinfo_get(&s->w.info, KD_V("PAGESIZE"));
	struct kd_error *err;
	uint64_t page;

	memset(s->tlb, 0, sizeof(s->tlb));
	s->ops = NULL;
	if (kd_view_take_dec(&v, &page) && page >= 4096 && page <= 65536 && !(page & (page - 1)) &&
	    (uint32_t)page != kd_pages_info(pages)->page_size)
		kd_pages_set_page_size(pages, (uint32_t)page);
	s->w.page_shift = (unsigned)__builtin_ctz(kd_pages_info(pages)->page_size);
	s->machine = machine_of(kd_pages_info(pages), &s->w.info);
	for (size_t i = 0; i < KD_ARRAY_LEN(architectures); i++)
		if (architectures[i]->machine == s->machine)
			s->ops = architectures[i];
	if (!s->ops)
		return kd_error_new(KD_UNSUPPORTED, "addresses of this architecture (ELF machine %u) are not translated",
				    s->machine);
	err = s->ops->begin(&s->w);
	return err ? err : check_release(s);
}

/* Without init_uts_ns nothing could be checked. */
static bool fits(void *user, struct kd_view text)
{
	struct kd_space *s = user;
	struct kd_error *err;
	uint64_t uts;

	s->w.info = kd_vmcoreinfo(text);
	if (!kd_vmcoreinfo_symbol(&s->w.info, "init_uts_ns", &uts))
		return false;
	err = begin(s);
	kd_error_free(err);
	return !err;
}

static struct kd_error *search(struct kd_space *s)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(4 << 20);
	struct kd_vmcoreinfo_found found;
	struct kd_error *err = kd_vmcoreinfo_find(s->w.pages, fits, s, &arena, &found);

	if (err)
		return err;
	if (!found.text.n && found.seen)
		return kd_error_new(KD_NOTFOUND, "the dump has no VMCOREINFO, and of %zu texts in its memory that look like it none fits%s: "
				    "addresses cannot be translated; --vmcoreinfo=FILE may give it", found.seen,
				    found.stopped ? " (not all of it was looked at)" : "");
	if (!found.text.n)
		return kd_error_new(KD_NOTFOUND, "the dump has no VMCOREINFO, and none was found in %ju MiB of its memory%s: addresses "
				    "cannot be translated; --vmcoreinfo=FILE may give it", (uintmax_t)(found.looked_at >> 20),
				    found.stopped ? " (not all of it was looked at)" : "");
	return kd_pages_set_vmcoreinfo(s->w.pages, found.text, "found in the dump's memory", found.rivals);
}

struct kd_error *kd_space_new(struct kd_pages *pages, struct kd_space **ret)
{
	kd_auto(kd_space_freep) struct kd_space *s = kd_xcalloc(1, sizeof(*s));
	struct kd_error *err = NULL;

	s->w.pages = pages;
	s->w.info = kd_vmcoreinfo(kd_pages_info(pages)->vmcoreinfo);
	if (!s->w.info.text.n) {
		if (kd_pages_options(pages)->no_search)
			return kd_error_new(KD_NOTFOUND, "the dump has no VMCOREINFO: addresses cannot be translated");
		err = search(s);
		s->w.info = kd_vmcoreinfo(kd_pages_info(pages)->vmcoreinfo);
	}
	if (!err)
		err = begin(s);
	if (err)
		return err;
	*ret = kd_take(s);
	return NULL;
}

struct kd_pages *kd_space_pages(const struct kd_space *s)
{
	return s->w.pages;
}

void kd_space_free(struct kd_space *s)
{
	kd_free(s);
}

void kd_space_freep(struct kd_space **s)
{
	kd_space_free(*s);
	*s = NULL;
}
