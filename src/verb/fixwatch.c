// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/fixwatch.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "case/links.h"
#include "history/backport.h"
#include "verb/history.h"

enum { FIXES_MAX = 16, RELEASES_MAX = 200 };

struct kd_fixwatch {
	struct kd_history *h; /* NULL: none */
	char *why;
};

/* One question. */
struct look {
	struct kd_fixwatch *w;
	struct kd_db *db;
	const char *grp;
	const struct kd_states *st;
	struct kd_arena *a;
	struct kd_state_facts *f;
	struct kd_view fix[FIXES_MAX];
	size_t nfix;
	struct kd_bp_commit commit[FIXES_MAX];
};

struct kd_error *kd_fixwatch_open(struct kd_ctx *ctx, const char *index, struct kd_fixwatch **ret)
{
	struct kd_fixwatch *w = kd_xcalloc(1, sizeof(*w));
	struct kd_error *err = kd_history_open(ctx, index, false, &w->h);

	if (err) {
		const char *msg = err->cls == KD_NOTFOUND ? "no index of commits ('kdoc index git' makes it)" : err->msg;

		w->why = kd_xstrndup(msg, strlen(msg));
		kd_error_free(err);
	}
	*ret = w;
	return NULL;
}

void kd_fixwatch_closep(struct kd_fixwatch **w)
{
	if (!*w)
		return;
	kd_history_close((*w)->h);
	kd_free((*w)->why);
	kd_free(*w);
	*w = NULL;
}

const char *kd_fixwatch_why_not(const struct kd_fixwatch *w)
{
	return w->why;
}

/* ---- which commits ---- */

static void add_fix(struct look *k, struct kd_view v)
{
	kd_view_skip(&v, KD_V("git:"));
	kd_view_skip(&v, KD_V("commit:"));
	v = kd_view_trim(v);
	for (size_t i = 0; i < k->nfix; i++)
		if (kd_view_eq(k->fix[i], v))
			return;
	if (v.n && k->nfix < FIXES_MAX)
		k->fix[k->nfix++] = v;
}

static struct kd_error *known_fix(void *user, struct kd_view fix, int64_t n, int64_t first, int64_t last)
{
	struct look *k = user;

	(void)n, (void)first, (void)last;
	add_fix(k, kd_arena_view(k->a, fix));
	return NULL;
}

static struct kd_error *collect(struct look *k)
{
	struct kd_links links = {.n = 0};
	struct kd_error *err = kd_links_of_group(k->db, k->grp, k->a, &links);

	for (size_t i = 0; i < links.n; i++)
		if (kd_view_eq(links.v[i].kind, KD_V("fix")))
			add_fix(k, links.v[i].key);
	for (size_t i = 0; i < k->st->n; i++)
		if (k->st->v[i].state == KD_STATE_MERGED)
			add_fix(k, k->st->v[i].ref);
	return err ? err : kd_state_known_fixes(k->db, k->grp, known_fix, k);
}

static void nobody_knows(struct look *k, const char *why)
{
	static const uint8_t asked[] = {KD_STATE_MERGED, KD_STATE_STABLE, KD_STATE_BUILT};

	for (size_t i = 0; i < KD_ARRAY_LEN(asked); i++)
		k->f->fact[asked[i]].why = kd_arena_printf(k->a, "not checked: %s", why);
}

/* ---- the history ---- */

struct carrier {
	const struct kd_relset *r;
	uint32_t doc;
};

static bool in_mainline(void *user, uint32_t doc)
{
	struct carrier *c = user;

	if (!kd_bits_has(&c->r->mainline, doc))
		return true;
	c->doc = doc;
	return false;
}

static int64_t committed(const struct look *k, uint32_t doc)
{
	struct kd_seg_doc d;

	if (doc == KD_DOC_NONE)
		return 0;
	kd_store_doc(k->w->h->git, doc, &d);
	return d.commit_date > 0 ? d.commit_date * 1000000 : 0;
}

