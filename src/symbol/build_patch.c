// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's tables of places that it patches (patch.h has the sources) → KD_KDX_PATCH. A table is a section
 * of its own, or lies between two symbols in another one. In a relocatable file the relocations say what the
 * fields hold; so does .rela.dyn for absolute addresses of a kernel that moves itself (arm64).
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "format/elfcore.h"
#include "symbol/build_internal.h"
#include "symbol/kdx_format.h"
#include "symbol/patch.h"

enum { SITES_MAX = 1 << 22, FIXES_MAX = 1 << 23, ENTRY_MAX = 16 };
#define TABLE_MAX ((size_t)256 << 20)

enum form {
	FORM_ALT, /* struct alt_instr */
	FORM_FIXUP, /* struct exception_table_entry */
	FORM_BRANCH, /* s32 code, s32 target, s64 key */
	FORM_CALL, /* s32 address, s32 key */
	FORM_PLACE, /* s32 */
	FORM_POINTER, /* u64 */
	FORM_PARAVIRT, /* u64 address, u8 type, u8 length */
};

static const struct known {
	const char *section, *start, *stop; /* symbols: when it is no section of its own */
	uint8_t form, kind;
	uint8_t len; /* 0: of the instruction there */
} known[] = {
	{".altinstructions", "__alt_instructions", "__alt_instructions_end", FORM_ALT, KD_PATCH_ALTERNATIVE, 0},
	{"__ex_table", "__start___ex_table", "__stop___ex_table", FORM_FIXUP, KD_PATCH_FIXUP, 1},
	{"__jump_table", "__start___jump_table", "__stop___jump_table", FORM_BRANCH, KD_PATCH_STATIC_BRANCH, 0},
	{".static_call_sites", "__start_static_call_sites", "__stop_static_call_sites", FORM_CALL,
	 KD_PATCH_STATIC_CALL, 0},
	{".retpoline_sites", "__retpoline_sites", "__retpoline_sites_end", FORM_PLACE, KD_PATCH_RETPOLINE, 0},
	{".return_sites", "__return_sites", "__return_sites_end", FORM_PLACE, KD_PATCH_RETURN, 0},
	{".call_sites", "__call_sites", "__call_sites_end", FORM_PLACE, KD_PATCH_CALL, 5},
	{"__mcount_loc", "__start_mcount_loc", "__stop_mcount_loc", FORM_POINTER, KD_PATCH_FTRACE, 0},
	{"__patchable_function_entries", NULL, NULL, FORM_POINTER, KD_PATCH_FTRACE, 0},
	{".smp_locks", "__smp_locks", "__smp_locks_end", FORM_PLACE, KD_PATCH_LOCK, 1},
	{".parainstructions", "__parainstructions", "__parainstructions_end", FORM_PARAVIRT, KD_PATCH_PARAVIRT, 0},
	{".ibt_endbr_seal", "__ibt_endbr_seal", "__ibt_endbr_seal_end", FORM_PLACE, KD_PATCH_ENDBR, 4},
	{".cfi_sites", "__cfi_sites", "__cfi_sites_end", FORM_PLACE, KD_PATCH_CFI, 16},
};

struct fix {
	uint64_t place, value; /* place: an address */
};

struct site {
	uint32_t addr, target;
	uint8_t len, kind, repl_len;
};

struct patch {
	struct build *b;
	const struct kd_elf_syms *syms;
	struct kd_elf_data *code; /* of b->text.v[i] */
	KD_VEC(struct fix) fixes;
	KD_VEC(struct site) sites;
};

struct table {
	struct kd_view v;
	uint64_t addr; /* of v's first byte */
	bool fixed; /* the relocations hold the values */
};

