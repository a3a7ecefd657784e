// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What changed when it began: releases that came shortly before, what stayed as it was, and which
 * older releases ran without it. That two things came together in time is a hypothesis, and one
 * that an older release with the bug refutes.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "verb/caseinv_internal.h"

typedef unsigned long long ull;
enum { NEAR_HOURS = 48, NAMED = 6, HOSTS = 20 };
#define HOUR ((int64_t)3600 * 1000000)

struct rollout {
	int64_t since;
	bool known; /* table rollout has it; else derived: the first event of any kind */
};

static struct kd_error *on_since(void *user, const struct kd_dbval *col, size_t n)
{
	struct rollout *r = user;

	(void)n;
	if (col[0].type == KD_DBINT) {
		r->since = col[0].i;
		r->known = true;
	}
	return NULL;
}

static struct kd_error *rollout_of(struct kd_caseinv *ci, const struct kd_casevalue *v,
				   struct rollout *ret)
{
	struct kd_dbval arg = kd_dbtext(v->name);

	*ret = (struct rollout){.since = v->first};
	return kd_db_query(ci->db, "SELECT since FROM rollout WHERE release = ?1", &arg, 1,
			   on_since, ret);
}

/* The release with the bug that appeared in the memory last before the bug did. */
static struct kd_error *newest_before(struct kd_caseinv *ci, const struct kd_casevalue **ret,
				      struct rollout *ret_since,
				      const struct kd_casevalue **ret_itself)
{
	const struct kd_casedim *d = &ci->dim[KD_DIM_RELEASE];
	struct kd_error *err = NULL;

	*ret = *ret_itself = NULL;
	for (size_t i = 0; i < d->v.n && !err; i++) {
		const struct kd_casevalue *v = &d->v.v[i];
		struct rollout r;

		if (!v->bug)
			continue;
		err = rollout_of(ci, v, &r);
		if (err || !r.since || r.since > ci->first ||
		    ci->first - r.since > NEAR_HOURS * HOUR)
			continue;
		if (!r.known && r.since == ci->first) { /* nothing was reported of that release
							   before the bug itself */
			*ret_itself = v;
			continue;
		}
		if (!*ret || r.since > ret_since->since) {
			*ret = v;
			*ret_since = r;
		}
	}
	return err;
}

/* Another release that had it and was there before. */
static const struct kd_casevalue *older_with(const struct kd_caseinv *ci,
					     const struct kd_casevalue *r)
{
	const struct kd_casedim *d = &ci->dim[KD_DIM_RELEASE];
	const struct kd_casevalue *best = NULL;

	for (size_t i = 0; i < d->v.n; i++) {
		struct kd_release a, b;

		if (&d->v.v[i] == r || !d->v.v[i].bug || !kd_release_parse(d->v.v[i].name, &a) ||
		    !kd_release_parse(r->name, &b))
			continue;
		if (kd_release_comparable(&a, &b) && kd_release_cmp(&a, &b) < 0)
			best = &d->v.v[i];
	}
	return best;
}

static struct kd_error *began(struct kd_caseinv *ci)
{
	const struct kd_casevalue *r, *older, *itself;
	struct rollout since = {0};
	struct kd_casestmt *s;
	struct kd_error *err = newest_before(ci, &r, &since, &itself);

	if (err)
		return err;
	if (!r && itself) {
		kd_casepage_say(ci->page, KD_CASE_UNKNOWN, "release",
				"it is the first that this memory has of %.*s: whether it came "
				"with that release is not known (table rollout would tell)",
				KD_VARG(itself->name));
		return NULL;
	}
	if (!r) {
		kd_casepage_say(ci->page, KD_CASE_SAID, "release",
				"no release with it came within %d hours before its first event",
				NEAR_HOURS);
		return NULL;
	}
	older = older_with(ci, r);
	s = kd_casepage_say(ci->page, KD_CASE_HYPOTHESIS, "release",
			    "its first event (%.*s) came %.1f hours after %.*s (%s %.*s): that "
			    "they came together in time is all that says it%s%.*s%s",
			    KD_VARG(kd_case_day(ci, ci->first)),
			    (double)(ci->first - since.since) / (double)HOUR, KD_VARG(r->name),
			    since.known ? "rolled out since"
					: "derived: its first event of any kind",
			    KD_VARG(kd_case_day(ci, since.since)),
			    older ? "; and it also fired on the older " : "",
			    KD_VARG(older ? older->name : KD_VNULL),
			    older ? ": the release alone does not explain it" : "");
	kd_casepage_confirm(
		ci->page, s,
		"hosts that go back to the release before stop having it, over as many host-hours");
	kd_casepage_refute(ci->page, s,
			   older ? "it fired on a host of the older release before the rollout"
				 : "it fires on a release from before");
	for (unsigned i = 0; i < r->nev; i++)
		kd_casepage_ev(ci->page, s, kd_case_ev(ci, r->ev[i]));
	for (unsigned i = 0; older && i < older->nev; i++)
		kd_casepage_ev(ci->page, s, kd_case_ev(ci, older->ev[i]));
	return NULL;
}

/* Releases that were there before and never had it. */
static struct kd_error *ran_without(struct kd_caseinv *ci)
{
	const struct kd_casedim *d = &ci->dim[KD_DIM_RELEASE];
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	size_t n = 0;

