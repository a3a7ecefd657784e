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
	return kd_inv_is(r, "kasan") || kd_inv_is(r, "lockdep") || kd_inv_is(r, "warn") ||
	       kd_inv_is(r, "warning") || kd_inv_is(r, "hung_task");
}

static size_t followers(const struct kd_reports *rs, const struct kd_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->n; i++)
		n += rs->v[i]->caused_by == (int32_t)r->index && !rs->v[i]->infrastructure;
	return n;
}

static size_t repeats(const struct kd_reports *rs, const struct kd_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->n; i++)
		n += rs->v[i]->repeat_of == r->index + 1;
	return n;
}

struct kd_view kd_inv_relation(struct kd_arena *a, const struct kd_reports *rs,
			       const struct kd_report *r)
{
	if (r->repeat_of)
		return kd_arena_printf(a, "same as #%u", r->repeat_of);
	if (r->caused_by >= 0)
		return kd_arena_printf(a, "may follow from #%d%s%.*s", r->caused_by + 1,
				       r->caused_why.n ? ": " : "",
				       KD_VARG(kd_view_head(r->caused_why, 120)));
	if (followers(rs, r))
		return KD_V("first domino");
	return KD_VNULL;
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

void kd_inv_relations(struct kd_inv_build *b)
{
	const struct kd_reports *rs = b->inv->reports;
	const struct kd_report *r = b->r;
	size_t same = repeats(rs, r), after = followers(rs, r);
	struct kd_statement *s = NULL;

	if (r->repeat_of)
		s = kd_inv_say(b, KD_PART_KNOWN, "repeat", "reads the same as report #%u of this log",
			       r->repeat_of);
	kd_inv_at(b, s, 0);
	s = NULL;
	if (r->caused_by >= 0)
		s = kd_inv_say(b, KD_PART_KNOWN, "domino",
			       "may follow from report #%d of this log%s%.*s; order and shared "
			       "context speak for it, they do not prove it",
			       r->caused_by + 1, r->caused_why.n ? ": " : "",
			       KD_VARG(kd_view_head(r->caused_why, 200)));
	kd_inv_at(b, s, 0);
	say_counts(b, same, after);
	if (rs->n == 1)
		kd_inv_say(b, KD_PART_KNOWN, "alone", "it is the only report in this log");
}
