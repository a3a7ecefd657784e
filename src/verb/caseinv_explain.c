// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Candidate explanations, the strongest first: what all boots with the bug have in common, held to
 * the boots that had something else, and what the representative's log makes likely. Boots are
 * counted, never messages. A value was picked because it stands out, so its p is corrected for the
 * values that could have been picked.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "verb/caseinv_internal.h"
#include "verb/odds.h"

typedef unsigned long long ull;
enum { FOUND = 64, SHOWN = 12 };
#define CHANCE 0.2 /* what is more likely than that without a reason is no explanation */

/* One that was found: kept until all can be put in order. */
struct found {
	double p;
	bool few;
	const char *topic, *confirm, *refute;
	char test[96];
	struct kd_view text;
	struct kd_evkey ev[3];
	unsigned nev;
};

struct all {
	struct kd_caseinv *ci;
	struct found v[FOUND];
	size_t n;
};

static struct found *add(struct all *a, const char *topic, const char *confirm, const char *refute)
{
	struct found *f = a->n < FOUND ? &a->v[a->n++] : NULL;

	if (f)
		*f = (struct found){.p = 1, .topic = topic, .confirm = confirm, .refute = refute};
	return f;
}

/* In words, what all boots having this value may mean. */
static const struct {
	enum kd_case_dim dim;
	const char *topic, *what, *means, *confirm, *refute;
} rows[] = {
	{KD_DIM_BUILD, "debug build", "build", "it may need the debug build's checks or its timing",
	 "the production build of the same source never has it over as many host-hours",
	 "it fires on a production build"},
	{KD_DIM_HOST, "one host", "host", "that machine's hardware or its workload",
	 "a memory test or exchanged part ends it, or the same workload elsewhere does not bring "
	 "it",
	 "it fires on another host"},
	{KD_DIM_HARDWARE, "hardware", "model and BIOS",
	 "that model's hardware or firmware, or where such machines are used",
	 "another BIOS version on the same model does not have it",
	 "it fires on another model or BIOS"},
	{KD_DIM_ARCH, "architecture", "architecture", "code or timing of that architecture",
	 "the code of the place differs between architectures", "it fires on another architecture"},
	{KD_DIM_SERIES, "series", "release series", "a change that came with that series",
	 "a kernel of another series on the same hosts never has it", "it fires on another series"},
	{KD_DIM_RELEASE, "release", "release", "a change that came with that release",
	 "the release before on the same hosts never has it over as many host-hours",
	 "it fires on another release"},
	{KD_DIM_COMM, "task", "task", "what that program does",
	 "stopping or changing that program ends it",
	 "it fires in another task, unless the task is a bystander (interrupts, lockups)"},
};

static const struct kd_casevalue *top_of(const struct kd_casedim *d, uint64_t *ret_bug,
					 uint64_t *ret_other, uint64_t *ret_values)
{
	const struct kd_casevalue *top = NULL;

	*ret_bug = *ret_other = *ret_values = 0;
	for (size_t i = 0; i < d->v.n; i++) {
		const struct kd_casevalue *v = &d->v.v[i];

		*ret_bug += v->bug;
		*ret_other += v->other;
		*ret_values += v->bug + v->other > 0;
		if (v->bug && (!top || v->bug > top->bug))
			top = v;
	}
	return top;
}

static void by_value(struct all *a, size_t row)
{
	struct kd_caseinv *ci = a->ci;
	uint64_t bug, other, values;
	const struct kd_casevalue *top = top_of(&ci->dim[rows[row].dim], &bug, &other, &values);
	struct kd_odds_table t;
	struct found *f;

	/* all of them, nearly; and there has to be something else that it could have been */
	if (!top || values < 2 || bug < 2 || top->bug * 10 < bug * 9)
		return;
	if (rows[row].dim == KD_DIM_BUILD && !kd_view_eq(top->name, KD_V("debug")))
		return;
	t = (struct kd_odds_table){top->bug, bug - top->bug, top->other, other - top->other};
	f = add(a, rows[row].topic, rows[row].confirm, rows[row].refute);
	if (!f)
		return;
	f->p = kd_odds_words(&t, rows[row].dim == KD_DIM_BUILD ? 1 : values, f->test,
			     sizeof(f->test));
	f->few = bug < KD_ODDS_FEW || other < KD_ODDS_FEW;
	f->text = kd_casepage_text(
		ci->page, "%llu of %llu boots with it have %s %.*s, of the others %llu of %llu: %s",
		(ull)top->bug, (ull)bug, rows[row].what, KD_VARG(kd_view_head(top->name, 120)),
		(ull)top->other, (ull)other, rows[row].means);
	for (unsigned i = 0; i < top->nev; i++)
		f->ev[f->nev++] = top->ev[i];
}