	for (size_t i = 0; i < d->v.n; i++) {
		const struct kd_casevalue *v = &d->v.v[i];

		if (v->bug || !v->first || v->first >= ci->first)
			continue;
		if (n++ < NAMED)
			kd_buf_printf(&b, "%s%.*s (%llu boot%s with other reports)",
				      n > 1 ? ", " : "", KD_VARG(kd_view_head(v->name, 100)),
				      (ull)v->other, kd_case_s(v->other));
	}
	if (n)
		kd_casepage_say(ci->page, KD_CASE_SAID, "ran without",
				"%.*s%s: seen before and never with it; how long and on how many "
				"hosts they ran without any report is not in these counts",
				KD_VARG(kd_buf_view(&b)), n > NAMED ? " and more" : "");
	return NULL;
}

/* ---- what stayed ---- */

struct stayed {
	struct kd_caseinv *ci;
	struct kd_view host, hardware;
	bool same, other;
	struct kd_evkey ev;
	int64_t at;
};

static struct kd_error *on_before(void *user, const struct kd_dbval *col, size_t n)
{
	struct stayed *s = user;

	(void)n;
	if (col[0].type != KD_DBTEXT || col[1].type != KD_DBINT || col[2].type != KD_DBINT)
		return NULL;
	if (!kd_view_eq(col[0].v, s->hardware)) {
		s->other = true;
		return NULL;
	}
	s->same = true;
	s->at = col[1].i;
	s->ev = (struct kd_evkey){col[1].i, col[2].i};
	return NULL;
}

/* Model and BIOS are one line of a report; hosts where it read the same before the bug began. */
static struct kd_error *hardware(struct kd_caseinv *ci)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_casestmt *st;
	struct kd_evkey ev[HOSTS];
	struct kd_error *err = NULL;
	size_t same = 0, changed = 0;

	for (size_t i = 0; i < ci->boot.n && i < HOSTS && !err; i++) {
		const struct kd_caseboot *boot = &ci->boot.v[i];
		struct stayed s = {.ci = ci, .host = boot->host, .hardware = boot->hardware};
		struct kd_dbval args[] = {kd_dbtext(boot->host), kd_dbint(ci->first)};

		if (!boot->host.n || !boot->hardware.n)
			continue;
		err = kd_db_query(ci->db,
				  "SELECT hardware, at, dig FROM event WHERE host = ?1 AND at < ?2 "
				  "AND at > 0 AND hardware IS NOT NULL "
				  "ORDER BY at, dig LIMIT 50",
				  args, 2, on_before, &s);
		if (s.same && !s.other) {
			kd_buf_printf(&b, "%s%.*s since %.*s", same ? ", " : "",
				      KD_VARG(boot->host), KD_VARG(kd_case_day(ci, s.at)));
			ev[same++] = s.ev;
		}
		changed += s.other;
	}
	if (same) {
		st = kd_casepage_say(
			ci->page, KD_CASE_SAID, "not changed",
			"model and BIOS as the log prints them: the same before it began on %.*s",
			KD_VARG(kd_buf_view(&b)));
		for (size_t i = 0; i < same; i++)
			kd_casepage_ev(ci->page, st, kd_case_ev(ci, ev[i]));
	}
	if (changed)
		kd_casepage_say(ci->page, KD_CASE_SAID, "changed",
				"model or BIOS were others before on %zu of its hosts", changed);
	return err;
}

/* "BPF scheduler NAME stopped": its name holds its version. */
static struct kd_view scheduler(struct kd_view title)
{
	struct kd_view v = title, name;

	return kd_view_skip(&v, KD_V("BPF scheduler ")) && kd_view_take_word(&v, &name) ? name
											: KD_VNULL;
}

/* Without the architecture at its end. */
static struct kd_view without_arch(struct kd_view v)
{
	static const struct kd_view arches[] = {KD_V("x86-64"), KD_V("x86_64"), KD_V("aarch64"),
						KD_V("arm64"), KD_V("amd64")};

	for (size_t i = 0; i < KD_ARRAY_LEN(arches); i++)
		if (kd_view_ends(v, arches[i]) && v.n > arches[i].n)
			return kd_view_head(v, v.n - arches[i].n - 1);
	return v;
}

static void component(struct kd_caseinv *ci)
{
	struct kd_view first = without_arch(scheduler(ci->sig.v[0].title));

	for (size_t i = 1; i < ci->sig.n; i++)
		if (!kd_view_eq(first, without_arch(scheduler(ci->sig.v[i].title))))
			return;
	if (first.n)
		kd_casepage_say(ci->page, KD_CASE_SAID, "component",
				"BPF scheduler \"%.*s\" is the same in all events; whether this "
				"version ran before without it, no event tells: %s",
				KD_VARG(first), "an event is only made when it stops");
}

struct kd_error *kd_case_change(struct kd_caseinv *ci)
{
	struct kd_error *err;

	kd_casepage_part(ci->page, "changed", "WHAT LIKELY CHANGED");
	if (!ci->first) {
		kd_casepage_say(ci->page, KD_CASE_UNKNOWN, "began",
				"no event states a time with year and zone");
		return NULL;
	}
	err = began(ci);
	if (!err)
		err = ran_without(ci);
	if (!err)
		err = hardware(ci);
	component(ci);
	return err;
}
