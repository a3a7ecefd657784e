// SPDX-License-Identifier: GPL-2.0-or-later
/* The events of an incident: in order, tied, with the first domino. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "case/incident.h"
#include "report/kind.h"
#include "report/relate.h"
#include "report/taint.h"

#define SELECT "SELECT " KD_EVENT_COLUMNS " FROM event WHERE "
static const char load_boot[] = SELECT "host = ?1 AND boot = ?2 ORDER BY at, mono, number, dig";
static const char load_no_host[] =
	SELECT "host IS NULL AND boot = ?1 ORDER BY at, mono, number, dig";
static const char load_span[] = SELECT
	"host = ?1 AND boot IS NULL AND at >= ?2 AND at <= ?3 ORDER BY at, mono, number, dig";
static const char load_one[] = SELECT "at = ?1 AND dig = ?2";

enum { ISSUES = 64 };

struct load {
	struct kd_arena *a;
	struct kd_incident *inc;
	KD_VEC(struct kd_incident_event) v;
	KD_VEC(struct kd_siginfo *) sig;
};

static struct kd_error *too_big(void)
{
	return kd_error_new(KD_LIMIT, "the incident needs too much memory");
}

static struct kd_error *on_row(void *user, const struct kd_dbval *col, size_t n)
{
	struct load *l = user;
	struct kd_incident_event *x;

	(void)n;
	if (l->v.n >= KD_INCIDENT_EVENTS) {
		l->inc->left_out++;
		return NULL;
	}
	x = kd_vec_push(&l->v, KD_INCIDENT_EVENTS);
	*x = (struct kd_incident_event){.cause = -1, .repeat_of = -1};
	kd_event_read(col, &x->e);
	return kd_event_keep(&x->e, l->a) ? NULL : too_big();
}

static struct kd_error *read_events(struct kd_db *db, const struct kd_incident_sum *s,
				    struct load *l)
{
	struct kd_dbval both[] = {kd_dbtext(s->host), kd_dbtext(s->boot)};
	struct kd_dbval span[] = {kd_dbtext(s->host), kd_dbint(s->from), kd_dbint(s->until)};
	struct kd_dbval one[] = {kd_dbint(s->begin.at), kd_dbint(s->begin.dig)};

	if (s->host.n && s->boot.n)
		return kd_db_query(db, load_boot, both, 2, on_row, l);
	if (s->boot.n)
		return kd_db_query(db, load_no_host, both + 1, 1, on_row, l);
	if (s->host.n && s->from)
		return kd_db_query(db, load_span, span, 3, on_row, l);
	return kd_db_query(db, load_one, one, 2, on_row, l);
}

/* One struct for each signature. */
static struct kd_error *read_sig(struct kd_db *db, struct load *l, struct kd_incident_event *x)
{
	struct kd_siginfo *s, **slot;
	struct kd_error *err;

	for (size_t i = 0; i < l->sig.n; i++) {
		if (l->sig.v[i]->sig == x->e.sig) {
			x->sig = l->sig.v[i];
			return NULL;
		}
	}
	s = kd_arena_new(l->a, struct kd_siginfo);
	slot = kd_vec_push(&l->sig, KD_INCIDENT_EVENTS);
	if (!s || !slot)
		return too_big();
	*slot = s;
	s->sig = x->e.sig;
	err = kd_siginfo_get(db, x->e.sig, l->a, s);
	kd_error_catch(&err, KD_NOTFOUND);
	x->sig = s;
	return err;
}

/* ---- order ---- */

static int three(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_clock(const void *pa, const void *pb)
{
	const struct kd_event *a = &((const struct kd_incident_event *)pa)->e,
			      *b = &((const struct kd_incident_event *)pb)->e;
	int c = three(a->mono, b->mono);

	if (!c)
		c = three(a->number, b->number);
	return c ? c : three(a->key.dig, b->key.dig);
}

static int by_time(const void *pa, const void *pb)
{
	const struct kd_event *a = &((const struct kd_incident_event *)pa)->e,
			      *b = &((const struct kd_incident_event *)pb)->e;
	int c = three(a->key.at, b->key.at);

	return c ? c : by_clock(pa, pb);
}

static int by_place(const void *pa, const void *pb)
{
	const struct kd_event *a = &((const struct kd_incident_event *)pa)->e,
			      *b = &((const struct kd_incident_event *)pb)->e;
	int c = kd_view_cmp(a->input, b->input);

	if (!c)
		c = three(a->number, b->number);
	return c ? c : three(a->key.dig, b->key.dig);
}

/* The kernel counts its oopses itself: where the clocks of CPUs say otherwise they are wrong. */
static void by_counter(struct kd_incident_event *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t least = i;

		if (!v[i].e.has_oops)
			continue;
		for (size_t k = i + 1; k < n; k++)
			if (v[k].e.has_oops && v[k].e.oops < v[least].e.oops)
				least = k;
		if (least != i) {
			struct kd_incident_event x = v[i];

			v[i] = v[least];
			v[least] = x;
		}
	}
}