/* --- numbers ------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
	const struct fix *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static bool fix_at(const struct patch *p, uint64_t place, uint64_t *ret)
{
	size_t lo = 0, hi = p->fixes.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->fixes.v[mid].place < place)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == p->fixes.n || p->fixes.v[lo].place != place)
		return false;
	*ret = p->fixes.v[lo].value;
	return true;
}

/* An address that is kept as its distance from the field. */
static bool place_at(const struct patch *p, const struct table *t, size_t off, uint64_t *ret)
{
	if (t->fixed)
		return fix_at(p, t->addr + off, ret);
	*ret = t->addr + off + (uint64_t)(int64_t)(int32_t)kd_le32((const uint8_t *)t->v.p + off);
	return true;
}

static bool pointer_at(const struct patch *p, const struct table *t, size_t off, uint64_t *ret)
{
	if (fix_at(p, t->addr + off, ret))
		return true;
	if (t->fixed)
		return false;
	*ret = kd_le64((const uint8_t *)t->v.p + off);
	return true;
}

static uint8_t byte_at(const struct table *t, size_t off)
{
	return (uint8_t)t->v.p[off];
}

/* --- code --------------------------------------------------------------------------------- */

static struct kd_view code_at(const struct patch *p, uint64_t addr)
{
	size_t lo = 0, hi = p->b->text.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->b->text.v[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == p->b->text.n || addr < p->b->text.v[lo].start)
		return KD_VNULL;
	return kd_view_from(p->code[lo].v, (size_t)(addr - p->b->text.v[lo].start));
}

static bool is_code(const struct patch *p, uint64_t addr)
{
	uint32_t start, len;

	return addr < UINT64_MAX && kd_build_code(p->b, addr, addr + 1, &start, &len);
}

/* Length of a call, jump or no-operation of x86 as compilers and objtool write them to such places; 5 if unsure. */
static uint8_t x86_length(struct kd_view v)
{
	const uint8_t *c = (const uint8_t *)v.p;
	uint8_t prefix = 0;

	while (prefix < 3 && prefix + 3u < v.n && (c[prefix] == 0x2e || c[prefix] == 0x66))
		prefix++;
	if (prefix + 3u >= v.n)
		return 5;
	c += prefix;
	if (c[0] == 0xeb || c[0] == 0x90)
		return (uint8_t)(prefix + (c[0] == 0xeb ? 2 : 1));
	if (c[0] == 0x0f && (c[1] & 0xf0) == 0x80)
		return (uint8_t)(prefix + 6);
	if (c[0] == 0xff)
		return (uint8_t)(prefix + (c[1] == 0x15 || c[1] == 0x14 || c[1] == 0x25 ? 6 : 2));
	return (uint8_t)(prefix + 5);
}

/* arm64: no-operations and landing pads from the address on. */
static uint8_t arm64_entry(struct kd_view v)
{
	uint8_t n = 0;

	while (n < 20 && n + 4u <= v.n) {
		const uint32_t w = kd_le32((const uint8_t *)v.p + n);

		if (w != 0xd503201f && (w & 0xffffff3f) != 0xd503241f)
			break;
		n = (uint8_t)(n + 4);
	}
	return n ? n : 4;
}

static uint8_t length_at(const struct patch *p, const struct known *w, uint64_t addr)
{
	const struct kd_view v = code_at(p, addr);

	if (p->b->elf.machine == KD_EM_AARCH64)
		return w->kind == KD_PATCH_FTRACE ? arm64_entry(v) : 4;
	return w->len ? w->len : x86_length(v);
}

/* --- sites -------------------------------------------------------------------------------- */

static void add(struct patch *p, uint8_t kind, uint64_t addr, uint8_t len, uint64_t target, uint8_t repl_len)
{
	uint32_t start, n, to = 0;
	struct site *s;

	if (!len || addr > UINT64_MAX - len || !kd_build_code(p->b, addr, addr + len, &start, &n))
		return;
	if (target && !kd_build_code(p->b, target, target + 1, &to, &n))
		repl_len = 0;
	s = kd_vec_push(&p->sites, SITES_MAX);
	if (s)
		*s = (struct site){start, to, len, kind, repl_len};
}