static struct kd_error *look_mainline(struct look *k, struct kd_relset *r)
{
	struct kd_state_fact *f = &k->f->fact[KD_STATE_MERGED];
	bool all = true;
	struct kd_error *err = NULL;

	if (!r->mainline_name.p) {
		f->why = KD_V("not checked: the index has no mainline");
		return NULL;
	}
	for (size_t i = 0; i < k->nfix && !err; i++) {
		struct carrier c = {r, KD_DOC_NONE};

		err = kd_bp_carriers(r, &k->commit[i], in_mainline, &c);
		if (c.doc == KD_DOC_NONE)
			all = false;
		else if (committed(k, c.doc) > f->since)
			f->since = committed(k, c.doc);
	}
	f->holds = all && !err;
	if (!f->holds)
		f->since = 0;
	f->why = kd_arena_printf(k->a, "%.*s%s %s %.*s", KD_VARG(kd_view_head(k->fix[0], 40)), k->nfix > 1 ? " and others" : "",
				 f->holds ? "in" : "not in", KD_VARG(r->mainline_name));
	return err;
}

/* Does release i have all fixes? *since: when the last of them came in. */
static bool has_all(const struct look *k, const struct kd_bp_cell *cells, size_t nreleases, size_t i, int64_t *since)
{
	*since = 0;
	for (size_t c = 0; c < k->nfix; c++) {
		const struct kd_bp_cell *cell = &cells[c * nreleases + i];

		if (cell->state != KD_BP_PRESENT || cell->guessed)
			return false;
		if (committed(k, cell->by) > *since)
			*since = committed(k, cell->by);
	}
	return true;
}

static struct kd_error *cells_of(struct look *k, const struct kd_relset *r, struct kd_bp_cell **ret)
{
	*ret = kd_arena_array(k->a, k->nfix * r->v.n + 1, struct kd_bp_cell);
	if (!*ret)
		return kd_error_new(KD_LIMIT, "too many releases");
	return r->v.n ? kd_bp_check(r, k->commit, k->nfix, *ret) : NULL;
}

/* In how many of the first n releases of a set is it? */
static void tell_releases(struct look *k, const struct kd_relset *r, size_t n, const struct kd_bp_cell *cells, struct kd_state_fact *f,
			  const char *none)
{
	const char *first = NULL;
	size_t have = 0;
	int64_t since;

	for (size_t i = 0; i < n; i++) {
		if (!has_all(k, cells, r->v.n, i, &since))
			continue;
		if (!have++ || (since && since < f->since))
			f->since = since;
		if (!first)
			first = kd_arena_view(k->a, r->v.v[i].name).p;
	}
	f->holds = have;
	if (have)
		f->why = kd_arena_printf(k->a, "in %s%s (%zu of %zu)", first, have > 1 ? " and others" : "", have, n);
	else
		f->why = n ? kd_arena_printf(k->a, "in none of %zu", n) : kd_view_of(none);
}

static struct kd_error *look_stable(struct look *k)
{
	struct kd_relset r;
	struct kd_bp_cell *cells;
	const char *how;
	size_t left;
	struct kd_error *err;

	kd_relset_init(&r, k->w->h->git, NULL);
	err = kd_relset_default(&r, &how, &left);
	if (!err || kd_error_catch(&err, KD_NOTFOUND))
		err = cells_of(k, &r, &cells);
	if (!err)
		tell_releases(k, &r, r.v.n, cells, &k->f->fact[KD_STATE_STABLE], "not checked: the index has no branch or tag of a release");
	kd_relset_deinit(&r);
	return err;
}

/* ---- what runs ---- */

/* Releases that hosts run, that events came from since it was deployed: which of them have the fix? */
struct running {
	struct look *k;
	struct kd_relset *r; /* NULL: no index */
	struct one {
		struct kd_view release;
		int64_t hosts, since; /* of exposure */
		int64_t events, first_event; /* since it was deployed */
		size_t at; /* in r; KD_NPOS: not known there */
		bool has;
		struct kd_view how;
	} v[RELEASES_MAX];
	size_t n;
};

