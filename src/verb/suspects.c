// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/suspects.h"

#include "base/alloc.h"
#include "history/bpevent.h"
#include "history/relset.h"
#include "history/suspects.h"

enum { ARENA_MAX = 512 << 20, NUMBER = 10, NUMBER_MAX = 400, WHY_MAX = 700, FUNCS_SHOWN = 4 };

static bool has_func(const struct kd_record *r, struct kd_view func)
{
	for (size_t i = 0; i < r->nfuncs; i++)
		if (kd_view_eq(r->funcs[i], func))
			return true;
	return false;
}

/* What of the report it touches: of the record, not of the index. */
static void reasons(const struct kd_fixquery *q, const struct kd_record *r, uint32_t lines, struct kd_buf *b)
{
	unsigned n = 0, files = 0;

	if (q->order.n && has_func(r, q->order.v[0]))
		kd_buf_printf(b, "changes the crashing function %.*s; ", KD_VARG(q->order.v[0]));
	for (size_t i = 0; i < q->funcs.n; i++)
		if (!(q->order.n && kd_view_eq(q->funcs.v[i].name, q->order.v[0])) && has_func(r, q->funcs.v[i].name) && n++ < FUNCS_SHOWN)
			kd_buf_printf(b, "%s%.*s", n == 1 ? "changes of the stack " : ", ", KD_VARG(q->funcs.v[i].name));
	kd_buf_printf(b, "%s", n ? "; " : "");
	for (size_t i = 0; i < r->nfiles; i++)
		for (size_t k = 0; k < q->paths.n; k++)
			if (kd_view_eq(r->files[i].path, q->paths.v[k].name) && files++ < 2)
				kd_buf_printf(b, "touches %.*s; ", KD_VARG(r->files[i].path));
	kd_buf_printf(b, "%s%u lines", n || files || b->n ? "" : "names in common alone; ", lines);
}

static struct kd_error *show(const struct kd_history *h, struct kd_sheet *s, const struct kd_fixquery *q, const struct kd_suspect *v, size_t n)
{
	static const struct kd_column columns[] = {{"commit", "COMMIT"}, {"score", "SCORE"}, {"date", "DATE"}, {"subject", "SUBJECT"}, {"why", "WHY"}};
	struct kd_table *t = kd_sheet_table(s, "suspects", columns, KD_ARRAY_LEN(columns));
	struct kd_bp_read read = KD_BP_READ_INIT;
	struct kd_error *err = NULL;

	t->title = "SUSPECTS";
	for (size_t i = 0; i < n && !err; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf why = KD_BUF_INIT(WHY_MAX);
		struct kd_seg_doc d;
		struct kd_cell *row;

		err = kd_bp_read(h->git, v[i].doc, &read);
		if (err)
			break;
		kd_store_doc(h->git, v[i].doc, &d);
		reasons(q, &read.r, v[i].lines, &why);
		row = kd_table_row(t);
		row[0] = kd_cell_text(kd_history_short(s, h, v[i].doc));
		row[1] = kd_cell_text(kd_sheet_text(s, "%.2f", (double)v[i].score));
		row[2] = kd_cell_text(kd_history_day(s, d.date));
		row[3] = kd_sheet_cell(s, read.c.subject);
		row[4] = kd_sheet_cell(s, kd_buf_view(&why));
	}
	kd_bp_read_deinit(&read);
	return err;
}

/* What bad has and good has not. */
static uint64_t range_of(const struct kd_relset *r, struct kd_bits *ret)
{
	uint64_t n = 0;

	kd_dag_reach(r->st, &r->v.v[1].tip, 1, ret);
	for (size_t i = 0; i <= ret->n / 64; i++) {
		ret->v[i] &= ~r->v.v[0].has.v[i];
		n += (uint64_t)__builtin_popcountll(ret->v[i]);
	}
	return n;
}

static struct kd_error *ask(struct kd_history *h, const struct kd_suspects_options *o, struct kd_relset *r, struct kd_sheet *s)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(ARENA_MAX);
	kd_auto(kd_bits_deinit) struct kd_bits range = {0};
	struct kd_fixquery q;
	struct kd_suspect *v;
	size_t n;
	uint64_t commits;
	struct kd_error *err = kd_relset_add(r, kd_view_of(o->good));

	if (!err)
		err = kd_relset_add(r, kd_view_of(o->bad));
	if (!err && r->v.n < 2)
		err = kd_error_new(KD_INVALID, "good and bad are one release");
	if (!err)
		err = kd_fixquery_parse(&a, o->report, &q);
	if (err)
		return err;
	commits = range_of(r, &range);
	kd_sheet_field(s, "good", "GOOD", kd_sheet_cell(s, r->v.v[0].name));
	kd_sheet_field(s, "bad", "BAD", kd_sheet_cell(s, r->v.v[1].name));
	kd_sheet_field(s, "range", "COMMITS BETWEEN", kd_cell_uint(commits));
	if (r->v.v[0].shallow || r->v.v[1].shallow)
		kd_sheet_note(s, "the tree of a release is not in the index as a whole: the range may be too large or too small");
	err = kd_suspects(h->git, &q, &range, o->number ? o->number : NUMBER, &a, &v, &n);
	if (!err)
		err = show(h, s, &q, v, n);
	s->none = !err && !n;
	if (!err && !n)
		kd_sheet_say(s, "%s", commits ? "no commit between them has anything in common with the report" : "bad has no commit that good lacks");
	else if (!err)
		kd_sheet_next(s, "kdoc show --diff %.*s", KD_VARG(kd_history_short(s, h, v[0].doc)));
	return err;
}

struct kd_error *kd_suspects_ask(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_suspects_options *o = options;
	struct kd_relset r;
	struct kd_error *err;

	(void)args;
	(void)nargs;
	if (!o->good || !o->bad)
		return kd_error_new(KD_INVALID, "--good and --bad are needed: the last release without the crash, the first one with it");
	if (o->number > NUMBER_MAX)
		return kd_error_new(KD_INVALID, "--limit is at most %d", NUMBER_MAX);
	kd_relset_init(&r, h->git, h->config);
	err = ask(h, o, &r, s);
	kd_relset_deinit(&r);
	return err;
}
