// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/utf8.h"
#include "case/groups.h"
#include "case/rows.h"

#define B(s) (1u << KD_STATE_##s)
#define ENDS (B(WONTFIX) | B(DUPLICATE))

/*
 * A state may be passed over on the way to the right (a fix that is found in stable already was never posted by us); verified only
 * follows what was deployed. Back leads "known": the fix was none, or the bug is looked at again.
 */
static const struct kd_state_info states[KD_STATES] = {
	[KD_STATE_UNSEEN] = {"unseen", "unseen", B(KNOWN) | B(POSTED) | B(MERGED) | B(STABLE) | B(BUILT) | B(DEPLOYED) | ENDS,
			     KD_STATE_NEEDS_NOTHING, NULL, "look at it: kdoc triage", "the team", false},
	[KD_STATE_KNOWN] = {"known", "known", B(POSTED) | B(MERGED) | B(STABLE) | B(BUILT) | B(DEPLOYED) | ENDS, KD_STATE_NEEDS_EITHER, NULL,
			    "find or write a fix, and post it", "who has the ticket", true},
	[KD_STATE_POSTED] = {"posted", "fix posted", B(KNOWN) | B(POSTED) | B(MERGED) | B(STABLE) | B(BUILT) | B(DEPLOYED) | ENDS,
			     KD_STATE_NEEDS_REF, "message-id", "answer the review, or ask for it", "who posted it", true},
	[KD_STATE_MERGED] = {"merged", "merged", B(KNOWN) | B(POSTED) | B(STABLE) | B(BUILT) | B(DEPLOYED) | ENDS, KD_STATE_NEEDS_REF, "commit",
			     "wait for stable, or ask for the backport", "who posted it", true},
	[KD_STATE_STABLE] = {"stable", "in stable", B(KNOWN) | B(POSTED) | B(BUILT) | B(DEPLOYED) | ENDS, KD_STATE_NEEDS_REF, NULL,
			     "take it into the build", "who builds kernels", true},
	[KD_STATE_BUILT] = {"built", "in my build", B(KNOWN) | B(POSTED) | B(DEPLOYED) | B(REGRESSED) | ENDS, KD_STATE_NEEDS_REF, "release",
			    "deploy it", "who deploys", true},
	[KD_STATE_DEPLOYED] = {"deployed", "deployed", B(KNOWN) | B(POSTED) | B(VERIFIED) | B(REGRESSED) | ENDS, KD_STATE_NEEDS_REF, "release",
			       "verify that it helped", "who has the ticket", true},
	[KD_STATE_VERIFIED] = {"verified", "verified", B(KNOWN) | B(REGRESSED), KD_STATE_NEEDS_EITHER, NULL, NULL, NULL, false},
	[KD_STATE_WONTFIX] = {"wontfix", "won't be fixed", B(KNOWN) | B(POSTED) | B(MERGED), KD_STATE_NEEDS_WHY, NULL, NULL, NULL, false},
	[KD_STATE_DUPLICATE] = {"duplicate", "duplicate", B(KNOWN), KD_STATE_NEEDS_REF, "group or ticket", NULL, NULL, false},
	[KD_STATE_REGRESSED] = {"regressed", "regressed", B(KNOWN) | B(POSTED) | B(MERGED) | B(STABLE) | B(BUILT) | B(DEPLOYED) | ENDS,
				KD_STATE_NEEDS_EITHER, NULL, "find out why the fix does not help", "who has the ticket", true},
};

const struct kd_state_info *kd_state_info(unsigned s)
{
	return &states[s < KD_STATES ? s : KD_STATE_UNSEEN];
}

bool kd_state_by_name(struct kd_view name, uint8_t *ret, uint32_t *version_ret)
{
	uint64_t version = 0;
	struct kd_view v = name;

	if (kd_view_skip(&v, KD_V("posted-v"))) {
		if (!kd_view_dec(v, &version) || !version || version > 999)
			return false;
		name = KD_V("posted");
	}
	for (size_t i = 0; i < KD_STATES; i++)
		if (kd_view_eq(name, kd_view_of(states[i].name))) {
			*ret = (uint8_t)i;
			*version_ret = (uint32_t)version;
			return true;
		}
	return false;
}

