// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/rate.h"

#include <inttypes.h>
#include <math.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "case/rate_internal.h"

#define TARGET 0.5
#define DOMINATES 3 /* a host with more than 1/3 of the boots is named */

struct work {
	const struct kd_rate_input *in;
	struct kd_arena *arena;
	struct kd_rate *r;
	struct kd_rate_tally t;
	bool full;
};

/* --- input ---------------------------------------------------------------------------------------------- */

static struct kd_error *check_cell(const struct kd_rate_host *h, const struct kd_rate_cell *c, const char *period)
{
	if (c->hours_known && (!isfinite(c->hours) || c->hours < 0))
		return kd_error_new(KD_INVALID, "host %.*s: the hours %s are no amount of time", KD_VARG(h->host), period);
	if (c->boots && c->hit > c->boots)
		return kd_error_new(KD_INVALID, "host %.*s: %" PRIu64 " boots %s, of which %" PRIu64 " have the crash", KD_VARG(h->host),
				    c->boots, period, c->hit);
	return NULL;
}

static struct kd_error *check_input(const struct kd_rate_input *in)
{
	kd_auto(kd_hashmap_deinit) struct kd_hashmap seen = KD_HASHMAP_INIT(KD_RATE_HOSTS_MAX, NULL);

	if (in->n > KD_RATE_HOSTS_MAX)
		return kd_error_new(KD_LIMIT, "%zu hosts are more than %d", in->n, KD_RATE_HOSTS_MAX);
	if (!(in->target >= 0) || in->target >= 1 || !(in->hours_per_day >= 0))
		return kd_error_new(KD_INVALID, "target is a ratio below 1, hours per day are not negative");
	for (size_t i = 0; i < in->n; i++) {
		struct kd_error *err = check_cell(&in->host[i], &in->host[i].before, "before");
		bool is_new = true;

		if (!err)
			err = check_cell(&in->host[i], &in->host[i].after, "after");
		if (!err && !in->host[i].host.n)
			err = kd_error_new(KD_INVALID, "host %zu has no name: such events are counted as unplaced", i);
		if (!err && (!kd_hashmap_add(&seen, in->host[i].host, &is_new) || !is_new))
			err = kd_error_new(KD_INVALID, "host %.*s stands in the input twice", KD_VARG(in->host[i].host));
		if (err)
			return err;
	}
	return NULL;
}

static void add_cell(struct kd_rate_side *s, const struct kd_rate_cell *c)
{
	if (!kd_rate_usable(c)) {
		s->unknown_hosts += c->hit || c->boots || c->events;
		s->unknown_hit += c->hit;
		return;
	}
	s->hosts += c->hours > 0;
	s->hosts_hit += c->hit > 0;
	s->hours += c->hours;
	s->boots += c->boots;
	s->hit += c->hit;
	s->events += c->events;
}

static void add_top(struct kd_rate *r, const struct kd_rate_host *h)
{
	const uint64_t hit = h->before.hit + h->after.hit;
	size_t at = r->ntop;

	if (!hit)
		return;
	while (at && r->top[at - 1].hit < hit)
		at--;
	if (at == KD_RATE_TOP)
		return;
	r->ntop += r->ntop < KD_RATE_TOP;
	for (size_t i = r->ntop - 1; i > at; i--)
		r->top[i] = r->top[i - 1];
	r->top[at] = (struct kd_rate_top){h->host, hit};
}

static void add_up(struct work *w)
{
	struct kd_rate *r = w->r;

	for (size_t i = 0; i < w->in->n; i++) {
		add_cell(&r->before, &w->in->host[i].before);
		add_cell(&r->after, &w->in->host[i].after);
		add_top(r, &w->in->host[i]);
	}
	r->before.unplaced = w->in->unplaced_before;
	r->after.unplaced = w->in->unplaced_after;
	r->before.rate = r->before.hours > 0 ? KD_RATE_PER * (double)r->before.hit / r->before.hours : NAN;
	r->after.rate = r->after.hours > 0 ? KD_RATE_PER * (double)r->after.hit / r->after.hours : NAN;
}

