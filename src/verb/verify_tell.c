// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdict first, then what it stands on. */
#include <math.h>

#include "base/alloc.h"
#include "verb/inventory.h"
#include "verb/verify_internal.h"

static struct kd_cell figures(struct kd_sheet *s, int digits, double d, const char *why)
{
	return isfinite(d) ? kd_cell_text(kd_sheet_text(s, "%.*g", digits, d)) : kd_cell_none(why);
}

static struct kd_cell decimals(struct kd_sheet *s, int n, double d, const char *why)
{
	return isfinite(d) ? kd_cell_text(kd_sheet_text(s, "%.*f", n, d)) : kd_cell_none(why);
}

static void headline(struct kd_vfy *w, const struct kd_rate *r)
{
	static const char *const words[KD_RATE_VERDICTS] = {
		[KD_RATE_HELPED] = "helped",
		[KD_RATE_GONE] = "gone so far",
		[KD_RATE_NO_CHANGE] = "no evidence of a change",
		[KD_RATE_WORSE] = "worse",
		[KD_RATE_NOT_ENOUGH] = "not enough exposure yet",
	};
	const char *word = r->verdict < KD_RATE_UNKNOWN ? words[r->verdict] : NULL;

	if (word && r->has_ratio && isfinite(r->hi))
		kd_sheet_say(w->s,
			     "%s: %.2g (%.2g to %.2g) times the rate of before: %.3g boots with it "
			     "per 1,000 host-hours, %.3g before",
			     word, r->ratio, r->lo, r->hi, r->after.rate, r->before.rate);
	kd_sheet_say(w->s, "%.*s", KD_VARG(r->sentence));
	if (r->need.n)
		kd_sheet_say(w->s, "%.*s", KD_VARG(r->need));
}

static void fields(struct kd_vfy *w, const struct kd_rate *r)
{
	struct kd_sheet *s = w->s;

	kd_sheet_field(
		s, "verdict", NULL,
		kd_cell_text(kd_view_of(kd_rate_verdict_name((enum kd_rate_verdict)r->verdict))));
	kd_sheet_field(s, "group", "GROUP", kd_cell_text(kd_sheet_text(s, "%s", w->group)));
	kd_sheet_field(s, "title", "TITLE",
		       w->title.n ? kd_cell_text(w->title) : kd_cell_none("it has none"));
	kd_sheet_field(s, "fix", w->o->fix ? "FIX" : NULL,
		       w->o->fix ? kd_cell_text(kd_view_of(w->o->fix))
				 : kd_cell_none("--release names it"));
	kd_sheet_field(s, "release", w->o->release ? "FIRST RELEASE WITH THE FIX" : NULL,
		       w->o->release ? kd_cell_text(kd_view_of(w->o->release))
				     : kd_cell_none("--fix names the commit"));
	kd_sheet_field(s, "window_since", "WINDOW FROM", kd_cell_text(kd_moment_text(s, w->since)));
	kd_sheet_field(s, "window_until", "WINDOW TO", kd_cell_text(kd_moment_text(s, w->until)));
	kd_sheet_field(
		s, "fix_since", "THE FIX CAME",
		w->fix_since ? kd_cell_text(kd_sheet_text(s, "%.*s (%s)",
							  KD_VARG(kd_moment_text(s, w->fix_since)),
							  w->fix_basis))
			     : kd_cell_none("no host and no event with it"));
	kd_sheet_field(s, "builds", NULL,
		       kd_cell_text(w->o->debug ? KD_V("debug") : KD_V("not debug")));
	kd_sheet_field(s, "ratio", NULL, figures(s, 4, r->ratio, "no rate on both sides"));
	kd_sheet_field(s, "low", NULL,
		       figures(s, 4, r->has_ratio ? r->lo : NAN, "no rate on both sides"));
	kd_sheet_field(s, "high", NULL, figures(s, 4, r->has_ratio ? r->hi : NAN, "no upper end"));
	kd_sheet_field(s, "p", NULL, figures(s, 4, r->p, NULL));
	kd_sheet_field(
		s, "method", NULL,
		kd_cell_text(kd_view_of(kd_rate_method_name((enum kd_rate_method)r->method))));
	kd_sheet_field(s, "need_hours", NULL,
		       decimals(s, 0, isfinite(r->need_zero) ? r->need_zero : r->need_power,
				"nobody can say"));
	kd_sheet_field(s, "need_days", NULL,
		       decimals(s, 1,
				isfinite(r->need_zero) ? r->need_zero_days : r->need_power_days,
				"nobody can say"));
}