struct kd_view kd_state_words(uint8_t state, uint32_t version, struct kd_arena *a)
{
	if (version)
		return kd_arena_printf(a, "%s v%" PRIu32, kd_state_info(state)->words, version);
	return kd_view_of(kd_state_info(state)->words);
}

/* ---- what was said ---- */

struct steps {
	struct kd_arena *a;
	struct kd_states *to;
};

static struct kd_error *step_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct steps *s = user;
	struct kd_state_step *x, read = {.at = kd_row_int(&c[1])};

	(void)n;
	if (c[2].type != KD_DBTEXT || !kd_state_by_name(c[2].v, &read.state, &read.version))
		return kd_error_new(KD_BADDATA, "table state has a state that is none");
	x = kd_avec_push(s->a, s->to, KD_STATE_STEPS_MAX);
	if (!x)
		return kd_error_new(KD_LIMIT, "a group has more than %d steps", KD_STATE_STEPS_MAX);
	*x = read;
	x->subject = kd_row_text(s->a, &c[0]);
	x->ref = kd_row_text(s->a, &c[3]);
	x->who = kd_row_text(s->a, &c[4]);
	x->why = kd_row_text(s->a, &c[5]);
	return NULL;
}

struct kd_error *kd_states_of(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_states *ret)
{
	const struct kd_dbval id = kd_dbtext(kd_view_of(grp));
	struct steps s = {a, ret};

	*ret = (struct kd_states){.n = 0};
	return kd_db_query(db,
			   KD_ROWS_FAMILY "SELECT t.subject, t.made, t.state, t.ref, t.who, t.why FROM fam JOIN state t ON t.subject = fam.id "
					  "ORDER BY t.made, t.subject",
			   &id, 1, step_row, &s);
}

/* ---- what follows ---- */

static struct kd_error *counts_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_state_facts *f = user;

	(void)n;
	f->events = kd_row_int(&c[0]);
	f->hosts = kd_row_int(&c[1]);
	f->first_event = kd_row_int(&c[2]);
	f->last_event = kd_row_int(&c[3]);
	return NULL;
}

struct known {
	struct kd_arena *a;
	struct kd_state_fact *f;
};

/* what, id, since: the oldest comes first */
static struct kd_error *known_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct known *k = user;

	(void)n;
	if (k->f->holds || c[1].type != KD_DBTEXT)
		return NULL;
	k->f->holds = true;
	k->f->since = kd_row_int(&c[2]);
	k->f->why = kd_arena_printf(k->a, "%.*s %.*s", KD_VARG(c[0].v), KD_VARG(c[1].v));
	return NULL;
}

#define MATCHES                                                                                                                \
	"((m.how = 'strict' AND m.value = s.strict) OR (m.how = 'normal' AND m.value = s.normal) OR (m.how = 'loose' AND m.value = "  \
	"s.loose) OR (m.how = 'group' AND m.value = s.grp))"

struct kd_error *kd_state_facts(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_state_facts *ret)
{
	static const char counts[] =
		"SELECT count(*), count(DISTINCT e.host), min(CASE WHEN e.at > 0 THEN e.at ELSE e.seen END), max(CASE WHEN e.at > 0 THEN e.at "
		"ELSE e.seen END) FROM sig s JOIN event e ON e.sig = s.sig WHERE s.grp = ?1";
	static const char known[] =
		KD_ROWS_FAMILY
		"SELECT x.what, x.id, x.made FROM (SELECT 'ticket' AS what, l.system || ':' || l.key AS id, l.made AS made FROM fam JOIN link l ON "
		"l.subject = fam.id WHERE l.kind IN ('ticket', 'fix') UNION ALL SELECT 'ticket', l.system || ':' || l.key, l.made FROM link l JOIN "
		"event e ON e.at = l.ev_at AND e.dig = l.ev_dig JOIN sig s ON s.sig = e.sig WHERE s.grp = ?1 AND l.ev_at IS NOT NULL AND l.kind IN "
		"('ticket', 'fix') UNION ALL SELECT 'ticket', l.system || ':' || l.key, l.made FROM (SELECT DISTINCT e.issue FROM sig s JOIN event e "
		"ON e.sig = s.sig WHERE s.grp = ?1 AND e.issue IS NOT NULL) AS i JOIN link l ON l.subject = 'issue:' || i.issue WHERE l.kind IN "
		"('ticket', 'fix') UNION ALL SELECT 'known issue', k.id, k.made FROM known k WHERE k.status <> 'retired' AND EXISTS (SELECT 1 FROM "
		"knownmatch m, sig s WHERE m.known = k.id AND s.grp = ?1 AND m.how <> 'loose' AND " MATCHES ")) AS x ORDER BY x.made, x.id LIMIT 1";
	const struct kd_dbval id = kd_dbtext(kd_view_of(grp));
	struct known k = {a, &ret->fact[KD_STATE_KNOWN]};
	struct kd_error *err = kd_db_query(db, counts, &id, 1, counts_row, ret);