/* --- numbers -------------------------------------------------------------------------------------------- */

static double lost(const struct kd_rate_side *s)
{
	return (double)s->unknown_hit + (double)s->unplaced;
}

/* The worse case at each end: what could not be placed lies on the side that moves it outwards. */
static void intervals(struct work *w)
{
	const double none[2] = {0, 0}, before[2] = {lost(&w->r->before), 0}, after[2] = {0, lost(&w->r->after)};
	struct kd_rate_span s, more;
	struct kd_rate *r = w->r;

	kd_rate_span(&w->t, none, &s);
	r->exact_lo = s.exact_lo;
	r->exact_hi = s.exact_hi;
	r->exact_p = s.exact_p;
	r->lo = s.lo;
	r->hi = s.hi;
	r->p = s.p;
	r->before.independent = s.n[0];
	r->after.independent = s.n[1];
	kd_rate_span(&w->t, before, &more);
	r->lo = fmin(r->lo, more.lo);
	r->p = fmax(r->p, more.p);
	kd_rate_span(&w->t, after, &more);
	r->hi = fmax(r->hi, more.hi);
	r->p = fmax(r->p, more.p);
	r->method = w->t.method;
	r->hosts_differ = w->t.differ;
	r->dispersion = w->t.dispersion;
	r->has_ratio = r->before.hours > 0 && r->after.hours > 0 && r->before.hit;
	r->ratio = r->has_ratio ? r->after.rate / r->before.rate : NAN;
	r->wider = r->exact_lo > 0 && r->lo > 0 && isfinite(r->hi) && isfinite(r->exact_hi)
			   ? log(r->hi / r->lo) / log(r->exact_hi / r->exact_lo)
			   : NAN;
}

static double further(double wanted, double have)
{
	return isfinite(wanted) ? fmax(wanted - have, 0) : NAN;
}

static void needs(struct work *w)
{
	struct kd_rate *r = w->r;
	const double a_day = w->in->hours_per_day > 0 ? w->in->hours_per_day : NAN;

	r->target = w->in->target > 0 ? w->in->target : TARGET;
	r->need_zero = r->after.hit || lost(&r->after) > 0 ? NAN : further(kd_rate_zero_hours(&w->t), r->after.hours);
	r->need_power = further(kd_rate_power_hours(&w->t, r->target), r->after.hours);
	r->need_zero_days = r->need_zero / a_day;
	r->need_power_days = r->need_power / a_day;
}

static uint8_t judge(const struct kd_rate *r)
{
	const bool none_after = !r->after.hit && !(lost(&r->after) > 0);
	const bool hit_unknown = r->before.unknown_hit + r->after.unknown_hit > 0;

	if ((!(r->before.hours > 0) && r->before.unknown_hosts) || (!(r->after.hours > 0) && r->after.unknown_hosts) ||
	    (hit_unknown && !r->before.hit && !r->after.hit))
		return KD_RATE_UNKNOWN;
	if (r->hi < 1)
		return none_after ? KD_RATE_GONE : KD_RATE_HELPED;
	if (r->lo > 1)
		return KD_RATE_WORSE;
	if (!r->before.hit || !r->after.hit)
		return KD_RATE_NOT_ENOUGH;
	return r->lo > r->target || r->need_power == 0 ? KD_RATE_NO_CHANGE : KD_RATE_NOT_ENOUGH;
}

/* --- words ---------------------------------------------------------------------------------------------- */

static struct kd_view text(struct work *w, struct kd_view v)
{
	w->full = w->full || !v.p;
	return v;
}

#define TEXT(w, ...) text(w, kd_arena_printf((w)->arena, __VA_ARGS__))

static void note(struct work *w, struct kd_view v)
{
	if (w->r->nnotes < KD_RATE_NOTES_MAX)
		w->r->note[w->r->nnotes++] = v;
}

static struct kd_view ratio_words(struct work *w)
{
	const struct kd_rate *r = w->r;