static void order(struct kd_incident *inc)
{
	bool clock = !inc->sum.by_time, time = true;

	for (size_t i = 0; i < inc->n; i++) {
		clock &= inc->v[i].e.has_mono;
		time &= inc->v[i].e.key.at != 0;
	}
	inc->order = clock  ? KD_INCIDENT_BY_CLOCK
		     : time ? KD_INCIDENT_BY_TIME
			    : KD_INCIDENT_BY_PLACE;
	qsort(inc->v, inc->n, sizeof(*inc->v), clock ? by_clock : time ? by_time : by_place);
	if (!inc->sum.by_time)
		by_counter(inc->v, inc->n);
	for (size_t i = 1; i < inc->n; i++) {
		const struct kd_event *a = &inc->v[i - 1].e, *b = &inc->v[i].e;
		bool counted = a->has_oops && b->has_oops,
		     same = a->has_cpu && b->has_cpu && a->cpu == b->cpu;

		inc->v[i].unsure =
			!counted && !same && clock && b->mono - a->mono < KD_INCIDENT_SKEW;
	}
}

static void repeats(struct kd_incident *inc)
{
	for (size_t i = 1; i < inc->n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (inc->v[k].repeat_of >= 0 || inc->v[k].e.sig != inc->v[i].e.sig)
				continue;
			inc->v[i].repeat_of = (ptrdiff_t)k;
			inc->v[k].repeats++;
			break;
		}
	}
}

/* ---- ties ---- */

static void stored_causes(struct kd_incident *inc)
{
	for (size_t i = 0; i < inc->n; i++) {
		struct kd_incident_event *x = &inc->v[i];

		x->elsewhere = x->e.has_cause;
		for (size_t k = 0; k < inc->n && x->elsewhere; k++) {
			const struct kd_evkey key = inc->v[k].e.key;

			if (k == i || key.at != x->e.cause_of.at || key.dig != x->e.cause_of.dig)
				continue;
			x->elsewhere = false;
			x->cause = (ptrdiff_t)k;
			x->tie = KD_INCIDENT_LOG;
			x->why = x->e.cause;
		}
	}
}

static const struct kd_kind *kind_of(const struct kd_incident_event *x)
{
	return x->sig->kind.n ? kd_kind_by_name(x->sig->kind) : NULL;
}

static enum kd_taint_sets sets(const struct kd_incident_event *x, unsigned bit)
{
	const struct kd_kind *k = kind_of(x);

	return k ? kd_relate_sets(k, x->e.has_oops, bit) : KD_TAINT_NO;
}

/* Was the flag there when the event began? Some kinds set it before they print. */
static bool had(const struct kd_incident_event *x, unsigned bit)
{
	const struct kd_kind *k = kind_of(x);

	return x->e.has_taint && x->e.taint >> bit & 1 && !(k && kd_relate_own_flag(k, bit));
}

static void tie(struct kd_incident *inc, size_t i, size_t setter, unsigned bit, struct kd_arena *a)
{
	struct kd_incident_event *x = &inc->v[i];
	const struct kd_taint_info *info = kd_taint_bit(bit);
	bool always =
		sets(&inc->v[setter], bit) == KD_TAINT_ALWAYS && !inc->sum.by_time && !x->unsure;

	if (x->cause >= 0 || i == setter)
		return;
	x->cause = (ptrdiff_t)setter;
	x->tie = always ? KD_INCIDENT_FLAG : KD_INCIDENT_MAYBE;
	x->why = kd_arena_printf(
		a, "taint %c (%s) was set when it fired, and that one %s it%s", info->letter,
		info->words, sets(&inc->v[setter], bit) == KD_TAINT_ALWAYS ? "sets" : "may set",
		inc->sum.by_time ? "; that both are of one boot is not known" : "");
}