/* ---- another group before it in the same boot ---- */

static void by_prior(struct all *a)
{
	struct kd_caseinv *ci = a->ci;
	const struct kd_casedim *d = &ci->dim[KD_DIM_PRIOR];

	for (size_t i = 0; i < d->v.n; i++) {
		const struct kd_casevalue *v = &d->v.v[i];
		struct kd_odds_table t = {v->bug, ci->boots - v->bug, v->other,
					  ci->other_boots - v->other};
		struct found *f;

		if (!v->bug || v->bug * 2 < ci->boots)
			continue;
		f = add(a, "comes after",
			"the earlier report's damage explains this one: its taint flag, its "
			"memory, its lock",
			"it fires in boots without the earlier one");
		if (!f)
			return;
		f->p = kd_odds_words(&t, d->v.n, f->test, sizeof(f->test));
		f->few = ci->boots < KD_ODDS_FEW || ci->other_boots < KD_ODDS_FEW;
		f->text = kd_casepage_text(ci->page,
					   "in %llu of %llu boots an event of %.*s came before it; "
					   "%llu of %llu other boots had that one",
					   (ull)v->bug, (ull)ci->boots, KD_VARG(v->name),
					   (ull)v->other, (ull)ci->other_boots);
		for (unsigned k = 0; k < v->nev; k++)
			f->ev[f->nev++] = v->ev[k];
	}
}

/* ---- uptime ---- */

/* Counters that wrap, in seconds: 2^N ticks of a rate. */
static const struct {
	double at;
	const char *what;
} wraps[] = {
	{2147483.648, "2^31 milliseconds (24.9 days)"},
	{4294967.296, "2^32 milliseconds, or jiffies at 1000 Hz (49.7 days)"},
	{8589934.592, "2^31 jiffies at 250 Hz (99.4 days)"},
	{17179869.184, "2^32 jiffies at 250 Hz (198.8 days)"},
	{18014398.5, "2^54 nanoseconds (208.5 days)"},
	{21474836.48, "2^31 jiffies at 100 Hz (248.6 days)"},
	{42949672.96, "2^32 jiffies at 100 Hz (497.1 days)"},
};
#define WRAP_SHARE 0.002 /* that near it is, at most */
enum { AFTER_BOOT = 600 };

static uint64_t near(const struct kd_caseinv *ci, double low, double high, struct found *f,
		     uint64_t *ret_known)
{
	uint64_t n = 0;

	*ret_known = 0;
	for (size_t i = 0; i < ci->boot.n; i++) {
		double up = (double)ci->boot.v[i].mono / 1e6;

		if (ci->boot.v[i].mono < 0)
			continue;
		++*ret_known;
		if (up < low || up > high)
			continue;
		n++;
		if (f && f->nev < KD_ARRAY_LEN(f->ev))
			f->ev[f->nev++] = ci->boot.v[i].ev;
	}
	return n;
}

static void by_uptime(struct all *a)
{
	struct kd_caseinv *ci = a->ci;
	struct found probe = {.nev = 0}, *f;
	uint64_t known, n = near(ci, 0, AFTER_BOOT, &probe, &known);

	if (known >= 2 && n * 10 >= known * 9) {
		f = add(a, "after boot", "it comes when a driver is probed or a service starts",
			"it fires on a machine that is long up");
		if (f) {
			*f = (struct found){.p = 1,
					    .few = true,
					    .topic = f->topic,
					    .confirm = f->confirm,
					    .refute = f->refute,
					    .nev = probe.nev};
			memcpy(f->ev, probe.ev, sizeof(f->ev));
			snprintf(f->test, sizeof(f->test),
				 "no test: how long other boots ran is not known");
			f->text = kd_casepage_text(ci->page,
						   "%llu of %llu boots had it within %d minutes "
						   "after boot: what runs at start",
						   (ull)n, (ull)known, AFTER_BOOT / 60);
		}
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(wraps); i++) {
		probe.nev = 0;
		n = near(ci, wraps[i].at * (1 - WRAP_SHARE), wraps[i].at * (1 + WRAP_SHARE), &probe,
			 &known);
		if (n < 2 || n * 2 < known)
			continue;
		f = add(a, "uptime", "a clock that is set shortly before the wrap brings it",
			"it fires at other uptimes");
		if (!f)
			return;
		memcpy(f->ev, probe.ev, sizeof(f->ev));
		f->nev = probe.nev;
		/* as if any uptime up to 1.5 times that were as likely */
		f->p = kd_odds_binomial(n, known, 2 * WRAP_SHARE / 1.5) *
		       (double)KD_ARRAY_LEN(wraps);
		kd_odds_p(f->p, f->test, sizeof(f->test));
		f->text = kd_casepage_text(
			ci->page,
			"%llu of %llu boots had it within %.1f %% of %s: a counter that wraps",
			(ull)n, (ull)known, 100 * WRAP_SHARE, wraps[i].what);
	}
}

