// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One pass over all events, boot by boot: which boots had the bug, which had something else, and in
 * what they differ. A boot without an id is what lies within KD_INCIDENT_GAP on one host; an event
 * without host is a boot of its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "verb/caseinv_internal.h"

enum { VALUES = 200000, GROUPS = 48, FIELD = 512 };
enum {
	C_HOST,
	C_BOOT,
	C_AT,
	C_DIG,
	C_SIG,
	C_RELEASE,
	C_ARCH,
	C_HARDWARE,
	C_COMM,
	C_DEBUG,
	C_MONO,
	C_CPU,
	C_ISSUE
};

static const char pass[] = "SELECT host, boot, at, dig, sig, release, arch, hardware, comm, debug, "
			   "mono, cpu, issue FROM event "
			   "ORDER BY host, boot, at, mono";

/* The boot that the pass is in. */
struct now {
	bool any, bug, debug, alone;
	bool has_host, has_boot;
	char host[FIELD], boot[FIELD], text[KD_DIMS][FIELD];
	int64_t last, first, bug_first, bug_last, mono, cpu;
	struct kd_evkey ev;
	uint64_t events;
	size_t prior[GROUPS]; /* groups before the bug, or of a boot without it: indexes + 1 into
				 grp */
	size_t nprior;
};

struct pass_state {
	struct kd_caseinv *ci;
	struct now n;
	struct kd_hashmap sig; /* signature → index of its group + 1 */
	KD_VEC(struct kd_view) grp;
	size_t ours; /* index + 1 of the group that this is about */
};

static void put(char room[FIELD], struct kd_view v)
{
	snprintf(room, FIELD, "%.*s", KD_VARG(kd_view_head(v, FIELD - 1)));
}

/* ---- values ---- */

const struct kd_casevalue *kd_case_value(const struct kd_caseinv *ci, enum kd_case_dim d,
					 struct kd_view name)
{
	const struct kd_hashmap_entry *e = kd_hashmap_get(&ci->dim[d].map, name);

	return e ? &ci->dim[d].v.v[e->num] : NULL;
}

static struct kd_casevalue *value_of(struct kd_caseinv *ci, enum kd_case_dim d, struct kd_view name)
{
	struct kd_casedim *dim = &ci->dim[d];
	struct kd_hashmap_entry *e;
	struct kd_casevalue *v;
	bool is_new = false;

	if (!name.n)
		return NULL;
	e = kd_hashmap_add(&dim->map, name, &is_new);
	if (!e)
		return NULL;
	if (is_new) {
		v = kd_vec_push(&dim->v, VALUES);
		if (!v)
			return NULL;
		*v = (struct kd_casevalue){.name = e->key};
		e->num = dim->v.n - 1;
	}
	return &dim->v.v[e->num];
}

static void count_value(struct kd_caseinv *ci, enum kd_case_dim d, struct kd_view name,
			const struct now *n)
{
	struct kd_casevalue *v = value_of(ci, d, name);

	if (!v)
		return;
	if (n->first && (!v->first || n->first < v->first))
		v->first = n->first;
	if (!n->bug) {
		v->other++;
		return;
	}
	v->bug++;
	v->events += n->events;
	if (n->bug_first && (!v->bug_first || n->bug_first < v->bug_first))
		v->bug_first = n->bug_first;
	if (n->bug_last > v->bug_last)
		v->bug_last = n->bug_last;
	if (v->nev < KD_ARRAY_LEN(v->ev))
		v->ev[v->nev++] = n->ev;
}

static void keep_boot(struct kd_caseinv *ci, const struct now *n)
{
	struct kd_caseboot *b = kd_vec_push(&ci->boot, KD_CASE_BOOTS);
	struct kd_view *const to[] = {&b->host, &b->hardware, &b->arch, &b->release, &b->comm};
	static const enum kd_case_dim from[] = {KD_DIM_HOST, KD_DIM_HARDWARE, KD_DIM_ARCH,
						KD_DIM_RELEASE, KD_DIM_COMM};

	if (!b)
		return; /* the counts go on */
	*b = (struct kd_caseboot){.ev = n->ev,
				  .events = n->events,
				  .mono = n->mono,
				  .cpu = n->cpu,
				  .debug = n->debug,
				  .real = n->has_boot};
	for (size_t i = 0; i < KD_ARRAY_LEN(from); i++) {
		const struct kd_casevalue *v =
			kd_case_value(ci, from[i], kd_view_of(n->text[from[i]]));

		*to[i] = v ? v->name : KD_VNULL; /* borrowed from the keys: they stay */
	}
}

