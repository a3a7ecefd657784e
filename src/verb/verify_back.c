// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verify --regressions: groups that were closed as fixed, and their crashes since then, by whether
 * the kernel has the fix.
 *
 * Closed: the last step of the group's state is merged, stable, built, deployed or verified. The
 * fix: the last reference of such a step that is a release or a commit, else the fix of a known
 * issue for the group; the options name another one for all.
 */
#include <string.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "verb/inventory.h"
#include "verb/verify_internal.h"

enum { GROUPS_MAX = 100000 };

struct closed {
	struct kd_view group, state, commit, release;
	int64_t since; /* the first of its closing steps; 0: it is not closed */
};

struct result {
	const struct closed *g;
	struct kd_return_input in;
	struct kd_evkey first; /* event with the fix; without one in.with_fix is 0 */
	struct kd_view alert;
	uint8_t what; /* enum kd_return */
};

struct back {
	struct kd_memory *m;
	const struct kd_verify_options *o;
	struct kd_sheet *s;
	struct kd_arena *a;
	struct kd_history *history; /* opened once */
	KD_VEC(struct closed) groups;
	KD_VEC(struct result) results;
	uint64_t back, perhaps, old, unknown;
};

static bool closes(struct kd_view state)
{
	static const char *const names[] = {"merged",   "stable",   "built",
					    "deployed", "verified", "fixed"};

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_eq(state, kd_view_of(names[i])))
			return true;
	return false;
}

static bool is_commit(struct kd_view v)
{
	size_t n = 0;

	while (n < v.n && kd_is_xdigit(v.p[n]))
		n++;
	return n == v.n && n >= 7 && n <= 40;
}

/* subject, made, state, ref; by subject and time */
static struct kd_error *state_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct back *w = user;
	struct closed *g = w->groups.n ? &w->groups.v[w->groups.n - 1] : NULL;
	struct kd_release rel;

	(void)n;
	if (!g || !kd_view_eq(g->group, c[0].v)) {
		g = kd_vec_push(&w->groups, GROUPS_MAX);
		if (!g)
			return kd_error_new(KD_LIMIT, "more than %d groups with a state",
					    GROUPS_MAX);
		*g = (struct closed){.group = kd_arena_view(w->a, c[0].v)};
	}
	g->state = kd_arena_view(w->a, c[2].v);
	if (!closes(c[2].v)) {
		g->since = kd_view_eq(c[2].v, KD_V("regressed")) ? g->since : 0;
		return NULL;
	}
	if (!g->since)
		g->since = c[1].i;
	if (c[3].type != KD_DBTEXT)
		return NULL;
	if (is_commit(c[3].v))
		g->commit = kd_arena_view(w->a, c[3].v);
	else if (kd_release_parse(c[3].v, &rel))
		g->release = kd_arena_view(w->a, c[3].v);
	return NULL;
}

static struct kd_error *fix_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct back *w = user;

	(void)n;
	kd_vec_each (g, &w->groups)
		if (!g->commit.n && kd_view_eq(g->group, c[0].v) && is_commit(c[1].v))
			g->commit = kd_arena_view(w->a, c[1].v);
	return NULL;
}

/* The release is asked first: it needs no index. */
static bool fix_of(const struct back *w, const struct closed *g, struct kd_vfy_fix *ret)
{
	struct kd_view commit = g->commit, release = g->release;

	*ret = (struct kd_vfy_fix){.ctx = w->m->ctx, .store = w->o->history, .history = w->history};
	if (w->o->fix || w->o->release) {
		ret->commit = w->o->fix;
		ret->release = w->o->fix ? NULL : w->o->release;
		return true;
	}
	if (release.n)
		ret->release = kd_arena_printf(w->a, "%.*s%c", KD_VARG(release), '\0').p;
	else if (commit.n)
		ret->commit = kd_arena_printf(w->a, "%.*s%c", KD_VARG(commit), '\0').p;
	return ret->release || ret->commit;
}

static bool once(uint32_t id, uint8_t *seen)
{
	const bool before = id != KD_VFY_NONE && seen[id];

	if (id != KD_VFY_NONE)
		seen[id] = 1;
	return !before;
}

