/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Severity: the tier with its reason, and two axes. Impact is what this event
 * did to the machine; priority is how soon somebody should look, as far as one log can
 * tell: how often and where else it happens is not in it.
 */
#include "base/alloc.h"
#include "verb/inv.h"

static bool corrupts(const struct kd_report *r)
{
	static const char *const kinds[] = {"kasan", "kfence", "slab", "bad_page_state", "bad_page_map",
					    "list_corruption", "refcount"};

	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++)
		if (kd_inv_is(r, kinds[i]))
			return true;
	return false;
}

static const char *impact(const struct kd_report *r)
{
	if (r->owner == KD_OWNER_HARDWARE)
		return r->outcome == KD_OUT_FATAL ? "the machine stopped; hardware is suspect"
						  : "hardware is suspect; see the error's severity";
	if (r->outcome == KD_OUT_FATAL)
		return "the machine stopped (panic)";
	if (r->died)
		return r->outcome == KD_OUT_RECOVERED
			       ? "the task was killed; locks and references that it held stay held"
			       : "at least the task was killed; whether the machine went on is not "
				 "in this text";
	if (corrupts(r))
		return r->outcome == KD_OUT_RECOVERED
			       ? "the machine went on, its memory may be damaged"
			       : "its memory may be damaged; whether the machine went on is not in this "
				 "text";
	if (kd_inv_is(r, "hang") || kd_inv_is(r, "hung_task") || kd_inv_is(r, "rcu_stall") ||
	    kd_inv_is(r, "soft_lockup") || kd_inv_is(r, "hard_lockup"))
		return "work stood still for the time that the report states";
	return "the report alone stops nothing";
}

static const char *priority(const struct kd_report *r)
{
	if (r->infrastructure)
		return "none: not a kernel fault";
	if (r->owner == KD_OWNER_HARDWARE)
		return "to those who own the hardware, not to the software queue";
	if (r->owner == KD_OWNER_USER || r->owner == KD_OWNER_BPF)
		return "to the owner of the program named above";
	if (r->outcome == KD_OUT_FATAL || corrupts(r))
		return "now";
	if (r->tier >= KD_TIER_HIGH)
		return "soon";
	return "when it repeats or explains something else";
}

void kd_inv_severity(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_statement *s;

	s = kd_inv_say(b, KD_PART_CONTEXT, "severity", "%s%s%.*s", kd_tier_words(r->tier),
		       r->tier_why.n ? ": " : "", KD_VARG(kd_view_head(r->tier_why, 200)));
	kd_inv_at(b, s, kd_inv_header(r));
	s = kd_inv_say(b, KD_PART_CONTEXT, "impact", "%s%s%.*s%s", impact(r),
		       r->outcome_why.n ? " (" : "", KD_VARG(kd_view_head(r->outcome_why, 200)),
		       r->outcome_why.n ? ")" : "");
	kd_inv_at(b, s, r->outcome_line);
	kd_inv_ref(b, s, &r->outcome_at);
	kd_inv_say(b, KD_PART_CONTEXT, "priority", "%s", priority(r));
}
