// SPDX-License-Identifier: GPL-2.0-or-later
/* core p --path: from a root object along a path of members, each hop in a row. */
#include <inttypes.h>

#include "base/alloc.h"
#include "core/expr.h"
#include "core/ident.h"
#include "verb/core_hops.h"

enum { HOPS_MAX = 64 };

struct hops {
	struct kd_dump *d;
	struct kd_values *vs;
	struct kd_sheet *s;
	struct kd_ident *id; /* NULL: the kernel's memory is not known well enough to say what an address is */
	struct kd_table *t;
};

/* The next step of the path: ".name", "->name", "name" or "[3]". */
static struct kd_view step_of(struct kd_view *rest, bool *is_index)
{
	size_t n = 0;
	struct kd_view step;

	if (!kd_view_skip(rest, KD_V("->")))
		(void)kd_view_skip(rest, KD_V("."));
	*is_index = kd_view_starts(*rest, KD_V("["));
	if (*is_index) {
		const size_t end = kd_view_chr(*rest, ']');

		step = end == KD_NPOS ? KD_VNULL : kd_view_from(kd_view_head(*rest, end), 1);
		*rest = end == KD_NPOS ? KD_VNULL : kd_view_from(*rest, end + 1);
		return step;
	}
	while (n < rest->n && rest->p[n] != '.' && rest->p[n] != '[' && !kd_view_starts(kd_view_from(*rest, n), KD_V("->")))
		n++;
	step = kd_view_head(*rest, n);
	*rest = kd_view_from(*rest, n);
	return step;
}

static struct kd_error *go(struct hops *h, struct kd_value *v, struct kd_view step, bool is_index)
{
	struct kd_value next;
	uint64_t i;
	struct kd_error *err;

	if (!step.n || (is_index && (!kd_view_dec(step, &i) || i > INT64_MAX)))
		return kd_error_new(KD_INVALID, "a path has members and numbers in brackets: mm.exe_file.f_path.dentry, or slot[3]");
	err = is_index ? kd_value_index(h->vs, v, (int64_t)i, &next) : kd_value_member(h->vs, v, step, &next);
	if (!err)
		*v = next;
	return err;
}

/* What a pointer points to, or where a struct lies. */
static struct kd_cell what_is(struct hops *h, uint64_t addr)
{
	struct kd_ident_fact f;
	struct kd_cell c;

	if (!h->id || !kd_ident_brief(h->id, addr, h->s->arena, &f))
		return kd_cell_none(NULL);
	c = kd_cell_text(f.text);
	c.guessed = f.guessed;
	return c;
}

/* false: the path cannot go on from here. */
static bool hop(struct hops *h, struct kd_view name, const struct kd_value *v)
{
	const enum kd_btf_kind kind = kd_vtype_kind(h->vs, v->type, NULL);
	const bool pointer = kind == KD_BTF_PTR;
	struct kd_cell *row = kd_table_row(h->t);
	uint64_t n = 0;
	struct kd_error *err = NULL;

	row[0] = kd_sheet_cell(h->s, name);
	row[1] = kd_cell_text(kd_vtype_text(h->vs, v->type, KD_VNULL, h->s->arena));
	row[2] = v->in_memory ? kd_cell_hex(v->addr) : kd_cell_none("it is no place in memory");
	row[3] = row[4] = kd_cell_none(NULL);
	if (kind == KD_BTF_STRUCT || kind == KD_BTF_UNION || kind == KD_BTF_ARRAY) {
		row[4] = v->in_memory ? what_is(h, v->addr) : row[4];
		return true;
	}
	err = kd_value_number(h->vs, v, &n);
	if (err) {
		row[3] = kd_cell_none(kd_sheet_text(h->s, "%s", err->msg).p);
		kd_sheet_note(h->s, "%.*s: %s", KD_VARG(name), err->msg);
		kd_error_free(err);
		return false;
	}
	row[3] = pointer ? kd_cell_hex(n) : kd_vtype_is_signed(h->vs, v->type) ? kd_cell_int((int64_t)n) : kd_cell_uint(n);
	if (pointer)
		row[4] = what_is(h, n);
	return true;
}

struct kd_error *kd_core_hops(struct kd_values *vs, struct kd_value *v, struct kd_view root, struct kd_view path, struct kd_sheet *s, bool *ret_ended)
{
	static const struct kd_column columns[] = {{"hop", "HOP"}, {"type", "TYPE"}, {"at", "AT"}, {"value", "VALUE"}, {"what", "WHAT IT IS"}};
	kd_auto(kd_ident_freep) struct kd_ident *id = NULL;
	struct hops h = {.d = kd_values_dump(vs), .vs = vs, .s = s};
	struct kd_error *err = kd_ident_new(h.d, &id);
	struct kd_view rest = path;
	bool is_index, on;

	kd_error_free(err);
	err = NULL;
	h.id = id;
	h.t = kd_sheet_table(s, "hops", columns, KD_ARRAY_LEN(columns));
	on = hop(&h, root, v);
	for (unsigned i = 0; on && rest.n; i++) {
		const struct kd_view before = rest, step = step_of(&rest, &is_index);
		uint64_t n;

		if (kd_vtype_kind(vs, v->type, NULL) == KD_BTF_PTR && !kd_value_number(vs, v, &n) && !n) {
			kd_sheet_note(s, "the path ends in a NULL pointer, in front of %.*s", KD_VARG(before));
			on = false;
			break;
		}
		err = i == HOPS_MAX ? kd_error_new(KD_LIMIT, "a path of more than %d members", HOPS_MAX) : go(&h, v, step, is_index);
		if (err)
			return err;
		on = hop(&h, is_index ? kd_view_head(before, before.n - rest.n) : step, v);
	}
	*ret_ended = !on;
	return NULL;
}
