// SPDX-License-Identifier: GPL-2.0-or-later
/* The distribution of a field's values, and fields of a report by name. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "case/overmerge.h"
#include "report/kind.h"
#include "report/token.h"

enum { KEY_BYTES = 64 << 20, VALUE_BYTES = 400 };

struct kd_spread {
	struct kd_arena arena;
	struct kd_hashmap map; /* value → how often */
	uint64_t have, absent, beyond;
	bool no_numbers, hex;
};

struct kd_spread *kd_spread_new(void)
{
	struct kd_spread *d = kd_xcalloc(1, sizeof(*d));

	d->arena = KD_ARENA_INIT(KEY_BYTES);
	d->map = KD_HASHMAP_INIT(KD_SPREAD_DISTINCT_MAX, &d->arena);
	return d;
}

void kd_spread_free(struct kd_spread *d)
{
	if (!d)
		return;
	kd_hashmap_deinit(&d->map);
	kd_arena_deinit(&d->arena);
	kd_free(d);
}

static bool number(struct kd_view v, uint64_t *ret, bool *hex)
{
	if (kd_view_starts(v, KD_V("0x"))) {
		*hex = true;
		return kd_view_hex(v, ret);
	}
	return kd_view_dec(v, ret);
}

void kd_spread_add(struct kd_spread *d, struct kd_view value)
{
	struct kd_hashmap_entry *e = kd_hashmap_add(&d->map, kd_view_head(value, VALUE_BYTES), NULL);
	uint64_t n;

	d->have++;
	if (!number(value, &n, &d->hex))
		d->no_numbers = true;
	if (e)
		e->num++;
	else
		d->beyond++;
}

void kd_spread_add_absent(struct kd_spread *d)
{
	d->absent++;
}

static int by_count(const void *x, const void *y)
{
	const struct kd_hashmap_entry *a = *(const struct kd_hashmap_entry *const *)x, *b = *(const struct kd_hashmap_entry *const *)y;

	if (a->num != b->num)
		return a->num < b->num ? 1 : -1;
	return kd_view_cmp(a->key, b->key);
}

struct pile { /* a number and how often it occurs */
	uint64_t value, n;
};

static int by_value(const void *x, const void *y)
{
	const struct pile *a = x, *b = y;

	return a->value < b->value ? -1 : a->value > b->value;
}

/* Minimum, maximum and the lower median of the values that are told apart. */
static void numbers(const struct kd_spread *d, struct kd_spread_result *ret)
{
	size_t n = d->map.entries.n;
	struct pile *p = kd_xcalloc(n + 1, sizeof(*p));
	uint64_t all = 0, seen = 0;
	bool hex;

	for (size_t i = 0; i < n; i++) {
		(void)number(d->map.entries.v[i].key, &p[i].value, &hex);
		p[i].n = d->map.entries.v[i].num;
		all += p[i].n;
	}
	qsort(p, n, sizeof(*p), by_value);
	ret->min = p[0].value;
	ret->max = p[n - 1].value;
	for (size_t i = 0; i < n && seen < (all + 1) / 2; i++) {
		seen += p[i].n;
		ret->median = p[i].value;
	}
	ret->numbers = true;
	ret->hex = d->hex;
	kd_free(p);
}

struct kd_error *kd_spread_result(const struct kd_spread *d, struct kd_arena *arena, struct kd_spread_result *ret)
{
	size_t n = d->map.entries.n;
	kd_auto(kd_freep) const struct kd_hashmap_entry **e = kd_xcalloc(n + 1, sizeof(struct kd_hashmap_entry *));

	memset(ret, 0, sizeof(*ret));
	ret->have = d->have;
	ret->absent = d->absent;
	ret->distinct = n;
	ret->more = d->beyond > 0;
	for (size_t i = 0; i < n; i++)
		e[i] = &d->map.entries.v[i];
	qsort(e, n, sizeof(struct kd_hashmap_entry *), by_count);
	for (; ret->ntop < n && ret->ntop < KD_SPREAD_TOP; ret->ntop++) {
		ret->top[ret->ntop].value = kd_arena_view(arena, e[ret->ntop]->key);
		ret->top[ret->ntop].n = e[ret->ntop]->num;
		if (!ret->top[ret->ntop].value.p)
			return kd_error_new(KD_LIMIT, "the values need more memory than they may have");
	}
	if (n && !d->no_numbers)
		numbers(d, ret);
	return NULL;
}