/* struct alt_instr of `stride` bytes; false: this entry makes no sense. */
static bool alternative(struct patch *p, const struct table *t, size_t off, size_t stride, bool take)
{
	const size_t lens = off + (stride == 14 ? 12 : 10);
	const uint8_t len = byte_at(t, lens), repl_len = byte_at(t, lens + 1);
	const uint8_t pad = stride == 13 ? byte_at(t, lens + 2) : 0;
	uint64_t from, to;

	if (!place_at(p, t, off, &from))
		return false;
	if (!place_at(p, t, off + 4, &to)) /* arm64: a function that is called back, in another file */
		to = 0;
	if (!len || !is_code(p, from) || pad > len || (repl_len > len && stride != 13) || (repl_len && to && !is_code(p, to)))
		return false;
	if (take)
		add(p, KD_PATCH_ALTERNATIVE, from, len, repl_len ? to : 0, repl_len);
	return true;
}

static bool fixup(struct patch *p, const struct table *t, size_t off, size_t stride, bool take)
{
	uint64_t from, to;

	(void)stride;
	if (!place_at(p, t, off, &from) || !place_at(p, t, off + 4, &to) || !is_code(p, from))
		return false;
	/* some types of entry use the field for something else */
	if (take && is_code(p, to))
		add(p, KD_PATCH_FIXUP, from, 1, to, 0);
	return true;
}

/* The size of an entry is not written down: the one with which all of them make sense. */
static void guess_stride(struct patch *p, const struct table *t, const uint8_t *strides, size_t n,
			 bool (*entry)(struct patch *, const struct table *, size_t, size_t, bool))
{
	for (size_t i = 0; i < n; i++) {
		const size_t stride = strides[i];
		size_t off = 0;

		if (t->v.n % stride)
			continue;
		while (off < t->v.n && entry(p, t, off, stride, false))
			off += stride;
		if (off < t->v.n)
			continue;
		for (off = 0; off < t->v.n; off += stride)
			(void)entry(p, t, off, stride, true);
		return;
	}
}

static size_t size_of_entry(uint8_t form)
{
	switch (form) {
	case FORM_BRANCH:
	case FORM_PARAVIRT:
		return 16;
	case FORM_CALL:
	case FORM_POINTER:
		return 8;
	default:
		return 4;
	}
}

static void one_entry(struct patch *p, const struct known *w, const struct table *t, size_t off)
{
	uint64_t addr, target = 0;

	if (w->form == FORM_POINTER || w->form == FORM_PARAVIRT) {
		if (!pointer_at(p, t, off, &addr))
			return;
	} else if (!place_at(p, t, off, &addr)) {
		return;
	}
	if (w->form == FORM_BRANCH && !place_at(p, t, off + 4, &target))
		return;
	add(p, w->kind, addr, w->form == FORM_PARAVIRT ? byte_at(t, off + 9) : length_at(p, w, addr), target, 0);
}

static void read_table(struct patch *p, const struct known *w, const struct table *t)
{
	static const uint8_t alt[] = {12, 14, 13}, ex[] = {12, 8};
	const size_t size = size_of_entry(w->form);

	if (w->form == FORM_ALT) {
		guess_stride(p, t, alt, KD_ARRAY_LEN(alt), alternative);
	} else if (w->form == FORM_FIXUP) {
		guess_stride(p, t, ex, KD_ARRAY_LEN(ex), fixup);
	} else {
		for (size_t off = 0; off + size <= t->v.n; off += size)
			one_entry(p, w, t, off);
	}
}

/* --- tables ------------------------------------------------------------------------------- */