static struct one *one_of(struct running *u, struct kd_view release)
{
	bool changed = false;
	struct kd_error *err;
	struct one *o;

	for (size_t i = 0; i < u->n; i++)
		if (kd_view_eq(u->v[i].release, release))
			return &u->v[i];
	if (u->n == RELEASES_MAX || !release.n)
		return NULL;
	o = &u->v[u->n++];
	*o = (struct one){.release = kd_arena_view(u->k->a, release), .at = KD_NPOS};
	for (size_t i = 0; i < u->k->st->n; i++) {
		const struct kd_state_step *s = &u->k->st->v[i];

		if ((s->state == KD_STATE_BUILT || s->state == KD_STATE_DEPLOYED) && kd_view_eq(s->ref, release)) {
			o->has = true;
			o->how = kd_arena_printf(u->k->a, "%.*s said so", KD_VARG(s->who));
		}
	}
	err = u->r && u->k->nfix ? kd_relset_add_kernel(u->r, o->release, &o->at, &changed) : NULL;
	if (err)
		o->at = KD_NPOS;
	kd_error_free(err);
	return o;
}

static struct kd_error *exposed(void *user, struct kd_view release, int64_t hosts, int64_t since, int64_t until)
{
	struct one *o = one_of(user, release);

	(void)until;
	if (o) {
		o->hosts = hosts;
		o->since = since;
	}
	return NULL;
}

static struct kd_error *happened(void *user, struct kd_view release, int64_t n, int64_t first, int64_t last)
{
	struct one *o = one_of(user, release);

	(void)last;
	if (o) {
		o->events = n;
		o->first_event = first;
	}
	return NULL;
}

static void deployed_fact(struct running *u)
{
	struct kd_state_fact *f = &u->k->f->fact[KD_STATE_DEPLOYED];
	int64_t hosts = 0;
	const struct one *first = NULL;

	for (size_t i = 0; i < u->n; i++) {
		const struct one *o = &u->v[i];

		if (!o->has || !o->hosts)
			continue;
		hosts += o->hosts;
		if (!first || o->since < first->since)
			first = o;
	}
	f->holds = first;
	if (first) {
		f->since = first->since;
		f->why = kd_arena_printf(u->k->a, "%" PRId64 " host%s run or ran releases that have it, the first %.*s (%.*s)", hosts,
					 hosts == 1 ? "" : "s", KD_VARG(first->release), KD_VARG(first->how));
	} else {
		f->why = u->r ? KD_V("no host on record runs a release that has it")
			      : KD_V("no host on record runs a release that was said to have it; the history was not asked");
	}
}

static void regressed_fact(struct running *u, int64_t since)
{
	struct kd_state_fact *f = &u->k->f->fact[KD_STATE_REGRESSED];

	if (!since) {
		f->why = KD_V("it is not deployed");
		return;
	}
	f->why = KD_V("no event since then on a release that has the fix");
	for (size_t i = 0; i < u->n; i++) {
		const struct one *o = &u->v[i];

		if (!o->has || !o->events || (f->holds && o->first_event >= f->since))
			continue;
		f->holds = true;
		f->since = o->first_event;
		f->why = kd_arena_printf(u->k->a, "%" PRId64 " event%s on %.*s, which has the fix (%.*s)", o->events, o->events == 1 ? "" : "s",
					 KD_VARG(o->release), KD_VARG(o->how));
	}
}

/* When the fix was said to be, or is found to be, deployed: the last time somebody said it counts. */
static int64_t deployed_since(const struct look *k)
{
	for (size_t i = k->st->n; i--;) {
		uint8_t s = k->st->v[i].state;

		if (s == KD_STATE_DEPLOYED || s == KD_STATE_VERIFIED)
			return k->st->v[i].at;
		if (s != KD_STATE_REGRESSED)
			break;
	}
	return k->f->fact[KD_STATE_DEPLOYED].holds ? k->f->fact[KD_STATE_DEPLOYED].since : 0;
}