/*
 * Who set the flag? An event that sets it and stands before the first one that had it; when there
 * is none, something that was not reported here, and that stays so for all later ones, whatever set
 * it once more.
 */
static void one_flag(struct kd_incident *inc, unsigned bit, struct kd_arena *a)
{
	size_t first = 0, setter = KD_NPOS;

	while (first < inc->n && !had(&inc->v[first], bit))
		first++;
	for (size_t k = first; k-- > 0 && first < inc->n;) {
		if (sets(&inc->v[k], bit) != KD_TAINT_NO) {
			setter = k;
			break;
		}
	}
	for (size_t i = first; i < inc->n; i++) {
		if (!had(&inc->v[i], bit))
			continue;
		if (setter == KD_NPOS)
			inc->v[i].unset |= 1u << bit;
		else
			tie(inc, i, setter, bit, a);
	}
}

static void flags(struct kd_incident *inc, struct kd_arena *a)
{
	/* the strongest first: what damages memory, what died, what warned */
	static const char letters[] = "BDMLW";

	for (const char *l = letters; *l; l++)
		one_flag(inc, kd_taint_letter(*l)->bit, a);
}

/* [#3] without #1 and #2: two reports are missing. */
static void counters(struct kd_incident *inc)
{
	int64_t before = 0;

	if (inc->sum.by_time)
		return;
	for (size_t i = 0; i < inc->n; i++) {
		struct kd_incident_event *x = &inc->v[i];

		if (!x->e.has_oops)
			continue;
		if (x->e.oops > before + 1)
			x->missing = x->e.oops - before - 1 > UINT32_MAX
					     ? UINT32_MAX
					     : (uint32_t)(x->e.oops - before - 1);
		if (x->e.oops > before)
			before = x->e.oops;
	}
}

static void first_domino(struct kd_incident *inc)
{
	size_t steps = 0;

	for (size_t i = 1; i < inc->n; i++)
		if (inc->v[i].e.tier > inc->v[inc->worst].e.tier)
			inc->worst = i;
	inc->first = inc->worst;
	while (inc->v[inc->first].cause >= 0 && steps++ < inc->n)
		inc->first = (size_t)inc->v[inc->first].cause;
	inc->first_open = inc->v[inc->first].unset || inc->v[inc->first].missing ||
			  inc->v[inc->first].elsewhere;
}

static struct kd_error *issues(struct kd_incident *inc, struct kd_arena *a)
{
	inc->issue = kd_arena_array(a, ISSUES, struct kd_view);
	if (!inc->issue)
		return too_big();
	for (size_t i = 0; i < inc->n; i++) {
		size_t k = 0;

		while (k < inc->nissues && !kd_view_eq(inc->issue[k], inc->v[i].e.issue))
			k++;
		if (inc->v[i].e.issue.n && k == inc->nissues && k < ISSUES)
			inc->issue[inc->nissues++] = inc->v[i].e.issue;
	}
	return NULL;
}

struct kd_error *kd_incident_load(struct kd_db *db, const struct kd_incident_sum *sum,
				  struct kd_arena *a, struct kd_incident *ret)
{
	struct load l = {.a = a, .inc = ret};
	struct kd_error *err;

	*ret = (struct kd_incident){.sum = *sum};
	err = read_events(db, sum, &l);
	for (size_t i = 0; i < l.v.n && !err; i++)
		err = read_sig(db, &l, &l.v.v[i]);
	if (!err && !l.v.n)
		err = kd_error_new(KD_NOTFOUND, "the events of %s are not there any more", sum->id);
	if (!err) {
		ret->n = l.v.n;
		ret->v = kd_arena_array(a, l.v.n, struct kd_incident_event);
		err = ret->v ? NULL : too_big();
	}
	if (!err) {
		memcpy(ret->v, l.v.v, l.v.n * sizeof(*l.v.v));
		order(ret);
		repeats(ret);
		stored_causes(ret);
		flags(ret, a);
		counters(ret);
		first_domino(ret);
		err = issues(ret, a);
	}
	kd_vec_free(&l.v);
	kd_vec_free(&l.sig);
	return err;
}