static void count(struct kd_vfy *v, int64_t since, struct kd_return_input *in,
		  const struct kd_vfy_event **ret_first)
{
	kd_auto(kd_freep) uint8_t *boots = kd_xcalloc(v->boot_at.entries.n + 1, 1);
	kd_auto(kd_freep) uint8_t *hosts = kd_xcalloc(v->hosts.n + 1, 1);

	for (size_t i = 0; i < v->events.n; i++) {
		const struct kd_vfy_event *e = &v->events.v[i];
		const unsigned side =
			e->release == KD_VFY_NONE ? KD_VFY_UNKNOWN : v->releases.v[e->release].side;

		if (e->time < since || !once(e->boot, boots))
			continue;
		if (side == KD_VFY_UNKNOWN) {
			in->unknown++;
		} else if (side == KD_VFY_WITHOUT) {
			in->without_fix++;
		} else {
			if (!in->with_fix++) {
				*ret_first = e;
				in->release = v->releases.v[e->release].text;
			}
			in->with_fix_hosts += e->host != KD_VFY_NONE && once(e->host, hosts);
		}
	}
}

static struct kd_error *keep(struct back *w, const struct kd_vfy *v, const struct closed *g,
			     const struct kd_vfy_event *first, struct result *r)
{
	struct result *slot = kd_vec_push(&w->results, GROUPS_MAX);

	if (!slot)
		return kd_error_new(KD_LIMIT, "more than %d groups came back", GROUPS_MAX);
	r->g = g;
	r->in.release = kd_arena_view(w->a, r->in.release);
	if (first)
		r->first = first->key;
	if (!r->alert.n)
		r->alert = v->title;
	*slot = *r;
	return NULL;
}

static void show(struct back *w)
{
	static const char *const names[] = {"none", "older kernels", "perhaps", "REGRESSION"};
	static const struct kd_column columns[] = {
		{"group", "GROUP"}, {"what", "WHAT"},         {"with_fix", "BOOTS WITH THE FIX"},
		{"hosts", "HOSTS"}, {"event", "FIRST EVENT"}, {"release", "RELEASE"},
		{"state", NULL},    {"closed", NULL},         {"without_fix", NULL},
		{"unknown", NULL},  {"alert", NULL}};
	struct kd_table *t = kd_sheet_table(w->s, "groups", columns, KD_ARRAY_LEN(columns));

	t->title = "CAME BACK";
	kd_vec_each (r, &w->results) {
		const char *none = r->in.with_fix ? NULL : "no crash with the fix";
		struct kd_cell *row = kd_table_row(t);
		char id[KD_EVENT_ID] = "";

		kd_event_id(r->first, id);
		row[0] = kd_cell_text(r->g->group);
		row[1] = kd_cell_text(kd_view_of(names[r->what]));
		row[2] = kd_cell_uint(r->in.with_fix);
		row[3] = kd_cell_uint(r->in.with_fix_hosts);
		row[4] = none ? kd_cell_none(none) : kd_sheet_cell(w->s, kd_view_of(id));
		row[5] = none ? kd_cell_none(none) : kd_cell_text(r->in.release);
		row[6] = kd_cell_text(r->g->state);
		row[7] = kd_cell_text(kd_moment_text(w->s, r->g->since));
		row[8] = kd_cell_uint(r->in.without_fix);
		row[9] = kd_cell_uint(r->in.unknown);
		row[10] = kd_cell_text(r->alert);
	}
}

static struct kd_error *one(struct back *w, const struct closed *g)
{
	struct kd_verify_options all = {.since = NULL};
	struct kd_vfy v = {.m = w->m,
			   .o = &all,
			   .s = w->s,
			   .a = w->a,
			   .until = INT64_MIN / 2,
			   .keys = KD_ARENA_INIT((size_t)512 << 20)};
	struct result r = {.in = {.fixed = true}};
	const struct kd_vfy_event *first = NULL;
	struct kd_error *err = NULL;