static void side_row(struct kd_vfy *w, struct kd_table *t, const char *name,
		     const struct kd_rate_side *x)
{
	struct kd_cell *row = kd_table_row(t);

	row[0] = kd_cell_text(kd_view_of(name));
	row[1] = kd_cell_uint(x->hosts);
	row[2] = decimals(w->s, 0, x->hours, NULL);
	row[3] = kd_cell_uint(x->hit);
	row[4] = kd_cell_uint(x->hosts_hit);
	row[5] = figures(w->s, 3, x->rate, "no exposure is known");
	row[6] = x->boots ? kd_cell_uint(x->boots) : kd_cell_none("not known");
	row[7] = kd_cell_uint(x->events);
	row[8] = kd_cell_uint(x->unplaced);
	row[9] = kd_cell_uint(x->unknown_hosts);
	row[10] = kd_cell_uint(x->unknown_hit);
}

static void sides(struct kd_vfy *w, const struct kd_rate *r)
{
	static const struct kd_column columns[] = {{"period", "PERIOD"},
						   {"hosts", "HOSTS"},
						   {"host_hours", "HOST-HOURS"},
						   {"hit", "BOOTS WITH IT"},
						   {"hosts_hit", "HOSTS HIT"},
						   {"rate", "PER 1,000 H"},
						   {"boots", NULL},
						   {"events", NULL},
						   {"unplaced", "UNPLACED"},
						   {"unknown_hosts", NULL},
						   {"unknown_hit", "NO EXPOSURE"}};
	struct kd_table *t = kd_sheet_table(w->s, "sides", columns, KD_ARRAY_LEN(columns));

	t->title = "BEFORE AND AFTER";
	side_row(w, t, "without the fix", &r->before);
	side_row(w, t, "with the fix", &r->after);
}

static void releases(struct kd_vfy *w)
{
	static const struct kd_column columns[] = {
		{"release", "RELEASE"}, {"counted", "COUNTED"},   {"host_hours", "HOST-HOURS"},
		{"events", "EVENTS"},   {"hit", "BOOTS WITH IT"}, {"why", "WHY"}};
	static const char *const names[KD_VFY_SIDES] = {"without", "with", "left out"};
	struct kd_table *t = kd_sheet_table(w->s, "releases", columns, KD_ARRAY_LEN(columns));

	t->title = "RELEASES";
	kd_vec_each (x, &w->releases) {
		struct kd_cell *row;

		if (!x->us && !x->events)
			continue;
		row = kd_table_row(t);
		row[0] = kd_cell_text(kd_arena_view(w->a, x->text));
		row[1] = kd_cell_text(kd_view_of(x->apart ? "left out" : names[x->side]));
		row[2] = kd_cell_int(x->us / KD_VFY_HOUR);
		row[3] = kd_cell_uint(x->events);
		row[4] = kd_cell_uint(x->hits);
		row[5] = kd_sheet_cell(
			w->s, kd_view_of(x->apart ? "another class of builds, or another series"
					 : x->why ? x->why
						  : ""));
	}
}

static void hosts(struct kd_vfy *w, const struct kd_rate *r)
{
	static const struct kd_column columns[] = {{"host", "HOST"}, {"hit", "BOOTS WITH IT"}};
	struct kd_table *t = kd_sheet_table(w->s, "hosts", columns, KD_ARRAY_LEN(columns));

	t->title = "MOST OF THEM";
	for (size_t i = 0; i < r->ntop; i++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(kd_arena_view(w->a, r->top[i].host));
		row[1] = kd_cell_uint(r->top[i].hit);
	}
}

static void events(struct kd_vfy *w)
{
	static const struct kd_column columns[] = {
		{"id", "EVENT"}, {"time", "TIME"}, {"host", "HOST"}, {"release", "RELEASE"}};
	struct kd_table *t = kd_sheet_table(w->s, "events", columns, KD_ARRAY_LEN(columns));

	t->title = "FIRST EVENTS WITH THE FIX";
	kd_vec_each (i, &w->after) {
		const struct kd_vfy_event *e = &w->events.v[*i];
		struct kd_cell *row = kd_table_row(t);
		char id[KD_EVENT_ID];

		kd_event_id(e->key, id);
		row[0] = kd_sheet_cell(w->s, kd_view_of(id));
		row[1] = e->untimed ? kd_cell_none("it states no time")
				    : kd_cell_text(kd_moment_text(w->s, e->time));
		row[2] = e->host == KD_VFY_NONE
				 ? kd_cell_none("not stated")
				 : kd_cell_text(kd_arena_view(w->a, w->hosts.v[e->host]));
		row[3] =
			e->release == KD_VFY_NONE
				? kd_cell_none("not stated")
				: kd_cell_text(kd_arena_view(w->a, w->releases.v[e->release].text));
	}
	kd_sheet_field(w->s, "events_with_fix", NULL, kd_cell_uint(w->after_events));
}

