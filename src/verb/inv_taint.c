/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taint letters, where they matter (trap 12). A letter has several setters; "follows
 * from" is said only when a report that sets it stands earlier in the same boot's log.
 * W, D, B, L or M without one means that an earlier report is missing from the text.
 */
#include "base/alloc.h"
#include "report/taint.h"
#include "verb/inv.h"

static enum kd_taint_sets sets(const struct kd_report *r, unsigned bit)
{
	enum kd_taint_sets a, z;

	if (!r->kind)
		return KD_TAINT_NO;
	a = kd_taint_setter(bit, kd_view_of(r->kind->name));
	z = kd_taint_setter(bit, kd_view_of(r->kind->family));
	if (r->kind->oops && kd_taint_setter(bit, KD_V("oops")) > a)
		a = kd_taint_setter(bit, KD_V("oops"));
	return a > z ? a : z;
}

/* The last report before this one, in its boot, that can have set the bit. */
static const struct kd_report *setter(const struct kd_inv_build *b, unsigned bit)
{
	const struct kd_reports *all = b->inv->reports;
	const struct kd_report *best = NULL;

	for (size_t i = 0; i < all->n && all->v[i] != b->r; i++)
		if (all->v[i]->index < b->r->index && sets(all->v[i], bit) != KD_TAINT_NO &&
		    kd_inv_same_boot(all->v[i], b->r))
			best = all->v[i];
	return best;
}

static void event_letter(struct kd_inv_build *b, const struct kd_taint_info *t)
{
	const struct kd_report *by = setter(b, t->bit);
	struct kd_statement *s;

	if (by) {
		s = kd_inv_say(b, KD_PART_KNOWN, "taint",
			       "%c (%s) was set before this report; report #%u of this log (%s) is "
			       "one that %s it",
			       t->letter, t->words, by->index + 1,
			       by->kind ? by->kind->words : "unknown",
			       sets(by, t->bit) == KD_TAINT_ALWAYS ? "sets" : "may have set");
	} else if (sets(b->r, t->bit) != KD_TAINT_NO &&
		   (kd_inv_is(b->r, "slab") || kd_inv_is(b->r, "mce") ||
		    kd_inv_is(b->r, "slub"))) {
		return; /* these set their letter before they print it */
	} else {
		s = kd_inv_say(b, KD_PART_UNKNOWN, "earlier",
			       "taint %c (%s) is set and nothing earlier in this log sets it: an "
			       "earlier report of this boot is missing here",
			       t->letter, t->words);
	}
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
				   "not tainted: no earlier report of this boot set a flag (not all do)");

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
