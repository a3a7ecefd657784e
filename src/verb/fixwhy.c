// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/fixwhy.h"

#include "base/alloc.h"
#include "history/commit.h"
#include "history/kindwords.h"
#include "history/record.h"

enum { WHY_MAX = 8192, LIST_MAX = 600, NAMED = 3, DAY = 86400 };

struct why {
	const struct kd_fixquery *q;
	struct kd_buf b;
	unsigned n;
};

static void reason(struct why *y, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void reason(struct why *y, const char *fmt, ...)
{
	va_list ap;

	kd_buf_printf(&y->b, "%s", y->n++ ? "; " : "");
	va_start(ap, fmt);
	kd_buf_vprintf(&y->b, fmt, ap);
	va_end(ap);
}

static void list(struct kd_buf *b, struct kd_view v)
{
	kd_buf_printf(b, "%s%.*s", b->n ? " " : "", KD_VARG(v));
}

static bool has(const struct kd_view *v, size_t n, struct kd_view x)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(v[i], x))
			return true;
	return false;
}

static void touches(struct why *y, const struct kd_record *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf others = KD_BUF_INIT(LIST_MAX), files = KD_BUF_INIT(LIST_MAX);
	const struct kd_fixquery *q = y->q;
	unsigned n = 0, nfiles = 0;

	if (q->order.n && has(r->funcs, r->nfuncs, q->order.v[0]))
		reason(y, "changes the crashing function %.*s", KD_VARG(q->order.v[0]));
	for (size_t i = 0; i < q->funcs.n; i++)
		if (!(q->order.n && kd_view_eq(q->funcs.v[i].name, q->order.v[0])) && has(r->funcs, r->nfuncs, q->funcs.v[i].name) &&
		    n++ < NAMED)
			list(&others, q->funcs.v[i].name);
	if (n)
		reason(y, "changes %.*s of the stack", KD_VARG(kd_buf_view(&others)));
	for (size_t i = 0; i < q->paths.n; i++)
		for (size_t k = 0; k < r->nfiles; k++)
			if (kd_view_eq(q->paths.v[i].name, r->files[k].path) && nfiles++ < 2)
				list(&files, r->files[k].path);
	if (nfiles)
		reason(y, "touches %.*s", KD_VARG(kd_buf_view(&files)));
}

static bool is_word_in(struct kd_view text, struct kd_view word)
{
	size_t at;

	while ((at = kd_view_find(text, word)) != KD_NPOS) {
		const bool before = at && kd_is_word(text.p[at - 1]);
		const bool behind = at + word.n < text.n && kd_is_word(text.p[at + word.n]);

		if (!before && !behind)
			return true;
		text = kd_view_from(text, at + 1);
	}
	return false;
}

static void add_kind(void *user, struct kd_view word)
{
	unsigned *kinds = user;

	*kinds |= kd_kind_of_word(word);
}

static void says(struct why *y, const struct kd_commit *c)
{
	const struct kd_fixquery *q = y->q;
	unsigned quoted = 0, kinds = 0;

	for (size_t i = 0; i < q->order.n && i < NAMED; i++)
		if (is_word_in(c->subject, q->order.v[i]) || is_word_in(c->body, q->order.v[i])) {
			reason(y, "its message names %.*s", KD_VARG(q->order.v[i]));
			break;
		}
	for (size_t i = 0; i < q->funcs.n; i++)
		for (size_t k = 0; k < c->nfuncs; k++)
			if (kd_view_eq(c->funcs[k].func, q->funcs.v[i].name)) {
				quoted++;
				break;
			}
	if (quoted > 1)
		reason(y, "quotes a trace with %u of the same functions", quoted);
	kd_split_words_lower(c->subject, add_kind, &kinds);
	kinds &= q->kinds;
	for (unsigned i = 0; i < KD_SEG_KINDS; i++)
		if (kinds >> i & 1) {
			reason(y, "speaks of %s", kd_kind_name(i));
			break;
		}
}

static struct kd_view first_fixes(const struct kd_commit *c)
{
	for (size_t i = 0; i < c->nrelations; i++)
		if (c->relations[i].kind == KD_REL_FIXES && c->relations[i].oid.p)
			return kd_view_head(c->relations[i].oid, 12);
	return KD_VNULL;
}

struct kd_error *kd_fix_why(const struct kd_history *h, const struct kd_fixquery *q, uint32_t doc, struct kd_arena *a,
			    struct kd_fix_why *ret)
{
	struct why y = {.q = q, .b = KD_BUF_INIT(WHY_MAX)};
	struct kd_seg_doc d;
	struct kd_record r;
	struct kd_commit c;
	struct kd_error *err = kd_history_record(h, doc, a, &r);

	*ret = (struct kd_fix_why){.subject = KD_VNULL};
	if (!err)
		err = kd_commit_parse_message(a, r.message, &c);
	if (err)
		return err;
	touches(&y, &r);
	says(&y, &c);
	ret->fixes = first_fixes(&c);
	if (ret->fixes.n)
		reason(&y, "fixes %.*s", KD_VARG(ret->fixes));
	if (!y.n)
		reason(&y, "names in common alone");
	if (q->when) {
		int64_t days;

		kd_store_doc(h->git, doc, &d);
		days = (d.date - q->date) / DAY;
		reason(&y, "%lld days %s the kernel", (long long)(days < 0 ? -days : days), days < 0 ? "before" : "after");
	}
	ret->subject = c.subject;
	ret->text = kd_arena_view(a, kd_buf_view(&y.b));
	kd_buf_deinit(&y.b);
	return ret->text.p ? NULL : kd_error_new(KD_LIMIT, "the record of a commit is too long");
}