#define N(x) ((unsigned long long)(x))

/* What is to be known about the inventory. */
static void exposure_notes(struct kd_vfy *w, const struct kd_rate *r)
{
	struct kd_sheet *s = w->s;

	if (w->contradictory)
		kd_sheet_note(s,
			      "of %lld host-hours the inventory says that a host ran two kernels "
			      "at once: they count for neither",
			      (long long)(w->contradictory / KD_VFY_HOUR));
	if (w->inferred_us)
		kd_sheet_note(s,
			      "%lld of the host-hours are inferred: the host was seen with the "
			      "release before and after",
			      (long long)(w->inferred_us / KD_VFY_HOUR));
	if (!w->spans.n)
		kd_sheet_note(s, "no inventory covers this window: 'kdoc inventory ingest' makes "
				 "rates of these counts");
	else if (w->newest < w->until - 2 * KD_VFY_DAY)
		kd_sheet_note(s, "the inventory ends on %.*s: later crashes have no exposure",
			      KD_VARG(kd_moment_text(s, w->newest)));
	if (r->verdict == KD_RATE_UNKNOWN && w->fix_since > w->since && w->fix_since < w->until)
		kd_sheet_note(s,
			      "equal exposure is an assumption: the window has %.1f days before "
			      "the fix came, and %.1f after",
			      (double)(w->fix_since - w->since) / KD_VFY_DAY,
			      (double)(w->until - w->fix_since) / KD_VFY_DAY);
}

/* What was not counted, or counted by an assumption. */
static void notes(struct kd_vfy *w, const struct kd_rate *r)
{
	struct kd_sheet *s = w->s;

	for (size_t i = 0; i < r->nnotes; i++)
		kd_sheet_note(s, "%.*s", KD_VARG(r->note[i]));
	if (!kd_view_eq(w->asked, kd_view_of(w->group)))
		kd_sheet_note(s, "%.*s stands for %s (merged, or shortened)", KD_VARG(w->asked),
			      w->group);
	if (w->skipped)
		kd_sheet_note(s,
			      "the window begins with the group's first crash: it, and what its "
			      "host had within a day, %llu event%s, %s not counted",
			      N(w->skipped), w->skipped == 1 ? "" : "s",
			      w->skipped == 1 ? "is" : "are");
	if (w->unknown_events)
		kd_sheet_note(s,
			      "%llu events are of releases of which nobody knows whether they have "
			      "the fix: left out (table releases says why)",
			      N(w->unknown_events));
	if (w->no_release)
		kd_sheet_note(s,
			      "%llu events name no release: each end of the interval takes them "
			      "for the worse",
			      N(w->no_release));
	if (w->inferred_release)
		kd_sheet_note(s, "of %llu events the release is inferred from the inventory",
			      N(w->inferred_release));
	if (w->apart_events)
		kd_sheet_note(s, "%llu events are of %s builds%s%s: left out%s", N(w->apart_events),
			      w->o->debug ? "other than debug" : "debug",
			      w->o->series ? " or not of " : "", w->o->series ? w->o->series : "",
			      w->o->debug ? "" : "; --debug compares debug builds with each other");
	if (w->untimed)
		kd_sheet_note(
			s, "%llu events state no time: the time at which they were ingested counts",
			N(w->untimed));
	exposure_notes(w, r);
	if (!w->events.n)
		kd_sheet_note(s, "the group has no events of its own");
}

static void next(struct kd_vfy *w, const struct kd_rate *r)
{
	struct kd_sheet *s = w->s;

	if (!w->spans.n)
		kd_sheet_next(s, "kdoc inventory ingest FILE");
	else
		kd_sheet_next(s, "kdoc inventory rollout");
	if (w->unknown_events && w->o->fix)
		kd_sheet_next(s, "kdoc backport-check %s", w->o->fix);
	else if (w->unknown_events)
		kd_sheet_next(s, "kdoc verify %s --fix=COMMIT", w->group);
	if (w->after_events && r->verdict != KD_RATE_HELPED)
		kd_sheet_next(s, "kdoc investigate %s", w->group);
}

void kd_vfy_tell(struct kd_vfy *w, const struct kd_rate *r)
{
	headline(w, r);
	fields(w, r);
	sides(w, r);
	events(w);
	hosts(w, r);
	releases(w);
	notes(w, r);
	next(w, r);
	w->s->none = r->verdict != KD_RATE_HELPED && r->verdict != KD_RATE_GONE;
}
