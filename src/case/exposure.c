// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/exposure.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

#define SECOND ((int64_t)1000000)
#define DAY (86400 * SECOND)
#define YEAR_2000                                                                                  \
	(946684800 * SECOND) /* a clock that nobody set begins at 1970, or at its maker's date */
#define LONGEST (20 * 366 * DAY)

static const char *const bases[KD_EXPOSURE_BASES] = {[KD_EXPOSURE_STATED] = "stated",
						     [KD_EXPOSURE_SEEN] = "seen",
						     [KD_EXPOSURE_INFERRED] = "inferred"};

const char *kd_exposure_basis_name(unsigned basis)
{
	return basis < KD_EXPOSURE_BASES ? bases[basis] : "?";
}

static uint8_t basis_of(struct kd_view name)
{
	for (unsigned i = 0; i < KD_EXPOSURE_BASES; i++)
		if (kd_view_eq(name, kd_view_of(bases[i])))
			return (uint8_t)i;
	return KD_EXPOSURE_STATED;
}

/* Names of hosts and kernels are printable ASCII without blanks. */
static bool is_name(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] > '~')
			return false;
	return v.n > 0 && v.n <= KD_EXPOSURE_NAME_MAX;
}

const char *kd_exposure_refuse(const struct kd_exposure *e, int64_t now)
{
	if (!is_name(e->host))
		return "it names no host, or not as hosts are named";
	if (!is_name(e->release))
		return "it names no release, or not as kernels are named";
	if (e->since > e->until)
		return "it ends before it begins";
	if (e->since < YEAR_2000)
		return "it begins before the year 2000: a wrong clock";
	if (e->until > now + DAY)
		return "it ends in the future: a wrong clock";
	if (e->until - e->since > LONGEST)
		return "it is longer than 20 years";
	if (e->boots != KD_EXPOSURE_NO_BOOTS &&
	    (e->boots < 0 || e->boots > (e->until - e->since) / SECOND + 1))
		return "it has more boots than seconds";
	return NULL;
}

/* ---- merging ---- */

static int cmp_num(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_release(const void *a, const void *b)
{
	const struct kd_exposure *x = a, *y = b;
	int c = kd_view_cmp(x->release, y->release);

	if (!c)
		c = cmp_num(x->since, y->since);
	if (!c)
		c = cmp_num(y->until, x->until); /* the longer one first */
	return c ? c : cmp_num(x->basis, y->basis);
}

static int by_host(const void *a, const void *b)
{
	const struct kd_exposure *x = a, *y = b;
	int c = kd_view_cmp(x->host, y->host);

	return c ? c : by_release(a, b);
}

/* Of what touches: the sum. Of what lies in another: nothing more. Else nobody knows how many boots
 * both have. */
static void take_in(struct kd_exposure *a, const struct kd_exposure *b)
{
	if (b->since == a->since && b->until == a->until) {
		if (b->boots > a->boots)
			a->boots = b->boots;
		return; /* the stronger basis came first */
	}
	if (b->until <= a->until)
		return;
	if (b->since < a->until || a->boots == KD_EXPOSURE_NO_BOOTS ||
	    b->boots == KD_EXPOSURE_NO_BOOTS)
		a->boots = KD_EXPOSURE_NO_BOOTS;
	else
		a->boots += b->boots;
	if (b->basis > a->basis)
		a->basis = b->basis;
	a->until = b->until;
}

/* Did the host run another release somewhere between from and to? */
static bool other_between(const struct kd_exposure *v, size_t n, struct kd_view release,
			  int64_t from, int64_t to)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].until > from && v[i].since < to && !kd_view_eq(v[i].release, release))
			return true;
	return false;
}

size_t kd_exposure_merge(struct kd_exposure *v, size_t n, int64_t gap)
{
	kd_auto(kd_freep) struct kd_exposure *all = NULL;
	size_t to = 0;

	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), by_release);
	all = kd_xcalloc(n,
			 sizeof(*all)); /* what is between has to be looked for in what there was */
	memcpy(all, v, n * sizeof(*v));
	for (size_t i = 1; i < n; i++) {
		struct kd_exposure *a = &v[to];
		const struct kd_exposure b = v[i];
		const bool same = kd_view_eq(a->release, b.release);

		if (same && b.since <= a->until) {
			take_in(a, &b);
		} else if (same && a->basis != KD_EXPOSURE_STATED &&
			   b.basis != KD_EXPOSURE_STATED && b.since - a->until <= gap &&
			   !other_between(all, n, a->release, a->until, b.since)) {
			a->until = b.until;
			a->basis = KD_EXPOSURE_INFERRED;
			a->boots = KD_EXPOSURE_NO_BOOTS;
		} else {
			v[++to] = b;
		}
	}
	return to + 1;
}

/* ---- the table ---- */

struct rows {
	KD_VEC(struct kd_exposure) v;
	struct kd_arena *a;
};

static struct kd_exposure row_of(const struct kd_dbval *c)
{
	return (struct kd_exposure){
		.host = c[0].v,
		.release = c[1].v,
		.since = c[2].i,
		.until = c[3].i,
		.boots = c[4].type == KD_DBINT ? c[4].i : KD_EXPOSURE_NO_BOOTS,
		.basis = c[5].type == KD_DBTEXT ? basis_of(c[5].v) : KD_EXPOSURE_STATED,
	};
}