	return err ? err : kd_db_query(db, known, &id, 1, known_row, &k);
}

static bool said_ends(uint8_t s)
{
	return s == KD_STATE_WONTFIX || s == KD_STATE_DUPLICATE || s == KD_STATE_REGRESSED;
}

void kd_state_judge(const struct kd_states *st, const struct kd_state_facts *f, struct kd_state_now *ret)
{
	static const uint8_t order[] = {KD_STATE_KNOWN, KD_STATE_MERGED, KD_STATE_STABLE, KD_STATE_BUILT, KD_STATE_DEPLOYED};
	const struct kd_state_step *last = st->n ? &st->v[st->n - 1] : NULL;
	struct kd_state_now now = {.state = KD_STATE_UNSEEN, .since = f->first_event, .step = last};

	if (last) {
		now.state = last->state;
		now.version = last->version;
		now.since = last->at;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(order) && !(last && said_ends(last->state)); i++)
		if (f->fact[order[i]].holds && order[i] > now.state)
			now = (struct kd_state_now){.state = order[i], .derived = true, .since = f->fact[order[i]].since, .step = last};
	if (f->fact[KD_STATE_REGRESSED].holds && (now.state == KD_STATE_VERIFIED || now.state == KD_STATE_DEPLOYED))
		now = (struct kd_state_now){.state = KD_STATE_REGRESSED, .derived = true, .since = f->fact[KD_STATE_REGRESSED].since, .step = last};
	*ret = now;
}

/* ---- the next step ---- */

static struct kd_error *refused(const struct kd_state_now *from, uint8_t to)
{
	char list[200] = "";
	size_t n = 0;

	for (size_t i = 0; i < KD_STATES; i++)
		if (kd_state_info(from->state)->to & 1u << i)
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", states[i].name);
	return kd_error_new(KD_CONFLICT, "from '%s' to '%s' there is no step; from there: %s", kd_state_info(from->state)->name,
			    kd_state_info(to)->name, *list ? list : "nothing");
}

static bool text_fits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return v.n <= KD_STATE_TEXT_MAX && kd_utf8_valid(v);
}

static bool commit_like(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return v.n >= 7 && v.n <= 64;
}

static struct kd_error *ref_fits(const struct kd_state_step *to)
{
	const struct kd_state_info *s = kd_state_info(to->state);

	if (!to->ref.n)
		return kd_error_new(KD_INVALID, "'%s' needs a reference (--ref): its %s", s->name, s->ref ? s->ref : "release or commit");
	if (to->state == KD_STATE_POSTED && kd_view_chr(to->ref, '@') == KD_NPOS)
		return kd_error_new(KD_INVALID, "'%.*s' is no message-id (…@…)", KD_VARG(kd_view_head(to->ref, 100)));
	if (to->state == KD_STATE_MERGED && !commit_like(to->ref))
		return kd_error_new(KD_INVALID, "'%.*s' is no commit (7 or more hex digits)", KD_VARG(kd_view_head(to->ref, 100)));
	return NULL;
}

struct kd_error *kd_state_may(const struct kd_state_now *from, const struct kd_state_step *to)
{
	const struct kd_state_info *s = kd_state_info(to->state);