static struct kd_error *judge_running(struct running *u, struct kd_bp_cell **cells)
{
	struct kd_error *err = u->r ? cells_of(u->k, u->r, cells) : NULL;
	int64_t since;

	for (size_t i = 0; i < u->n && !err && u->r; i++) {
		struct one *o = &u->v[i];

		if (o->has || o->at == KD_NPOS || !u->k->nfix || !has_all(u->k, *cells, u->r->v.n, o->at, &since))
			continue;
		o->has = true;
		o->how = KD_V("the history says so");
	}
	return err;
}

static struct kd_error *look_running(struct look *k, struct kd_relset *r)
{
	struct running *u = kd_arena_new(k->a, struct running);
	struct kd_bp_cell *cells = NULL;
	struct kd_error *err;
	size_t builds = 0;
	int64_t since;

	if (!u)
		return kd_error_new(KD_LIMIT, "too many releases");
	u->k = k;
	u->r = r;
	builds = r ? r->v.n : 0;
	err = kd_state_exposed(k->db, exposed, u);
	if (!err)
		err = judge_running(u, &cells);
	if (err)
		return err;
	deployed_fact(u);
	since = deployed_since(k);
	if (since)
		err = kd_state_releases_since(k->db, k->grp, since, happened, u);
	if (!err)
		err = judge_running(u, &cells);
	if (err)
		return err;
	regressed_fact(u, since);
	if (r && k->nfix)
		tell_releases(k, r, builds, cells, &k->f->fact[KD_STATE_BUILT], "not checked: the configuration names no releases ([release \"…\"])");
	return NULL;
}

/* A set of what the configuration names; empty when it names none. */
static struct kd_error *builds_of(struct look *k, struct kd_relset *r)
{
	const char *how = "";
	size_t left;
	struct kd_error *err;

	kd_relset_init(r, k->w->h->git, k->w->h->config);
	err = kd_relset_default(r, &how, &left);
	if (err && !kd_error_catch(&err, KD_NOTFOUND))
		return err;
	if (strcmp(how, "the releases of the configuration") != 0) { /* as it was, but with its mainline */
		kd_relset_deinit(r);
		kd_relset_init(r, k->w->h->git, k->w->h->config);
	}
	return NULL;
}

static struct kd_error *with_history(struct look *k)
{
	struct kd_relset r;
	struct kd_error *err = builds_of(k, &r);

	for (size_t i = 0; i < k->nfix && !err; i++)
		err = kd_bp_commit(&r, k->fix[i], &k->commit[i]);
	if (err && (err->cls == KD_NOTFOUND || err->cls == KD_INVALID)) { /* "fix: see the ticket" */
		nobody_knows(k, kd_arena_view(k->a, kd_view_of(err->msg)).p);
		kd_error_free(err);
		k->nfix = 0;
		err = NULL;
	}
	if (!err && k->nfix)
		err = look_mainline(k, &r);
	if (!err && k->nfix)
		err = look_stable(k);
	if (!err)
		err = look_running(k, &r);
	kd_relset_deinit(&r);
	return err;
}

struct kd_error *kd_fixwatch_facts(struct kd_fixwatch *w, struct kd_db *db, const char *grp, const struct kd_states *st, struct kd_arena *a,
				   struct kd_state_facts *ret)
{
	struct look k = {.w = w, .db = db, .grp = grp, .st = st, .a = a, .f = ret};
	struct kd_error *err;

	*ret = (struct kd_state_facts){.events = 0};
	err = kd_state_facts(db, grp, a, ret);
	if (!err)
		err = collect(&k);
	if (err)
		return err;
	if (w->h && w->h->git && k.nfix)
		return kd_error_wrap(with_history(&k), "looking for the fix of %s", grp);
	nobody_knows(&k, !k.nfix ? "no fix commit is named" : w->why ? w->why : "no index of commits");
	return look_running(&k, NULL);
}
