// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/maple.h"

static bool read_vma(struct kd_kernel *k, uint64_t addr, struct kd_vma *ret)
{
	const struct kd_datum start = kd_datum_member(k, addr, "vm_area_struct", "vm_start");
	const struct kd_datum end = kd_datum_member(k, addr, "vm_area_struct", "vm_end");

	if (start.why || end.why)
		return false;
	*ret = (struct kd_vma){.addr = addr, .start = start.v, .end = end.v};
	ret->flags = kd_datum_member(k, addr, "vm_area_struct", "vm_flags");
	ret->file = kd_datum_member(k, addr, "vm_area_struct", "vm_file");
	ret->pgoff = kd_datum_member(k, addr, "vm_area_struct", "vm_pgoff");
	return true;
}

/* --- the walk ---------------------------------------------------------------------------------------- */

struct walk {
	struct kd_kernel *k;
	bool (*visit)(void *user, const struct kd_vma *v);
	void *user;
	char *why;
};

static bool see_entry(void *user, const struct kd_maple_entry *e)
{
	struct walk *w = user;
	struct kd_vma v;

	if (!read_vma(w->k, e->value, &v)) {
		snprintf(w->why, KD_WALK_WHY, "the area at 0x%" PRIx64 " cannot be read", e->value);
		return true;
	}
	v.misplaced = v.start != e->first || v.end - 1 != e->last;
	return w->visit(w->user, &v);
}

static bool walk_list(struct walk *w, uint64_t mm)
{
	struct kd_datum at = kd_datum_member(w->k, mm, "mm_struct", "mmap");
	uint64_t behind = 0;
	struct kd_vma v;

	for (size_t n = 0; !at.why && at.v; n++) {
		if (n == KD_VMAS_MAX || !read_vma(w->k, at.v, &v) || v.start < behind || v.end <= v.start) {
			snprintf(w->why, KD_WALK_WHY, "the list of areas cannot be followed at 0x%" PRIx64, at.v);
			return true;
		}
		behind = v.end;
		if (!w->visit(w->user, &v))
			return true;
		at = kd_datum_member(w->k, at.v, "vm_area_struct", "vm_next");
	}
	if (at.why)
		snprintf(w->why, KD_WALK_WHY, "the list of areas: %s", at.why);
	return true;
}

bool kd_vmas_walk(struct kd_kernel *k, uint64_t mm, bool (*visit)(void *user, const struct kd_vma *v), void *user,
		  char why[KD_WALK_WHY])
{
	struct walk w = {.k = k, .visit = visit, .user = user, .why = why};
	char tree[KD_WALK_WHY];
	struct kd_field mt;
	bool begun;

	*why = 0;
	if (!kd_kernel_field(k, "mm_struct", "mm_mt", &mt)) {
		if (kd_datum_has(k, "mm_struct", "mmap"))
			return walk_list(&w, mm);
		snprintf(why, KD_WALK_WHY, "how this kernel keeps the areas of a process is not known");
		return false;
	}
	begun = kd_maple_walk(k, mm + mt.off, see_entry, &w, tree);
	if (*tree)
		memcpy(why, tree, sizeof(tree));
	return begun;
}

/* --- words ------------------------------------------------------------------------------------------- */

void kd_vma_flags(uint64_t flags, char *ret, size_t max)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{0x100, "growsdown"}, {0x400, "pfnmap"}, {0x2000, "locked"}, {0x4000, "io"}, {0x8000, "seqread"},
		{0x10000, "randread"}, {0x20000, "dontcopy"}, {0x40000, "dontexpand"}, {0x100000, "account"},
		{0x200000, "noreserve"}, {0x400000, "hugetlb"}, {0x2000000, "wipeonfork"}, {0x4000000, "dontdump"},
		{0x10000000, "mixedmap"}, {0x20000000, "hugepage"}, {0x40000000, "nohugepage"}, {0x80000000u, "mergeable"},
	};
	size_t n = (size_t)snprintf(ret, max, "%c%c%c%c", flags & 1 ? 'r' : '-', flags & 2 ? 'w' : '-', flags & 4 ? 'x' : '-',
				    flags & 8 ? 's' : 'p');

	for (size_t i = 0; i < KD_ARRAY_LEN(names) && n < max; i++)
		if (flags & names[i].bit)
			n += (size_t)snprintf(ret + n, max - n, " %s", names[i].name);
}

static bool member_is(struct kd_kernel *k, uint64_t mm, const char *path, uint64_t *ret)
{
	const struct kd_datum f = kd_datum_member(k, mm, "mm_struct", path);

	*ret = f.v;
	return !f.why && f.v;
}

/* Memory that the kernel maps for its own use: struct vm_special_mapping has the name. */
static bool special(struct kd_kernel *k, const struct kd_vma *v, struct kd_path *ret)
{
	const struct kd_datum ops = kd_datum_member(k, v->addr, "vm_area_struct", "vm_ops");
	const struct kd_datum data = kd_datum_member(k, v->addr, "vm_area_struct", "vm_private_data");
	const struct kd_datum name = data.why ? data : kd_datum_member(k, data.v, "vm_special_mapping", "name");
	uint64_t want;

	return !ops.why && ops.v && kd_kernel_symbol(k, "special_mapping_vmops", &want) && ops.v == want && !name.why &&
	       kd_kernel_text(k, name.v, 64, ret->text);
}

/* prctl(PR_SET_VMA_ANON_NAME), since 5.17. */
static bool anon_name(struct kd_kernel *k, const struct kd_vma *v, struct kd_path *ret)
{
	const struct kd_datum name = kd_datum_member(k, v->addr, "vm_area_struct", "anon_name");
	struct kd_field text;
	char buf[96];

	if (name.why || !name.v || !kd_kernel_field(k, "anon_vma_name", "name", &text) ||
	    !kd_kernel_text(k, name.v + text.off, sizeof(buf), buf))
		return false;
	snprintf(ret->text, sizeof(ret->text), "[anon:%s]", buf);
	return true;
}

void kd_vma_name(struct kd_kernel *k, uint64_t mm, const struct kd_vma *v, struct kd_path *ret)
{
	uint64_t from, to;
	struct kd_field path;

	*ret->text = 0;
	ret->deleted = false;
	ret->why = v->file.why;
	if (ret->why)
		return;
	if (v->file.v) {
		ret->why = "how files are laid out is not known";
		if (kd_kernel_field(k, "file", "f_path", &path))
			kd_path_at(k, v->file.v + path.off, ret);
		return;
	}
	if (special(k, v, ret))
		return;
	if (member_is(k, mm, "context.vdso", &from) && from == v->start)
		snprintf(ret->text, sizeof(ret->text), "[vdso]");
	else if (member_is(k, mm, "start_brk", &from) && member_is(k, mm, "brk", &to) && v->start < to && v->end > from)
		snprintf(ret->text, sizeof(ret->text), "[heap]");
	else if (member_is(k, mm, "start_stack", &from) && v->start <= from && v->end >= from)
		snprintf(ret->text, sizeof(ret->text), "[stack]");
	else
		anon_name(k, v, ret);
}