	if (!(kd_state_info(from->state)->to & 1u << to->state))
		return refused(from, to->state);
	if (from->state == KD_STATE_POSTED && to->state == KD_STATE_POSTED && to->version <= from->version)
		return kd_error_new(KD_CONFLICT, "v%" PRIu32 " is posted already: say which version is new (posted-v%" PRIu32 ")",
				    from->version ? from->version : 1, (from->version ? from->version : 1) + 1);
	if (!text_fits(to->ref) || !text_fits(to->why) || !text_fits(to->who))
		return kd_error_new(KD_INVALID, "reference and reason are one line of at most %d bytes", KD_STATE_TEXT_MAX);
	if (s->needs == KD_STATE_NEEDS_REF)
		return ref_fits(to);
	if (s->needs == KD_STATE_NEEDS_WHY && !to->why.n)
		return kd_error_new(KD_INVALID, "'%s' needs a reason (--why)", s->name);
	if (s->needs == KD_STATE_NEEDS_EITHER && !to->why.n && !to->ref.n)
		return kd_error_new(KD_INVALID, "'%s' needs a reason (--why) or a reference (--ref)", s->name);
	return NULL;
}

static struct kd_error *write_step(struct kd_db *db, const char *grp, const struct kd_state_step *to, int64_t after)
{
	char name[24];
	const int64_t at = to->at > after ? to->at : after + 1; /* the order of steps is that of their times */

	snprintf(name, sizeof(name), to->version ? "%s-v%" PRIu32 : "%s", kd_state_info(to->state)->name, to->version);
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(grp)), kd_dbint(at),	    kd_dbtext(kd_view_of(name)),
					kd_row_put(to->ref),	    kd_row_put(to->who), kd_row_put(to->why)};
	const struct kd_dbval cache[] = {args[0], args[2], args[1]};
	struct kd_error *err =
		kd_db_run(db, "INSERT INTO state (subject, made, state, ref, who, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", args, 6, NULL);

	return err ? err : kd_db_run(db, "UPDATE grp SET state = ?2, state_at = ?3 WHERE id = ?1", cache, 3, NULL);
}

struct kd_error *kd_state_set(struct kd_db *db, const char *grp, const struct kd_state_facts *f, const struct kd_state_step *to)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(16 << 20);
	struct kd_state_now now;
	struct kd_states st;
	struct kd_error *err = kd_db_begin(db);

	if (!err)
		err = kd_states_of(db, grp, &a, &st);
	if (!err) {
		kd_state_judge(&st, f, &now);
		err = kd_state_may(&now, to);
	}
	if (!err)
		err = write_step(db, grp, to, st.n ? st.v[st.n - 1].at : 0);
	if (!err)
		err = kd_db_commit(db);
	if (err)
		kd_db_rollback(db);
	return err;
}

/* ---- for the verbs ---- */

struct releases {
	kd_state_release_fn *fn;
	void *user;
};

static struct kd_error *release_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct releases *r = user;

	if (c[0].type != KD_DBTEXT)
		return NULL;
	return r->fn(r->user, c[0].v, n > 1 ? kd_row_int(&c[1]) : 0, n > 2 ? kd_row_int(&c[2]) : 0, n > 3 ? kd_row_int(&c[3]) : 0);
}

struct kd_error *kd_state_releases_since(struct kd_db *db, const char *grp, int64_t since, kd_state_release_fn *fn, void *user)
{
	static const char sql[] =
		"SELECT COALESCE(x.release, ''), count(*), min(x.t), max(x.t) FROM (SELECT e.release AS release, CASE WHEN e.at > 0 THEN e.at ELSE "
		"e.seen END AS t FROM sig s JOIN event e ON e.sig = s.sig WHERE s.grp = ?1) AS x WHERE x.t > ?2 GROUP BY COALESCE(x.release, '') "
		"ORDER BY 1 LIMIT 1000";
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(grp)), kd_dbint(since)};
	struct releases r = {fn, user};

	return kd_db_query(db, sql, args, 2, release_row, &r);
}

struct kd_error *kd_state_exposed(struct kd_db *db, kd_state_release_fn *fn, void *user)
{
	struct releases r = {fn, user};

	return kd_db_query(db, "SELECT release, count(DISTINCT host), min(since), max(until) FROM exposure GROUP BY release ORDER BY release LIMIT 1000",
			   NULL, 0, release_row, &r);
}