static struct kd_error *keep_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct rows *r = user;
	struct kd_exposure *e = kd_vec_push(&r->v, KD_EXPOSURE_HOST_MAX);

	(void)n;
	if (!e)
		return kd_error_new(KD_LIMIT, "more than %d spans of the host %.*s",
				    KD_EXPOSURE_HOST_MAX, KD_VARG(c[0].v));
	*e = row_of(c);
	e->host = kd_arena_view(r->a, e->host);
	e->release = kd_arena_view(r->a, e->release);
	return e->release.p ? NULL : kd_error_new(KD_LIMIT, "no memory for an inventory");
}

#define COLUMNS "host, release, since, until, boots, source"

static struct kd_error *send_row(struct kd_db *db, const struct kd_exposure *e)
{
	struct kd_dbval args[] = {
		kd_dbtext(e->host),
		kd_dbtext(e->release),
		kd_dbint(e->since),
		kd_dbint(e->until),
		e->boots == KD_EXPOSURE_NO_BOOTS ? kd_dbnull() : kd_dbint(e->boots),
		kd_dbtext(kd_view_of(kd_exposure_basis_name(e->basis))),
	};

	return kd_db_send(db, "INSERT INTO exposure (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
			  args, KD_ARRAY_LEN(args));
}

static bool same_rows(const struct kd_exposure *a, size_t na, const struct kd_exposure *b,
		      size_t nb)
{
	for (size_t i = 0; i < na && na == nb; i++)
		if (a[i].since != b[i].since || a[i].until != b[i].until ||
		    a[i].boots != b[i].boots || a[i].basis != b[i].basis ||
		    !kd_view_eq(a[i].release, b[i].release))
			return false;
	return na == nb;
}

/* What is known of one host, and n more spans of it. */
static struct kd_error *add_host(struct kd_db *db, const struct kd_exposure *v, size_t n,
				 int64_t gap, struct rows *r, struct kd_exposure_counts *c)
{
	kd_auto(kd_freep) struct kd_exposure *old = NULL;
	struct kd_dbval host = kd_dbtext(v->host);
	struct kd_error *err;
	size_t had, now;

	r->v.n = 0;
	kd_arena_reset(r->a);
	err = kd_db_query(
		db, "SELECT " COLUMNS " FROM exposure WHERE host = ?1 ORDER BY release, since",
		&host, 1, keep_row, r);
	had = r->v.n;
	for (size_t i = 0; i < n && !err; i++) {
		struct kd_exposure *e = kd_vec_push(&r->v, KD_EXPOSURE_HOST_MAX);

		if (!e)
			err = kd_error_new(KD_LIMIT, "more than %d spans of the host %.*s",
					   KD_EXPOSURE_HOST_MAX, KD_VARG(v->host));
		else
			*e = v[i];
	}
	if (err)
		return err;
	old = kd_xcalloc(had + 1, sizeof(*old));
	if (had)
		memcpy(old, r->v.v, had * sizeof(*old));
	now = kd_exposure_merge(r->v.v, r->v.n, gap);
	c->hosts++;
	c->before += had;
	c->after += now;
	if (same_rows(old, had, r->v.v, now))
		return NULL;
	c->changed++;
	if (had)
		err = kd_db_run(db, "DELETE FROM exposure WHERE host = ?1", &host, 1, NULL);
	for (size_t i = 0; i < now && !err; i++)
		err = send_row(db, &r->v.v[i]);
	return err;
}

struct kd_error *kd_exposure_add(struct kd_ctx *ctx, struct kd_db *db, struct kd_exposure *v,
				 size_t n, int64_t gap, struct kd_exposure_counts *ret)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT((size_t)64 << 20);
	struct rows r = {.a = &arena};
	struct kd_exposure_counts c = {.given = n};
	struct kd_error *err = NULL;

	if (n > KD_EXPOSURE_MAX)
		return kd_error_new(KD_LIMIT, "more than %d spans", KD_EXPOSURE_MAX);
	if (n)
		qsort(v, n, sizeof(*v), by_host);
	err = kd_db_begin(db);
	for (size_t i = 0, k; i < n && !err; i = k) {
		for (k = i + 1; k < n && kd_view_eq(v[k].host, v[i].host); k++)
			;
		err = kd_ctx_check(ctx);
		if (!err)
			err = add_host(db, &v[i], k - i, gap, &r, &c);
	}
	if (!err)
		err = kd_db_commit(db);
	if (err)
		kd_db_rollback(db);
	else
		*ret = c;
	kd_vec_free(&r.v);
	return err;
}

struct each {
	kd_exposure_fn *fn;
	void *user;
};

static struct kd_error *each_row(void *user, const struct kd_dbval *c, size_t n)
{
	const struct each *e = user;
	struct kd_exposure x = row_of(c);

	(void)n;
	return e->fn(e->user, &x);
}

struct kd_error *kd_exposure_each(struct kd_db *db, int64_t since, int64_t until,
				  kd_exposure_fn *fn, void *user)
{
	struct each e = {fn, user};
	struct kd_dbval args[] = {kd_dbint(since), kd_dbint(until)};

	return kd_db_query(
		db,
		"SELECT " COLUMNS
		" FROM exposure WHERE until >= ?1 AND since < ?2 ORDER BY host, since, release",
		args, KD_ARRAY_LEN(args), each_row, &e);
}