/* All on one CPU of one machine: a core that is broken looks like that. */
static void by_cpu(struct all *a)
{
	struct kd_caseinv *ci = a->ci;
	int64_t cpu = ci->boot.n ? ci->boot.v[0].cpu : -1;
	struct found *f;

	for (size_t i = 0; i < ci->boot.n; i++)
		if (ci->boot.v[i].cpu != cpu ||
		    !kd_view_eq(ci->boot.v[i].host, ci->boot.v[0].host) || !ci->boot.v[i].host.n)
			return;
	if (cpu < 0 || ci->boot.n < 3)
		return;
	f = add(a, "one CPU", "it does not come back with that CPU taken offline",
		"it fires on another CPU");
	if (!f)
		return;
	snprintf(f->test, sizeof(f->test), "no test: how many CPUs the host has is not known");
	f->few = true;
	f->text = kd_casepage_text(
		ci->page,
		"all %zu boots had it on CPU %lld of %.*s: that core, or what is bound to it",
		ci->boot.n, (long long)cpu, KD_VARG(ci->boot.v[0].host));
	f->ev[f->nev++] = ci->boot.v[0].ev;
}

/* ---- all ---- */

static int strongest(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;

	if (a->few != b->few)
		return a->few ? 1 : -1;
	if (a->p < b->p || a->p > b->p)
		return a->p < b->p ? -1 : 1;
	return strcmp(a->topic, b->topic);
}

static void put(struct kd_caseinv *ci, const struct found *f)
{
	struct kd_casestmt *s =
		kd_casepage_put(ci->page, KD_CASE_HYPOTHESIS, kd_view_of(f->topic), f->text);

	kd_casepage_test(ci->page, s, f->test);
	s->confirm = kd_view_of(f->confirm);
	s->refute = kd_view_of(f->refute);
	for (unsigned i = 0; i < f->nev; i++)
		kd_casepage_ev(ci->page, s, kd_case_ev(ci, f->ev[i]));
}

struct kd_error *kd_case_explain(struct kd_caseinv *ci)
{
	kd_auto(kd_buf_deinit) struct kd_buf chance = KD_BUF_INIT(4096);
	struct all *a = kd_xcalloc(1, sizeof(*a));
	size_t i = 0;

	a->ci = ci;
	kd_casepage_part(ci->page, "explanations", "EXPLANATIONS");
	for (size_t r = 0; r < KD_ARRAY_LEN(rows); r++)
		by_value(a, r);
	by_prior(a);
	by_uptime(a);
	by_cpu(a);
	if (a->n)
		qsort(a->v, a->n, sizeof(*a->v), strongest);
	while (i < a->n && i < SHOWN && !a->v[i].few && a->v[i].p < 0.05)
		put(ci, &a->v[i++]);
	if (ci->f) /* what the log itself makes likely comes before patterns that may be chance */
		kd_case_take(ci, ci->inv, KD_PART_LIKELY, NULL, KD_CASE_HYPOTHESIS, NULL);
	for (; i < a->n && i < SHOWN; i++) {
		if (a->v[i].few || a->v[i].p < CHANCE)
			put(ci, &a->v[i]);
		else
			kd_buf_printf(&chance, "%s%s (%s)", chance.n ? ", " : "", a->v[i].topic,
				      a->v[i].test);
	}
	if (chance.n)
		kd_casepage_say(ci->page, KD_CASE_SAID, "chance",
				"in common, and no more than chance would have it: %.*s",
				KD_VARG(kd_buf_view(&chance)));
	if (a->n > SHOWN)
		kd_casepage_say(ci->page, KD_CASE_SAID, "more", "%zu weaker patterns are left out",
				a->n - SHOWN);
	if (a->n)
		kd_casepage_say(ci->page, KD_CASE_SAID, "compared",
				"boots with it and boots of this memory that reported something "
				"else; hosts without any report are in neither");
	kd_free(a);
	return NULL;
}