static void flush(struct pass_state *p)
{
	struct kd_caseinv *ci = p->ci;
	struct now *n = &p->n;

	if (!n->any)
		return;
	n->any = false;
	for (unsigned d = 0; d < KD_DIM_PRIOR; d++)
		count_value(ci, (enum kd_case_dim)d, kd_view_of(n->text[d]), n);
	for (size_t i = 0; i < n->nprior; i++)
		count_value(ci, KD_DIM_PRIOR, p->grp.v[n->prior[i] - 1], n);
	if (!n->bug) {
		ci->other_boots++;
		return;
	}
	ci->boots++;
	ci->debug_boots += n->debug;
	keep_boot(ci, n);
}

/* ---- rows ---- */

static bool same(const char *room, bool has, struct kd_view v)
{
	return has == (v.n > 0) && kd_view_eq(kd_view_of(room), kd_view_head(v, FIELD - 1));
}

static bool goes_on(const struct now *n, const struct kd_dbval *c)
{
	int64_t at = kd_dbint_of(&c[C_AT], 0);

	if (!n->any || n->alone || !same(n->host, n->has_host, kd_dbtext_of(&c[C_HOST])) ||
	    !same(n->boot, n->has_boot, kd_dbtext_of(&c[C_BOOT])))
		return false;
	return n->has_boot || (at && at - n->last <= KD_INCIDENT_GAP);
}

static void start(struct now *n, const struct kd_dbval *c)
{
	struct kd_view host = kd_dbtext_of(&c[C_HOST]), boot = kd_dbtext_of(&c[C_BOOT]);

	*n = (struct now){
		.any = true, .has_host = host.n > 0, .has_boot = boot.n > 0, .mono = -1, .cpu = -1};
	put(n->host, host);
	put(n->boot, boot);
	put(n->text[KD_DIM_HOST], host);
	n->alone = !boot.n && (!host.n || !kd_dbint_of(&c[C_AT], 0));
}

/* What the boot is, from the first event that says it. */
static void learn(struct now *n, const struct kd_dbval *c)
{
	static const struct {
		enum kd_case_dim dim;
		int column;
	} rows[] = {
		{KD_DIM_RELEASE, C_RELEASE}, {KD_DIM_ARCH, C_ARCH}, {KD_DIM_HARDWARE, C_HARDWARE}};
	struct kd_release r;
	char series[KD_SERIES_LEN];

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (!n->text[rows[i].dim][0])
			put(n->text[rows[i].dim], kd_dbtext_of(&c[rows[i].column]));
	if (!n->text[KD_DIM_SERIES][0] && kd_release_parse(kd_dbtext_of(&c[C_RELEASE]), &r)) {
		kd_release_series(&r, series);
		put(n->text[KD_DIM_SERIES], kd_view_of(series));
	}
	if (kd_dbtext_of(&c[C_RELEASE]).n &&
	    !n->text[KD_DIM_BUILD][0]) { /* of the same event as the release */
		n->debug = kd_dbint_of(&c[C_DEBUG], 0) != 0;
		put(n->text[KD_DIM_BUILD], n->debug ? KD_V("debug") : KD_V("production"));
	}
}

static void add_issue(struct kd_caseinv *ci, struct kd_view issue)
{
	struct kd_view *slot;

	for (size_t i = 0; i < ci->issue.n; i++)
		if (kd_view_eq(ci->issue.v[i], issue))
			return;
	slot = issue.n && ci->issue.n < KD_CASE_ISSUES
		       ? kd_avec_push(ci->a, &ci->issue, KD_CASE_ISSUES)
		       : NULL;
	if (slot)
		*slot = kd_casepage_copy(ci->page, issue);
}

static void our_event(struct kd_caseinv *ci, struct now *n, const struct kd_dbval *c)
{
	struct kd_evkey key = {kd_dbint_of(&c[C_AT], 0), kd_dbint_of(&c[C_DIG], 0)};
	int64_t cpu = kd_dbint_of(&c[C_CPU], -1);

	ci->events++;
	ci->debug_events += kd_dbint_of(&c[C_DEBUG], 0) != 0;
	ci->no_host += !kd_dbtext_of(&c[C_HOST]).n;
	ci->no_boot += !kd_dbtext_of(&c[C_BOOT]).n;
	ci->no_time += !key.at;
	if (key.at && (!ci->first || key.at < ci->first)) {
		ci->first = key.at;
		ci->first_ev = key;
	}
	if (key.at > ci->last) {
		ci->last = key.at;
		ci->last_ev = key;
	}
	if (!n->bug) {
		n->bug = true;
		n->ev = key;
		n->mono = kd_dbint_of(&c[C_MONO], -1);
		n->cpu = cpu;
		n->bug_first = key.at;
		put(n->text[KD_DIM_COMM], kd_dbtext_of(&c[C_COMM]));
	}
	n->cpu = n->cpu == cpu ? cpu : -1;
	n->bug_last = key.at > n->bug_last ? key.at : n->bug_last;
	n->events++;
	add_issue(ci, kd_dbtext_of(&c[C_ISSUE]));
}