	if (isfinite(r->hi))
		return TEXT(w, "%.3g times the rate of before (95 %% interval %.2g to %.2g, p = %.2g)", r->ratio, r->lo, r->hi, r->p);
	return TEXT(w, "%.3g times the rate of before (95 %% interval from %.2g up, without an upper end)", r->ratio, r->lo);
}

static struct kd_view rates_words(struct work *w)
{
	const struct kd_rate *r = w->r;

	return TEXT(w, "%" PRIu64 " boots with it in %.0f host-hours before, %" PRIu64 " in %.0f after", r->before.hit, r->before.hours,
		    r->after.hit, r->after.hours);
}

static struct kd_view not_enough_words(struct work *w)
{
	const struct kd_rate *r = w->r;

	if (!(r->after.hours > 0))
		return TEXT(w, "Not enough exposure yet: there is none after the fix.");
	if (!(r->before.hours > 0))
		return TEXT(w, "Not enough exposure: there is none before the fix to compare with.");
	if (!r->before.hit && !r->after.hit)
		return TEXT(w, "Nothing to compare: no boot of either period has the crash.");
	if (!r->before.hit)
		return TEXT(w, "Not enough exposure: no boot before has it, %" PRIu64 " after; this may be chance (p = %.2g).",
			    r->after.hit, r->p);
	return TEXT(w, "Not enough exposure yet: %.*s; now %.*s, which may be chance.", KD_VARG(rates_words(w)), KD_VARG(ratio_words(w)));
}

static struct kd_view unknown_words(struct work *w)
{
	const struct kd_rate *r = w->r;

	return TEXT(w,
		    "No rate can be given: the exposure is not known. Counts alone: %" PRIu64 " boots with it on %" PRIu64
		    " hosts before, %" PRIu64 " on %" PRIu64 " after; if both periods had the same exposure, p = %.2g.",
		    r->before.hit + r->before.unknown_hit, r->before.hosts_hit + r->before.unknown_hosts,
		    r->after.hit + r->after.unknown_hit, r->after.hosts_hit + r->after.unknown_hosts, r->p);
}

static struct kd_view sentence(struct work *w)
{
	const struct kd_rate *r = w->r;

	switch ((enum kd_rate_verdict)r->verdict) {
	case KD_RATE_HELPED:
		return TEXT(w, "The crash became rarer: %.*s; now %.*s.", KD_VARG(rates_words(w)), KD_VARG(ratio_words(w)));
	case KD_RATE_GONE:
		return TEXT(w,
			    "Gone so far: %.*s; the rate is less than %.2g times that of before (95 %% interval, p = %.2g). It is not shown "
			    "to be zero.",
			    KD_VARG(rates_words(w)), r->hi, r->p);
	case KD_RATE_NO_CHANGE:
		return TEXT(w, "No evidence of a change: %.*s; now %.*s.", KD_VARG(rates_words(w)), KD_VARG(ratio_words(w)));
	case KD_RATE_WORSE:
		if (!r->has_ratio)
			return TEXT(w, "The crash became more frequent: %.*s; at least %.2g times the rate of before (95 %% interval).",
				    KD_VARG(rates_words(w)), r->lo);
		return TEXT(w, "The crash became more frequent: %.*s; now %.*s.", KD_VARG(rates_words(w)), KD_VARG(ratio_words(w)));
	case KD_RATE_NOT_ENOUGH:
		return not_enough_words(w);
	case KD_RATE_UNKNOWN:
	case KD_RATE_VERDICTS:
		break;
	}
	return unknown_words(w);
}

static struct kd_view days_words(struct work *w, double days)
{
	if (!isfinite(days))
		return KD_V("");
	return TEXT(w, " (%.1f days at the present exposure)", days);
}

static struct kd_view need_words(struct work *w)
{
	const struct kd_rate *r = w->r;