/* Values of the fields of section `of`; all: of any section, whose places are addresses. */
static struct kd_error *read_fixes(struct patch *p, const struct kd_elf_section *r, uint64_t base)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	struct kd_error *err = kd_elf_load(&p->b->elf, r, TABLE_MAX, &d);
	struct kd_cursor c = kd_cursor_of(d.v, 0, p->b->elf.big_endian);
	struct kd_elf_reloc e;

	while (!err && kd_elf_reloc_next(&p->b->elf, &c, r->type == KD_SHT_RELA, &e)) {
		struct fix *f;
		struct kd_elf_sym s = {.section = KD_SHN_ABS};

		if (e.sym && e.sym < p->syms->n)
			s = kd_elf_sym(p->syms, e.sym);
		if (s.section == KD_SHN_UNDEF)
			continue;
		f = kd_vec_push(&p->fixes, FIXES_MAX);
		if (f)
			*f = (struct fix){base + e.place, s.addr + (uint64_t)e.addend};
	}
	if (p->fixes.n)
		qsort(p->fixes.v, p->fixes.n, sizeof(*p->fixes.v), by_place);
	return err;
}

static struct kd_error *read_section(struct patch *p, const struct known *w, const struct kd_elf_section *s)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	const bool rel = p->b->elf.type == KD_ET_REL;
	struct kd_error *err = kd_elf_load(&p->b->elf, s, TABLE_MAX, &d);

	if (err)
		return err;
	for (size_t i = 1; !err && rel && i < p->b->elf.nsec; i++) {
		const struct kd_elf_section *r = &p->b->elf.sec[i];

		if ((r->type == KD_SHT_RELA || r->type == KD_SHT_REL) && r->info == s->index) {
			p->fixes.n = 0;
			err = read_fixes(p, r, s->addr);
		}
	}
	if (!err)
		read_table(p, w, &(struct table){d.v, s->addr, rel});
	return err;
}

static struct kd_error *read_between(struct patch *p, const struct known *w, uint64_t start, uint64_t stop)
{
	for (size_t i = 1; i < p->b->elf.nsec; i++) {
		const struct kd_elf_section *s = &p->b->elf.sec[i];
		kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
		struct kd_error *err;

		if (!(s->flags & KD_SHF_ALLOC) || s->type == KD_SHT_NOBITS || start < s->addr ||
		    start - s->addr >= s->size || stop - s->addr > s->size)
			continue;
		err = kd_elf_load(&p->b->elf, s, TABLE_MAX, &d);
		if (!err)
			read_table(p, w, &(struct table){kd_view_head(kd_view_from(d.v, (size_t)(start - s->addr)),
								      (size_t)(stop - start)),
							 start, false});
		return err;
	}
	return NULL;
}

static bool is_runtime(const struct kd_elf_section *s, struct known *ret)
{
	*ret = (struct known){.form = FORM_PLACE, .kind = KD_PATCH_CONSTANT};
	if (kd_view_starts(s->name, KD_V("runtime_ptr_")))
		ret->len = 8;
	else if (kd_view_starts(s->name, KD_V("runtime_shift_")))
		ret->len = 1;
	return ret->len && s->flags & KD_SHF_ALLOC;
}

/* Tables that are sections; which of the known ones are, in `seen`. */
static struct kd_error *read_sections(struct patch *p, bool *seen)
{
	struct kd_error *err = NULL;
	struct known w;

	for (size_t i = 1; !err && i < p->b->elf.nsec; i++) {
		const struct kd_elf_section *s = &p->b->elf.sec[i];

		if (!(s->flags & KD_SHF_ALLOC) || s->type == KD_SHT_NOBITS || !s->size)
			continue;
		if (is_runtime(s, &w))
			err = read_section(p, &w, s);
		for (size_t k = 0; !err && k < KD_ARRAY_LEN(known); k++)
			if (kd_view_eq(s->name, kd_view_of(known[k].section))) {
				seen[k] = true;
				err = read_section(p, &known[k], s);
			}
	}
	return err;
}

static struct kd_error *read_by_symbols(struct patch *p, const bool *seen)
{
	uint64_t start[KD_ARRAY_LEN(known)] = {0}, stop[KD_ARRAY_LEN(known)] = {0};
	struct kd_error *err = NULL;

