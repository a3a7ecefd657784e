/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a report stands to the others of its log: first domino, follow-ups, repeats, the
 * panic that ends it. Counts are counts of messages (trap 24); "may follow" is a
 * relation with a reason, never a proof of cause.
 */
#include "base/alloc.h"
#include "verb/inv.h"

static bool limited_by_kernel(const struct kd_report *r)
{
	return kd_inv_is(r, "kasan") || kd_inv_is(r, "lockdep") || kd_inv_is(r, "warning") || kd_inv_is(r, "hung_task");
}

static size_t followers(const struct kd_reports *rs, const struct kd_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->n; i++)
		n += rs->v[i]->caused_by == (int32_t)r->index && !rs->v[i]->infrastructure;
	return n;
}

/* Lists show the first of those that read the same: "a repeat of #1" for #6. */
static struct kd_view cause_words(struct kd_arena *a, const struct kd_reports *rs, int32_t index)
{
	for (size_t i = 0; i < rs->n; i++)
		if (rs->v[i]->index == (uint32_t)index && rs->v[i]->repeat_of)
			return kd_arena_printf(a, "a repeat of #%u", rs->v[i]->repeat_of);
	return kd_arena_printf(a, "#%d", index + 1);
}

struct kd_view kd_inv_relation(struct kd_arena *a, const struct kd_reports *rs,
			       const struct kd_report *r, bool chosen)
{
	size_t n;

	if (r->repeat_of)
		return kd_arena_printf(a, "same as #%u", r->repeat_of);
	if (r->caused_by >= 0)
		return kd_arena_printf(a, "%s %.*s%s%.*s",
				       r->tie == KD_TIE_PANIC ? "ends" : "may follow from",
				       KD_VARG(cause_words(a, rs, r->caused_by)),
				       r->caused_why.n ? ": " : "",
				       KD_VARG(kd_view_head(r->caused_why, 120)));
	n = followers(rs, r);
	if (n && chosen)
		return KD_V("first domino");
	return n ? kd_arena_printf(a, "%zu later one%s may follow from it", n, n == 1 ? "" : "s") : KD_VNULL;
}

static void say_counts(struct kd_inv_build *b, size_t same, size_t after)
{
	const struct kd_report *r = b->r;

	if (same)
		kd_inv_say(b, KD_PART_KNOWN, "repeats",
			   "%zu more report%s of this log read%s the same%s", same,
			   same == 1 ? "" : "s", same == 1 ? "s" : "",
			   limited_by_kernel(r) ? "; the kernel limits such messages, so this is "
						  "no count of events"
						: " (messages, not events)");
	if (after)
		kd_inv_say(b, KD_PART_KNOWN, "follow-ups",
			   "%zu later report%s of this log may follow from this one", after,
			   after == 1 ? "" : "s");
}

/* A sanitizer's title can hide the crash behind it (and so can any report that goes on). */
static void say_fatal(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_report *z = kd_inv_report(b->inv, r->fatal_next);
	struct kd_statement *s;

	if (!z || (r->outcome == KD_OUT_FATAL && !r->outcome_at.no))
		return;
	s = kd_inv_say(b, KD_PART_KNOWN, "fatal",
		       "the machine stopped later in this boot: report #%u, line %llu: %.*s%s",
		       z->index + 1, (unsigned long long)z->start_line,
		       KD_VARG(kd_view_head(z->title, 160)),
		       r->fatal_tied && z->tie == KD_TIE_PANIC && z->caused_by == (int32_t)r->index
			       ? "; that panic ends this report"
		       : r->fatal_tied ? "; it may follow from this one"
		       : r->outcome == KD_OUT_FATAL ? "; it stands right behind this one"
				     : "; nothing in the text ties it to this one");
	kd_inv_ref(b, s, &r->panic_after);
	if (z->nlines)
		kd_inv_ref(b, s, &(struct kd_logref){z->lines[0].no, z->lines[0].off,
						     z->lines[0].len, z->lines[0].text});
}

static void say_missing(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_statement *s;

	if (r->panic_missing) {
		s = kd_inv_say(b, KD_PART_UNKNOWN, "earlier",
			       "the panic's reason names an event whose report this log lacks: an "
			       "earlier report is missing, and the cause is in it");
		kd_inv_at(b, s, r->outcome_line);
	}
	if (!r->oops_missing)
		return;
	s = kd_inv_say(b, KD_PART_UNKNOWN, "earlier",
		       "[#%u]: the counter shows %u oops%s of this boot that this log lacks: an earlier "
		       "report is missing, and this one may follow from it",
		       r->oops_no, r->oops_missing, r->oops_missing == 1 ? "" : "es");
	kd_inv_at(b, s, r->oops_line);
}

static void say_cause(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_statement *s;

	if (r->caused_by < 0)
		return;
	if (r->tie == KD_TIE_PANIC)
		s = kd_inv_say(b, KD_PART_KNOWN, "domino",
			       "this panic ends report #%d of this log: %.*s", r->caused_by + 1,
			       KD_VARG(kd_view_head(r->caused_why, 200)));
	else
		s = kd_inv_say(b, KD_PART_KNOWN, "domino",
			       "may follow from report #%d of this log: %.*s; that speaks for it, it "
			       "does not prove it",
			       r->caused_by + 1, KD_VARG(kd_view_head(r->caused_why, 200)));
	kd_inv_at(b, s, r->tie_line);
}

void kd_inv_relations(struct kd_inv_build *b)
{
	const struct kd_reports *rs = b->inv->reports;
	const struct kd_report *r = b->r;
	struct kd_statement *s = NULL;

	if (r->repeat_of)
		s = kd_inv_say(b, KD_PART_KNOWN, "repeat", "reads the same as report #%u of this log",
			       r->repeat_of);
	kd_inv_at(b, s, kd_inv_header(r));
	say_cause(b);
	say_counts(b, r->repeats, followers(rs, r));
	say_fatal(b);
	say_missing(b);
	if (rs->n == 1 && !rs->log.skipped_reports)
		kd_inv_say(b, KD_PART_KNOWN, "alone", "it is the only report in this log");
}