	if (r->verdict != KD_RATE_NOT_ENOUGH || !r->before.hit || !(r->before.hours > 0))
		return KD_VNULL;
	if (isfinite(r->need_zero) && r->need_zero > 0)
		return TEXT(w, "Needs %.0f more host-hours%.*s without another one until the upper end of the interval is below 1.",
			    ceil(r->need_zero), KD_VARG(days_words(w, r->need_zero_days)));
	if (isfinite(r->need_power) && r->need_power > 0)
		return TEXT(w, "Needs %.0f more host-hours%.*s to tell a ratio of %.2g from 1 with a probability of 80 %%.",
			    ceil(r->need_power), KD_VARG(days_words(w, r->need_power_days)), r->target);
	return TEXT(w, "More exposure after the fix alone cannot tell a ratio of %.2g from 1: the %" PRIu64
		       " boots with it before count for no more than %.1f independent crashes.",
		    r->target, r->before.hit, r->before.independent);
}

static void note_lost(struct work *w)
{
	const struct kd_rate *r = w->r;
	const uint64_t unplaced = r->before.unplaced + r->after.unplaced, hit = r->before.unknown_hit + r->after.unknown_hit;

	if (unplaced)
		note(w, TEXT(w, "%" PRIu64 " before and %" PRIu64 " after name no host or boot: they are in no rate and cannot be clustered; "
				"the ends of the interval take each for a crash of its own.",
			     r->before.unplaced, r->after.unplaced));
	if (r->before.unknown_hosts + r->after.unknown_hosts)
		note(w, TEXT(w, "Exposure is not known for %" PRIu64 " hosts before, %" PRIu64 " after, with %" PRIu64
				" boots with it: they are in no rate%s.",
			     r->before.unknown_hosts, r->after.unknown_hosts, hit,
			     r->verdict == KD_RATE_UNKNOWN ? "" : "; the ends of the interval take each boot for a crash of its own"));
}

static void note_hosts(struct work *w)
{
	const struct kd_rate *r = w->r;
	const uint64_t all = r->before.hit + r->after.hit + r->before.unknown_hit + r->after.unknown_hit;

	if (r->ntop && r->top[0].hit >= DOMINATES && all > r->top[0].hit && r->top[0].hit * DOMINATES > all)
		note(w, TEXT(w, "One host, %.*s, has %" PRIu64 " of the %" PRIu64 " boots with it: the interval counts it as one cluster.",
			     KD_VARG(r->top[0].host), r->top[0].hit, all));
	else if (r->ntop == 1 && all > 1)
		note(w, TEXT(w, "All %" PRIu64 " boots with it are of one host, %.*s: this says nothing about others.", all,
			     KD_VARG(r->top[0].host)));
}

static void note_method(struct work *w)
{
	const struct kd_rate *r = w->r;

	if (r->verdict == KD_RATE_UNKNOWN)
		return;
	if (r->method == KD_RATE_HITS)
		note(w, TEXT(w, "Clustered by host: a host counts once a period (%" PRIu64 " hosts before, %" PRIu64 " after).",
			     r->before.hosts_hit, r->after.hosts_hit));
	else if (isfinite(r->dispersion))
		note(w, TEXT(w, "Clustered by host: boots with it scatter %.2g times as much as Poisson's between hosts; they count for %.1f "
				"independent ones before, %.1f after.",
			     r->dispersion, r->before.independent, r->after.independent));
	else
		note(w, KD_V("How much boots of one host belong together cannot be measured with so few hosts."));
	if (r->hosts_differ)
		note(w, KD_V("The same hosts crash again and again, more than equal hosts would: the interval allows for that."));
	if (isfinite(r->wider) && r->wider > 1.05)
		note(w, TEXT(w, "The interval is %.1f times as wide (of logarithms) as that of independent boots, %.2g to %.2g.", r->wider,
			     r->exact_lo, r->exact_hi));
	else if (isfinite(r->hi) && r->hi > 1.05 * r->exact_hi)
		note(w, TEXT(w, "The upper end would be %.2g if all boots were independent.", r->exact_hi));
}

/* --- all ------------------------------------------------------------------------------------------------- */

/* Counts alone: as if each host had one hour in each period. The caller has been told not to make a rate of it. */
static struct kd_error *without_hours(struct work *w)
{
	struct kd_rate_host *host = kd_arena_array(w->arena, w->in->n, struct kd_rate_host);
	struct kd_rate_span s;

