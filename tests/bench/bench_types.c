// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What joining the types of many units costs, and what it loses.
 *
 *	bench_types UNITS STRUCTS               units that each bring STRUCTS of 20,000 structs; types + members
 *	bench_types FILE COPIES [BASE]          each type of a file's BTF, COPIES times; each struct must come out
 *
 * Prints entries (types, members, values) per second, memory, and how many structs are not as they were.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "symbol/btfwrite.h"
#include "symbol/layout.h"
#include "symbol/typesource.h"

enum { DISTINCT = 20000, MEMBERS = 5 };
#define ROOM ((size_t)2 << 30)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(struct kd_error *err)
{
	if (!err)
		return;
	fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

static void result(const struct kd_btfw *w, double begin, uint64_t entries)
{
	const struct kd_btfw_stats s = kd_btfw_stats(w);
	const double t = now() - begin;

	printf("%ju entries, %ju types in, %u out, %u names with several definitions, %u without one, %ju lost, "
	       "%ju broken\n%.2f s of CPU, %.1f million entries/s, %zu MiB\n",
	       (uintmax_t)entries, (uintmax_t)s.in, s.out, s.several, s.undefined, (uintmax_t)s.lost,
	       (uintmax_t)s.broken, t, (double)entries / t / 1e6, s.memory >> 20);
}

/* --- synthetic units -------------------------------------------------------------------------------- */

static uint64_t unit(struct kd_btfw *w, unsigned u, unsigned structs)
{
	uint32_t first, n, p;
	uint64_t entries = 1;
	char name[48];

	kd_btfw_unit_begin(w);
	n = kd_btfw_int(w, KD_V("int"), 4, 1);
	first = kd_btfw_reserve(w);
	for (unsigned i = 1; i < structs; i++)
		(void)kd_btfw_reserve(w);
	for (unsigned i = 0; i < structs; i++) {
		const unsigned which = (u * 37 + i) % DISTINCT;

		/* the pointer leads to the same name in each unit, and that may be only declared here */
		snprintf(name, sizeof(name), "structure_%u", (which + 7) % DISTINCT);
		p = i + 7 < structs ? first + i + 7 : kd_btfw_fwd(w, KD_BTF_STRUCT, kd_view_of(name));
		p = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, p);
		snprintf(name, sizeof(name), "structure_%u", which);
		kd_btfw_at(w, first + i);
		kd_btfw_composite(w, KD_BTF_STRUCT, kd_view_of(name), 8 * MEMBERS);
		for (unsigned k = 0; k < MEMBERS; k++) {
			snprintf(name, sizeof(name), "member_%u_%u", which % 500, k);
			kd_btfw_member(w, kd_view_of(name), k % 2 ? n : p, 64 * k, 0);
		}
		entries += 2 + MEMBERS;
	}
	return entries;
}

static int synthetic(unsigned units, unsigned structs)
{
	struct kd_btfw *w = kd_btfw_new(ROOM);
	struct kd_buf blob = KD_BUF_INIT(ROOM);
	const double begin = now();
	const uint32_t *nodes;
	uint64_t entries = 0;
	size_t n;

	for (unsigned u = 0; u < units; u++) {
		entries += unit(w, u, structs);
		die(kd_btfw_unit_end(w, &nodes, &n));
	}
	die(kd_btfw_finish(w, &blob));
	result(w, begin, entries);
	kd_buf_deinit(&blob);
	kd_btfw_free(w);
	return 0;
}

/* --- a file's types --------------------------------------------------------------------------------- */

static void add_composite(struct kd_btfw *w, const struct kd_btf *b, const struct kd_btf_type *t)
{
	kd_btfw_composite(w, (enum kd_btf_kind)t->kind, t->name, t->size);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_member m = kd_btf_member(b, t, i);

		kd_btfw_member(w, m.name, m.type, m.bit_off, m.bits);
	}
}

static void add_enum(struct kd_btfw *w, const struct kd_btf *b, const struct kd_btf_type *t)
{
	if (!t->n && t->name.n) {
		kd_btfw_fwd(w, KD_BTF_ENUM, t->name);
		return;
	}
	kd_btfw_enum(w, t->name, t->size, t->flag);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(b, t, i);

		kd_btfw_enumerator(w, e.name, e.value);
	}
}

static void add_proto(struct kd_btfw *w, const struct kd_btf *b, const struct kd_btf_type *t)
{
	kd_btfw_proto(w, t->type);
	for (uint32_t i = 0; i < t->n; i++)
		kd_btfw_param(w, kd_btf_param(b, t, i).name, kd_btf_param(b, t, i).type);
}