static void note_group(struct now *n, size_t grp)
{
	for (size_t i = 0; i < n->nprior; i++)
		if (n->prior[i] == grp)
			return;
	if (n->nprior < GROUPS)
		n->prior[n->nprior++] = grp;
}

static struct kd_error *on_event(void *user, const struct kd_dbval *c, size_t ncol)
{
	struct pass_state *p = user;
	struct now *n = &p->n;
	int64_t at = kd_dbint_of(&c[C_AT], 0), sig = kd_dbint_of(&c[C_SIG], 0);
	const struct kd_hashmap_entry *e =
		kd_hashmap_get(&p->sig, kd_view((const char *)&sig, sizeof(sig)));
	struct kd_error *err = NULL;

	(void)ncol;
	p->ci->store_events++;
	if (!(p->ci->store_events & 0xffff))
		err = kd_ctx_check(p->ci->ctx);
	if (!err && !goes_on(n, c)) {
		flush(p);
		start(n, c);
	}
	if (err)
		return err;
	learn(n, c);
	n->last = at;
	if (at && (!n->first || at < n->first))
		n->first = at;
	if (e && e->num == p->ours) {
		our_event(p->ci, n, c);
		return NULL;
	}
	if (!n->bug && !n->text[KD_DIM_COMM][0])
		put(n->text[KD_DIM_COMM], kd_dbtext_of(&c[C_COMM]));
	if (!n->bug && e)
		note_group(n, e->num);
	return NULL;
}

/* ---- groups of signatures ---- */

struct sig_rows {
	struct pass_state *p;
	struct kd_hashmap names;
};

static struct kd_error *on_sig(void *user, const struct kd_dbval *col, size_t n)
{
	struct sig_rows *s = user;
	int64_t sig = kd_dbint_of(&col[0], 0);
	struct kd_view grp = kd_dbtext_of(&col[1]), *slot;
	struct kd_hashmap_entry *e;
	bool is_new = false;
	size_t number;

	(void)n;
	e = kd_hashmap_add(&s->names, grp, &is_new);
	if (!e)
		return kd_error_new(KD_LIMIT, "the memory has too many groups for one answer");
	if (is_new) {
		slot = kd_vec_push(&s->p->grp, VALUES);
		if (!slot)
			return kd_error_new(KD_LIMIT, "the memory has more than %d groups", VALUES);
		*slot = e->key;
		e->num = s->p->grp.n;
		if (kd_view_eq(grp, kd_view_of(s->p->ci->grp)))
			s->p->ours = e->num;
	}
	number = e->num;
	e = kd_hashmap_add(&s->p->sig, kd_view((const char *)&sig, sizeof(sig)), &is_new);
	if (!e)
		return kd_error_new(KD_LIMIT, "the memory has too many signatures for one answer");
	e->num = number;
	return NULL;
}

struct kd_error *kd_case_count(struct kd_caseinv *ci)
{
	kd_auto(kd_arena_deinit) struct kd_arena keys = KD_ARENA_INIT((size_t)256 << 20);
	struct pass_state *p = kd_xcalloc(1, sizeof(*p));
	struct sig_rows rows = {p, KD_HASHMAP_INIT(VALUES, &keys)};
	struct kd_error *err;

	p->ci = ci;
	p->sig = KD_HASHMAP_INIT((size_t)4 << 20, &keys);
	for (unsigned d = 0; d < KD_DIMS; d++)
		ci->dim[d].map = KD_HASHMAP_INIT(VALUES, ci->a);
	err = kd_db_query(ci->db, "SELECT sig, grp FROM sig", NULL, 0, on_sig, &rows);
	if (!err)
		err = kd_db_query(ci->db, pass, NULL, 0, on_event, p);
	flush(p);
	kd_hashmap_deinit(&rows.names);
	kd_hashmap_deinit(&p->sig);
	kd_vec_free(&p->grp);
	kd_free(p);
	return err;
}