struct kd_error *kd_state_known_fixes(struct kd_db *db, const char *grp, kd_state_release_fn *fn, void *user)
{
	static const char sql[] = "SELECT DISTINCT k.fix FROM known k JOIN knownmatch m ON m.known = k.id JOIN sig s ON " MATCHES
				  " WHERE s.grp = ?1 AND k.fix IS NOT NULL AND k.status <> 'retired' AND m.how <> 'loose' ORDER BY k.fix LIMIT 100";
	const struct kd_dbval id = kd_dbtext(kd_view_of(grp));
	struct releases r = {fn, user};

	return kd_db_query(db, sql, &id, 1, release_row, &r);
}

/* ---- all that are in work ---- */

struct groups {
	struct kd_arena a;
	struct kd_hashmap seen;
};

static struct kd_error *group_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct groups *g = user;

	(void)n;
	if (c[0].type == KD_DBTEXT && !kd_hashmap_add(&g->seen, c[0].v, NULL))
		return kd_error_new(KD_LIMIT, "more groups than fit into memory");
	return NULL;
}

struct title {
	struct kd_arena *a;
	struct kd_view v;
};

static struct kd_error *title_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct title *t = user;

	(void)n;
	t->v = kd_row_text(t->a, &c[0]);
	return NULL;
}

struct kd_error *kd_state_title(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_view *ret)
{
	const struct kd_dbval id = kd_dbtext(kd_view_of(grp));
	struct title t = {.a = a};
	struct kd_error *err = kd_db_query(db, "SELECT title FROM grp WHERE id = ?1", &id, 1, title_row, &t);

	*ret = t.v;
	return err;
}

/* Ids as they were written down → what they were merged into, each once. */
static struct kd_error *tell_groups(struct kd_db *db, struct groups *g, kd_state_group_fn *fn, void *user)
{
	kd_auto(kd_arena_deinit) struct kd_arena keys = KD_ARENA_INIT((size_t)64 << 20), one = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_hashmap_deinit) struct kd_hashmap told = KD_HASHMAP_INIT(1 << 20, &keys);
	struct kd_error *err = NULL;

	for (size_t i = 0; i < g->seen.entries.n && !err; i++) {
		char id[KD_GROUP_ID];
		struct kd_view title = KD_VNULL;
		bool is_new = false;

		err = kd_groups_find(db, g->seen.entries.v[i].key, id);
		if (err && kd_error_catch(&err, KD_NOTFOUND))
			continue;
		if (err || !kd_hashmap_add(&told, kd_view_of(id), &is_new) || !is_new)
			continue;
		kd_arena_reset(&one);
		err = kd_state_title(db, id, &one, &title);
		if (!err)
			err = fn(user, id, title);
	}
	return err;
}

struct kd_error *kd_state_each(struct kd_db *db, bool all, kd_state_group_fn *fn, void *user)
{
	static const char touched[] =
		"SELECT subject FROM state WHERE subject >= 'g-' AND subject < 'g.' "
		"UNION SELECT subject FROM link WHERE subject >= 'g-' AND subject < 'g.' "
		"UNION SELECT s.grp FROM link l JOIN event e ON e.at = l.ev_at AND e.dig = l.ev_dig JOIN sig s ON s.sig = e.sig WHERE l.ev_at IS NOT "
		"NULL "
		"UNION SELECT s.grp FROM link l JOIN event e ON e.issue = substr(l.subject, 7) JOIN sig s ON s.sig = e.sig WHERE l.subject >= "
		"'issue:' AND l.subject < 'issue;' "
		"UNION SELECT s.grp FROM known k JOIN knownmatch m ON m.known = k.id JOIN sig s ON " MATCHES
		" WHERE k.status <> 'retired' AND m.how <> 'loose' ORDER BY 1";
	struct groups g = {.a = KD_ARENA_INIT((size_t)64 << 20)};
	struct kd_error *err;

	g.seen = KD_HASHMAP_INIT(1 << 20, &g.a);
	err = kd_db_query(db, all ? "SELECT id FROM grp ORDER BY id" : touched, NULL, 0, group_row, &g);
	if (!err)
		err = tell_groups(db, &g, fn, user);
	kd_hashmap_deinit(&g.seen);
	kd_arena_deinit(&g.a);
	return err;
}