	if (!fix_of(w, g, &v.fix)) {
		w->unknown++;
		kd_sheet_note(w->s,
			      "%.*s is %.*s, and no step of its state names a release or a commit: "
			      "--fix or --release does",
			      KD_VARG(g->group), KD_VARG(g->state));
		return NULL;
	}
	v.release_at = KD_HASHMAP_INIT(KD_VFY_RELEASES_MAX, &v.keys);
	v.host_at = KD_HASHMAP_INIT(KD_RATE_HOSTS_MAX, &v.keys);
	v.boot_at = KD_HASHMAP_INIT(KD_VFY_EVENTS_MAX, &v.keys);
	err = kd_groups_find(w->m->db, g->group, v.group);
	if (!err)
		err = kd_vfy_load(&v);
	if (!err)
		err = kd_vfy_classify(&v.fix, v.releases.v, v.releases.n);
	w->history = v.fix.history;
	if (!err) {
		count(&v, g->since, &r.in, &first);
		r.what = (uint8_t)kd_rate_return(&r.in, w->a, &r.alert);
		w->back += r.what == KD_RETURN_REGRESSION;
		w->perhaps += r.what == KD_RETURN_PERHAPS;
		w->old += r.what == KD_RETURN_OLD_KERNEL;
		if (r.what >= KD_RETURN_PERHAPS)
			err = keep(w, &v, g, first, &r);
	}
	kd_hashmap_deinit(&v.release_at);
	kd_hashmap_deinit(&v.host_at);
	kd_hashmap_deinit(&v.boot_at);
	kd_vec_free(&v.releases);
	kd_vec_free(&v.hosts);
	kd_vec_free(&v.events);
	kd_vec_free(&v.spans);
	kd_arena_deinit(&v.keys);
	return err;
}

static struct kd_error *load(struct back *w, const char *group)
{
	char id[KD_GROUP_ID] = "";
	struct kd_dbval a;
	struct kd_error *err = group ? kd_groups_find(w->m->db, kd_view_of(group), id) : NULL;

	a = kd_dbtext(kd_view_of(id));
	if (!err)
		err = kd_db_query(w->m->db,
				  "SELECT subject, made, state, ref FROM state WHERE subject LIKE "
				  "'g-%' AND (subject = ?1 OR ?1 = '') "
				  "ORDER BY subject, made, state",
				  &a, 1, state_row, w);
	return err ? err
		   : kd_db_query(w->m->db,
				 "SELECT m.value, k.fix FROM knownmatch m JOIN known k ON k.id = m.known "
				 "WHERE m.how = 'group' AND k.fix IS NOT NULL",
				 NULL, 0, fix_row, w);
}

static void summary(struct back *w, size_t closed)
{
	struct kd_sheet *s = w->s;

	if (!closed)
		kd_sheet_say(s, "no group was closed as fixed");
	else
		kd_sheet_say(s,
			     "%zu group%s closed as fixed: %llu came back, %llu perhaps, %llu on "
			     "older kernels alone, of %llu the fix is not known",
			     closed, closed == 1 ? " was" : "s were", (unsigned long long)w->back,
			     (unsigned long long)w->perhaps, (unsigned long long)w->old,
			     (unsigned long long)w->unknown);
	kd_sheet_field(s, "closed", NULL, kd_cell_uint(closed));
	kd_sheet_field(s, "regressions", NULL, kd_cell_uint(w->back));
	kd_sheet_field(s, "perhaps", NULL, kd_cell_uint(w->perhaps));
	kd_sheet_field(s, "older_kernels", NULL, kd_cell_uint(w->old));
	kd_sheet_field(s, "fix_unknown", NULL, kd_cell_uint(w->unknown));
	s->none = !w->back && !w->perhaps;
	if (!s->none)
		kd_sheet_next(s, "kdoc triage");
}

struct kd_error *kd_vfy_regressions(struct kd_memory *m, const struct kd_verify_options *o,
				    const char *group, struct kd_sheet *s)
{
	struct back w = {.m = m, .o = o, .s = s, .a = s->arena};
	struct kd_error *err = o->fix && o->release
				       ? kd_error_new(KD_INVALID, "--fix or --release, not both")
				       : load(&w, group);
	size_t closed = 0;

	for (size_t i = 0; i < w.groups.n && !err; i++)
		if (w.groups.v[i].since) {
			closed++;
			err = one(&w, &w.groups.v[i]);
			if (!err)
				err = kd_ctx_check(m->ctx);
		}
	if (!err) {
		summary(&w, closed);
		show(&w);
	}
	kd_vec_free(&w.results);
	kd_vec_free(&w.groups);
	kd_history_close(w.history);
	return err;
}