	if (!host)
		return kd_error_new(KD_LIMIT, "no memory for %zu hosts", w->in->n);
	for (size_t i = 0; i < w->in->n; i++) {
		host[i] = w->in->host[i];
		host[i].before.hours = host[i].after.hours = 1;
		host[i].before.hours_known = host[i].after.hours_known = true;
	}
	kd_rate_tally(host, w->in->n, &w->t);
	kd_rate_span(&w->t, (const double[2]){0, 0}, &s);
	w->r->p = s.p;
	w->r->exact_p = s.exact_p;
	w->r->has_ratio = false;
	w->r->ratio = w->r->lo = w->r->hi = w->r->exact_lo = w->r->exact_hi = w->r->wider = NAN;
	w->r->before.rate = w->r->after.rate = NAN;
	w->r->need_zero = w->r->need_power = w->r->need_zero_days = w->r->need_power_days = NAN;
	return NULL;
}

struct kd_error *kd_rate_compare(const struct kd_rate_input *in, struct kd_arena *arena, struct kd_rate *ret)
{
	struct kd_rate r = {0};
	struct work w = {.in = in, .arena = arena, .r = &r};
	struct kd_error *err = check_input(in);

	if (err)
		return err;
	add_up(&w);
	kd_rate_tally(in->host, in->n, &w.t);
	intervals(&w);
	needs(&w);
	r.verdict = judge(&r);
	if (r.verdict == KD_RATE_UNKNOWN && (err = without_hours(&w)))
		return err;
	r.sentence = sentence(&w);
	r.need = need_words(&w);
	note_hosts(&w);
	note_method(&w);
	note_lost(&w);
	if (w.full)
		return kd_error_new(KD_LIMIT, "no memory for the words of a rate");
	*ret = r;
	return NULL;
}

const char *kd_rate_verdict_name(enum kd_rate_verdict v)
{
	static const char *const names[KD_RATE_VERDICTS] = {
		[KD_RATE_HELPED] = "helped", [KD_RATE_GONE] = "gone", [KD_RATE_NO_CHANGE] = "no-evidence-of-a-change",
		[KD_RATE_WORSE] = "worse", [KD_RATE_NOT_ENOUGH] = "not-enough-exposure", [KD_RATE_UNKNOWN] = "exposure-unknown",
	};

	return (unsigned)v < KD_RATE_VERDICTS ? names[v] : "?";
}

const char *kd_rate_method_name(enum kd_rate_method m)
{
	return m == KD_RATE_HITS ? "hosts-hit" : m == KD_RATE_DISPERSION ? "dispersion" : "none";
}

/* --- a fixed group returns -------------------------------------------------------------------------------- */

enum kd_return kd_rate_return(const struct kd_return_input *in, struct kd_arena *arena, struct kd_view *alert_ret)
{
	*alert_ret = KD_VNULL;
	if (!in->fixed || !(in->with_fix + in->without_fix + in->unknown))
		return KD_RETURN_NONE;
	if (in->with_fix) {
		*alert_ret = kd_arena_printf(arena,
					     "REGRESSION: closed as fixed, and back in %" PRIu64 " boots on %" PRIu64
					     " hosts whose kernel has the fix%s%.*s.",
					     in->with_fix, in->with_fix_hosts, in->release.n ? ", first on " : "", KD_VARG(in->release));
		return KD_RETURN_REGRESSION;
	}
	if (in->unknown) {
		*alert_ret = kd_arena_printf(arena,
					     "Perhaps a regression: closed as fixed, and back in %" PRIu64
					     " boots of kernels of which it is not known whether they have the fix.",
					     in->unknown);
		return KD_RETURN_PERHAPS;
	}
	*alert_ret = kd_arena_printf(arena, "No regression: closed as fixed; %" PRIu64 " boots since then had it, all on kernels without the fix.",
				     in->without_fix);
	return KD_RETURN_OLD_KERNEL;
}