	for (size_t i = 1; i < p->syms->n; i++) {
		const struct kd_elf_sym s = kd_elf_sym(p->syms, i);

		if (!kd_view_starts(s.name, KD_V("__")))
			continue;
		for (size_t k = 0; k < KD_ARRAY_LEN(known); k++) {
			if (seen[k] || !known[k].start)
				continue;
			if (kd_view_eq(s.name, kd_view_of(known[k].start)))
				start[k] = s.addr;
			else if (kd_view_eq(s.name, kd_view_of(known[k].stop)))
				stop[k] = s.addr;
		}
	}
	for (size_t k = 0; !err && k < KD_ARRAY_LEN(known); k++)
		if (!seen[k] && start[k] && stop[k] > start[k])
			err = read_between(p, &known[k], start[k], stop[k]);
	return err;
}

/* Trampolines of static calls: a jump or a return each, which is rewritten as a whole. */
static void add_trampolines(struct patch *p)
{
	for (size_t i = 1; p->b->elf.machine == KD_EM_X86_64 && i < p->syms->n; i++) {
		const struct kd_elf_sym s = kd_elf_sym(p->syms, i);

		if (s.section != KD_SHN_UNDEF && kd_view_starts(s.name, KD_V("__SCT__")))
			add(p, KD_PATCH_STATIC_CALL, s.addr, 5, 0, 0);
	}
}

static int by_site(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->target < y->target ? -1 : x->target > y->target;
}

static void put_sites(struct patch *p, struct kd_buf *to)
{
	if (p->sites.n)
		qsort(p->sites.v, p->sites.n, sizeof(*p->sites.v), by_site);
	for (size_t i = 0; i < p->sites.n; i++) {
		const struct site *s = &p->sites.v[i];
		uint8_t raw[KD_KDX_PATCH_BYTES];

		kd_put_le32(raw, s->addr);
		kd_put_le32(raw + 4, s->target);
		raw[8] = s->len;
		raw[9] = s->kind;
		raw[10] = s->repl_len;
		raw[11] = s->target != 0;
		kd_buf_add(to, kd_view((char *)raw, sizeof(raw)));
	}
}

struct kd_error *kd_build_patch(struct build *b, struct build_out *o)
{
	kd_auto(kd_elf_syms_deinit) struct kd_elf_syms syms = {.n = 0};
	struct patch p = {.b = b, .syms = &syms};
	bool seen[KD_ARRAY_LEN(known)] = {false};
	struct kd_error *err;

	if (b->elf.big_endian || (b->elf.machine != KD_EM_X86_64 && b->elf.machine != KD_EM_AARCH64))
		return NULL;
	err = kd_elf_symbols(&b->elf, TABLE_MAX, &syms);
	(void)kd_error_catch(&err, KD_NOTFOUND);
	p.code = kd_xcalloc(b->text.n + 1, sizeof(*p.code));
	for (size_t i = 0; !err && i < b->text.n; i++)
		if (b->elf.sec[b->text.v[i].section].type != KD_SHT_NOBITS)
			err = kd_elf_load(&b->elf, &b->elf.sec[b->text.v[i].section], TABLE_MAX * 4, &p.code[i]);
	if (!err && b->elf.type != KD_ET_REL && kd_elf_find(&b->elf, KD_V(".rela.dyn")))
		err = read_fixes(&p, kd_elf_find(&b->elf, KD_V(".rela.dyn")), 0);
	if (!err)
		err = read_sections(&p, seen);
	if (!err && b->elf.type != KD_ET_REL)
		err = read_by_symbols(&p, seen);
	if (!err) {
		add_trampolines(&p);
		put_sites(&p, &o->patch);
		b->stats.patched = p.sites.n;
	}
	for (size_t i = 0; i < b->text.n; i++)
		kd_elf_data_deinit(&p.code[i]);
	kd_free(p.code);
	kd_vec_free(&p.fixes);
	kd_vec_free(&p.sites);
	return err;
}