static void add_other(struct kd_btfw *w, const struct kd_btf *b, const struct kd_btf_type *t)
{
	const struct kd_btf_int i = t->kind == KD_BTF_INT ? kd_btf_int(b, t) : (struct kd_btf_int){.bits = 0};

	switch ((enum kd_btf_kind)t->kind) {
	case KD_BTF_INT:
		kd_btfw_int(w, t->name, t->size, i.is_signed | i.is_char << 1 | i.is_bool << 2);
		break;
	case KD_BTF_FLOAT:
		kd_btfw_float(w, t->name, t->size);
		break;
	case KD_BTF_ARRAY:
		kd_btfw_array(w, t->type, kd_btf_array(b, t).index_type, kd_btf_array(b, t).n);
		break;
	case KD_BTF_FWD:
		kd_btfw_fwd(w, t->flag ? KD_BTF_UNION : KD_BTF_STRUCT, t->name);
		break;
	case KD_BTF_PTR:
	case KD_BTF_CONST:
	case KD_BTF_VOLATILE:
	case KD_BTF_RESTRICT:
	case KD_BTF_TYPEDEF:
		kd_btfw_ref(w, (enum kd_btf_kind)t->kind, t->name, t->type);
		break;
	default: /* functions, variables and tags are no types of C */
		break;
	}
}

static uint64_t copy(struct kd_btfw *w, const struct kd_btf *b)
{
	uint64_t entries = 0;
	struct kd_btf_type t;

	kd_btfw_unit_begin(w);
	for (uint32_t id = 1; id < b->end; id++)
		(void)kd_btfw_reserve(w);
	for (uint32_t id = 1; id < b->end; id++) {
		if (!kd_btf_type(b, id, &t))
			continue;
		entries += 1 + t.n;
		kd_btfw_at(w, id);
		if (t.kind == KD_BTF_STRUCT || t.kind == KD_BTF_UNION)
			add_composite(w, b, &t);
		else if (t.kind == KD_BTF_ENUM || t.kind == KD_BTF_ENUM64)
			add_enum(w, b, &t);
		else if (t.kind == KD_BTF_FUNC_PROTO)
			add_proto(w, b, &t);
		else
			add_other(w, b, &t);
	}
	return entries;
}

static bool same_layout(const struct kd_types *a, uint32_t x, const struct kd_types *b, uint32_t y)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(256 << 20);
	const struct kd_layout_opts opts = {.expand = true};
	struct kd_layout l, m;

	die(kd_layout_of(a, x, &opts, &arena, &l));
	die(kd_layout_of(b, y, &opts, &arena, &m));
	if (l.size != m.size || l.nrows != m.nrows)
		return false;
	for (size_t i = 0; i < l.nrows; i++) {
		const struct kd_layout_row *p = &l.rows[i], *q = &m.rows[i];

		if (p->what != q->what || p->off != q->off || p->size != q->size || p->bits != q->bits ||
		    p->bit != q->bit || !kd_view_eq(p->decl, q->decl))
			return false;
	}
	return true;
}

/* Structs of the file that are not among those of the blob with all that is in them. */
static size_t missing(const struct kd_types *from, const struct kd_types *to, size_t *ret_n)
{
	const struct kd_btf *b = kd_types_btf(from);
	size_t lost = 0;

	for (uint32_t id = 1; id < b->end; id++) {
		const enum kd_btf_kind kind = kd_btf_kind_of(b, id);
		const struct kd_view name = kd_btf_name_of(b, id);
		uint32_t ids[64];
		size_t n, i = 0;

		if ((kind != KD_BTF_STRUCT && kind != KD_BTF_UNION) || !name.n)
			continue;
		n = kd_types_find(to, 1u << kind, name, ids, 64);
		while (i < n && i < 64 && !same_layout(from, id, to, ids[i]))
			i++;
		if (i == n || i == 64) {
			printf("lost: %.*s\n", KD_VARG(name));
			lost++;
		}
		++*ret_n;
	}
	return lost;
}

static int of_file(const char *path, unsigned copies, const char *base)
{
	struct kd_btfw *w = kd_btfw_new(ROOM);
	struct kd_buf blob = KD_BUF_INIT(ROOM);
	struct kd_typesource *s = NULL;
	uint64_t entries = 0;
	const uint32_t *nodes;
	struct kd_types *ts;
	struct kd_btf btf;
	size_t n, structs = 0, lost;
	double begin;

	die(kd_typesource_open(path, base, &s));
	begin = now();
	for (unsigned i = 0; i < copies; i++) {
		entries += copy(w, &s->btf);
		die(kd_btfw_unit_end(w, &nodes, &n));
	}
	die(kd_btfw_finish(w, &blob));
	result(w, begin, entries);
	die(kd_btf_open(kd_buf_view(&blob), NULL, &btf));
	ts = kd_types_new(&btf, 0);
	lost = missing(s->types, ts, &structs);
	printf("%zu bytes; %zu structs and unions, %zu are not as they were\n", blob.n, structs, lost);
	kd_types_free(ts);
	kd_btf_deinit(&btf);
	kd_buf_deinit(&blob);
	kd_btfw_free(w);
	kd_typesource_free(s);
	return lost != 0;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: bench_types UNITS STRUCTS | bench_types FILE COPIES [BASE]\n", stderr);
		return 2;
	}
	if (strspn(argv[1], "0123456789") == strlen(argv[1]))
		return synthetic((unsigned)strtoul(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10));
	return of_file(argv[1], (unsigned)strtoul(argv[2], NULL, 10), argc > 3 ? argv[3] : NULL);
}
