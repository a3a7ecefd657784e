/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint letters, where they matter (trap 12). A letter has several setters; "follows
 * from" is said only when a report that sets it stands earlier in the same boot's log.
 * W, D, B, L or M without one means that an earlier report is missing from the text.
 */
#include "base/alloc.h"
#include "report/relate.h"
#include "verb/inv.h"

/* The first report before this one, in its boot, that can have set the bit. */
static const struct kd_report *setter(const struct kd_inv_build *b, unsigned bit)
{
	const struct kd_reports *all = b->inv->reports;

	for (size_t i = 0; i < all->n && all->v[i] != b->r; i++) {
		const struct kd_report *e = all->v[i];

		if (e->boot == b->r->boot && kd_relate_sets(e->kind, e->died, bit) != KD_TAINT_NO &&
		    !(e->taint.stated && e->taint.bits >> bit & 1 && !kd_relate_own_flag(e->kind, bit)))
			return e;
	}
	return NULL;
}

static void event_letter(struct kd_inv_build *b, const struct kd_taint_info *t)
{
	const struct kd_report *by = setter(b, t->bit);
	struct kd_statement *s = NULL;

	if (b->r->taint_by_none >> t->bit & 1)
		s = kd_inv_say(b, KD_PART_UNKNOWN, "earlier",
			       "taint %c (%s) was set before this report, and nothing earlier of "
			       "this boot in this log sets it: an earlier report is missing",
			       t->letter, t->words);
	else if (by)
		s = kd_inv_say(b, KD_PART_KNOWN, "taint",
			       "%c (%s) was set before this report; report #%u of this log (%s), "
			       "line %llu, %s it",
			       t->letter, t->words, by->index + 1, by->kind->words,
			       (unsigned long long)by->start_line,
			       kd_relate_sets(by->kind, by->died, t->bit) == KD_TAINT_ALWAYS ? "sets"
										: "may have set");
	kd_inv_at(b, s, b->r->taint.line);
}

static void letters(struct kd_inv_build *b)
{
	char all[KD_TAINT_LETTERS];
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1024);
	struct kd_statement *s;

	kd_taint_letters(b->r->taint.bits, all);
	kd_buf_printf(&t, "%s:", all);
	for (unsigned i = 0; i < KD_NTAINT; i++) {
		const struct kd_taint_info *x = kd_taint_bit(i);

		if (x && b->r->taint.bits >> i & 1)
			kd_buf_printf(&t, "%s %c %s", t.p[t.n - 1] == ':' ? "" : ",",
				      x->letter, x->words);
	}
	if (b->r->taint.unknown.n)
		kd_buf_printf(&t, "; not in any table: %.*s",
			      KD_VARG(kd_view_head(b->r->taint.unknown, 32)));
	s = kd_inv_say(b, KD_PART_CONTEXT, "taint", "%.*s", KD_VARG(kd_buf_view(&t)));
	kd_inv_at(b, s, b->r->taint.line);
}

void kd_inv_taint(struct kd_inv_build *b)
{
	const struct kd_taint *t = &b->r->taint;

	if (!t->stated) {
		kd_inv_say(b, KD_PART_UNKNOWN, "taint",
			   "the taint state is not in the text: earlier reports cannot be excluded");
		return;
	}
	if (!t->bits && !t->unknown.n) {
		struct kd_statement *s =
			kd_inv_say(b, KD_PART_CONTEXT, "taint",
				   "not tainted: no earlier report of this boot set a flag, though not all kinds do");

		kd_inv_at(b, s, t->line);
		return;
	}
	letters(b);
	for (unsigned i = 0; i < KD_NTAINT; i++) {
		const struct kd_taint_info *x = kd_taint_bit(i);

		if (x && t->bits >> i & 1 && strchr("DWBLM", x->letter))
			event_letter(b, x);
	}
}