/* ---- fields ---- */

static struct kd_view number_text(struct kd_arena *a, bool has, uint64_t v, bool hex)
{
	if (!has)
		return KD_VNULL;
	return hex ? kd_arena_printf(a, "0x%" PRIx64, v) : kd_arena_printf(a, "%" PRIu64, v);
}

static struct kd_view fact_text(const struct kd_fact *f, struct kd_arena *a)
{
	switch (f->type) {
	case KD_FACT_STR:
		return f->str;
	case KD_FACT_BOOL:
		return f->num ? KD_V("yes") : KD_V("no");
	case KD_FACT_I64:
		return kd_arena_printf(a, "%" PRId64, (int64_t)f->num);
	default:
		return number_text(a, true, f->num, f->type == KD_FACT_HEX);
	}
}

static struct kd_view fact(const struct kd_report *r, struct kd_view name, struct kd_arena *a)
{
	struct kd_view section;

	if (!kd_view_take_until(&name, KD_V("."), &section))
		return KD_VNULL;
	for (size_t i = 0; i < r->nsections; i++)
		for (size_t k = 0; kd_view_eq(section, kd_view_of(r->sections[i].name)) && k < r->sections[i].nfacts; k++)
			if (kd_view_eq(name, kd_view_of(r->sections[i].facts[k].key)))
				return fact_text(&r->sections[i].facts[k], a);
	return KD_VNULL;
}

static struct kd_view reg(const struct kd_report *r, struct kd_view name, struct kd_arena *a)
{
	for (size_t i = 0; i < r->nregsets; i++) {
		const struct kd_regset *s = &r->regsets[i];

		for (size_t k = 0; s->label == KD_REGS_FAULT && k < s->nregs; k++)
			if (kd_view_ieq(s->regs[k].name, name))
				return number_text(a, true, s->regs[k].val, true);
	}
	return KD_VNULL;
}

static struct kd_view access_field(const struct kd_access *x, struct kd_view name, struct kd_arena *a)
{
	if (kd_view_eq(name, KD_V("access.address")))
		return number_text(a, x->has_addr, x->addr, true);
	if (kd_view_eq(name, KD_V("access.size")))
		return number_text(a, x->has_size, x->size, false);
	if (kd_view_eq(name, KD_V("access.direction")) && x->has_dir)
		return x->exec ? KD_V("execute") : x->write ? KD_V("write") : KD_V("read");
	return KD_VNULL;
}

struct kd_view kd_field_of(const struct kd_report *r, struct kd_view name, struct kd_arena *a)
{
	const struct kd_frame *g = r->has_guilty ? &r->guilty : r->has_where ? &r->where : NULL;
	const struct {
		struct kd_view name, value;
	} rows[] = {
		{KD_V("kind"), kd_view_of(r->kind->name)},
		{KD_V("title"), r->title},
		{KD_V("function"), g ? kd_func_base(g->func) : KD_VNULL},
		{KD_V("module"), g ? g->module : KD_VNULL},
		{KD_V("file"), g && g->file.n ? g->file : r->loc_file},
		{KD_V("subsystem"), r->subsystem},
		{KD_V("syscall"), r->syscall},
		{KD_V("comm"), r->comm},
		{KD_V("workqueue"), r->workqueue},
		{KD_V("release"), r->release},
		{KD_V("hardware"), r->hardware},
		{KD_V("arch"), r->arch},
		{KD_V("host"), r->nlines ? r->lines[0].host : KD_VNULL},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (kd_view_eq(name, rows[i].name))
			return rows[i].value;
	if (kd_view_eq(name, KD_V("cpu")))
		return number_text(a, r->has_cpu, r->cpu, false);
	if (kd_view_eq(name, KD_V("pid")))
		return r->has_pid ? kd_arena_printf(a, "%" PRId64, r->pid) : KD_VNULL;
	if (kd_view_starts(name, KD_V("access.")))
		return access_field(&r->access, name, a);
	return kd_view_chr(name, '.') != KD_NPOS ? fact(r, name, a) : reg(r, name, a);
}
