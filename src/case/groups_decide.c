// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/groups_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

enum { DECISION_ID = 15, NEVER = 0, MERGE = 1 };

/* ---- finding ---- */

struct found {
	char id[2][KD_GROUP_ID], into[KD_GROUP_ID];
	size_t n;
};

static void copy_id(char ret[KD_GROUP_ID], const struct kd_dbval *v)
{
	snprintf(ret, KD_GROUP_ID, "%.*s", v->type == KD_DBTEXT ? (int)v->v.n : 0, v->type == KD_DBTEXT ? v->v.p : "");
}

static struct kd_error *found_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct found *f = user;

	(void)n;
	if (f->n < 2)
		copy_id(f->id[f->n++], &c[0]);
	copy_id(f->into, &c[1]);
	return NULL;
}

struct kd_error *kd_groups_find(struct kd_db *db, struct kd_view id, char ret[KD_GROUP_ID])
{
	struct found f = {0};
	char end[KD_GROUP_ID + 1];
	struct kd_error *err;
	int hops = 0;

	if (id.n < 3 || id.n >= KD_GROUP_ID || !kd_view_starts(id, KD_V("g-")))
		return kd_error_new(KD_INVALID, "'%.*s' is no id of a group (g-…)", KD_VARG(id));
	snprintf(end, sizeof(end), "%.*s~", KD_VARG(id)); /* behind every id that begins with it */
	const struct kd_dbval args[] = {kd_dbtext(id), kd_dbtext(kd_view_of(end))};

	err = kd_db_query(db, "SELECT id, into_grp FROM grp WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 2", args, 2, found_row, &f);
	if (err)
		return err;
	if (!f.n)
		return kd_error_new(KD_NOTFOUND, "there is no group %.*s; kdoc group list names them", KD_VARG(id));
	if (f.n > 1 && strlen(f.id[0]) != id.n)
		return kd_error_new(KD_INVALID, "more than one group begins with %.*s: %s, %s …", KD_VARG(id), f.id[0], f.id[1]);
	memcpy(ret, f.id[0], KD_GROUP_ID);
	/* It may have been merged, and that one, too. */
	do {
		struct kd_dbval one = kd_dbtext(kd_view_of(ret));

		f = (struct found){0};
		err = kd_db_query(db, "SELECT id, into_grp FROM grp WHERE id = ?1", &one, 1, found_row, &f);
		if (!err && *f.into)
			memcpy(ret, f.into, KD_GROUP_ID);
	} while (!err && *f.into && ++hops < 100);
	return err;
}

/* ---- decisions ---- */

/* The signature that stands for a group: the one that founded it, as long as it is in it. */
struct stand {
	struct kd_evkey rep;
	int64_t sig;
	char strict[KD_SIG_HEX], grp[KD_GROUP_ID];
	bool found;
};

static struct kd_error *stand_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct stand *s = user;

	(void)n;
	s->sig = c[0].i;
	s->rep = (struct kd_evkey){c[1].i, c[2].i};
	snprintf(s->strict, sizeof(s->strict), "%.*s", KD_VARG(c[3].v));
	copy_id(s->grp, &c[4]);
	s->found = true;
	return NULL;
}

static struct kd_error *stand_of_group(struct kd_db *db, const char *id, struct stand *ret)
{
	struct kd_dbval a = kd_dbtext(kd_view_of(id));
	struct kd_error *err;

	*ret = (struct stand){0};
	err = kd_db_query(db,
			  "SELECT s.sig, s.rep_at, s.rep_dig, s.strict, s.grp FROM sig s JOIN grp g ON g.id = s.grp WHERE s.grp = ?1 "
			  "ORDER BY CASE WHEN s.sig = g.founder THEN 0 ELSE 1 END, s.made, s.sig LIMIT 1",
			  &a, 1, stand_row, ret);
	return err || ret->found ? err : kd_error_new(KD_NOTFOUND, "group %s has no events", id);
}

static struct kd_error *stand_of_sig(struct kd_db *db, int64_t sig, struct stand *ret)
{
	struct kd_dbval a = kd_dbint(sig);
	struct kd_error *err;

	*ret = (struct stand){0};
	err = kd_db_query(db, "SELECT sig, rep_at, rep_dig, strict, grp FROM sig WHERE sig = ?1", &a, 1, stand_row, ret);
	return err || ret->found ? err : kd_error_new(KD_NOTFOUND, "there is no signature %016" PRIx64, (uint64_t)sig);
}

static struct kd_error *write_decision(struct kd_db *db, int verb, const struct stand *a, const struct stand *b,
				       const struct kd_decider *who)
{
	static const char sql[] = "INSERT INTO decision (id, made, who, verb, a_at, a_dig, a_sig, b_at, b_dig, b_sig, a_grp, b_grp, why) "
				  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING";
	const char *word = verb == MERGE ? "merge" : "never";
	uint8_t sum[KD_SHA256_LEN];
	char text[200], id[DECISION_ID + 1] = "d-";

	snprintf(text, sizeof(text), "%s %s %s %" PRId64, word, a->strict, b->strict, who->now);
	kd_sha256_of(kd_view_of(text), sum);
	kd_hex(sum, 6, id + 2);
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(id)), kd_dbint(who->now),	kd_dbtext(who->who),
					kd_dbtext(kd_view_of(word)), kd_dbint(a->rep.at), kd_dbint(a->rep.dig),
					kd_dbint(a->sig),	   kd_dbint(b->rep.at), kd_dbint(b->rep.dig),
					kd_dbint(b->sig),	   kd_dbtext(kd_view_of(a->grp)), kd_dbtext(kd_view_of(b->grp)),
					who->why.n ? kd_dbtext(who->why) : kd_dbnull()};

	return kd_db_run(db, sql, args, KD_ARRAY_LEN(args), NULL);
}

/* Ends the transaction that `err` was in. */
static struct kd_error *end(struct kd_db *db, struct kd_groups *g, struct kd_error *err)
{
	if (!err)
		err = kd_db_commit(db);
	if (err) {
		kd_db_rollback(db);
		if (g)
			kd_groups_forget(g);
	}
	return err;
}

/* A decision about two groups begins: what each of them stands for, and the engine. */
static struct kd_error *begin_two(struct kd_groups *g, const char *a, const char *b, struct kd_grouper **ret_engine, struct stand *x_ret,
				  struct stand *y_ret)
{
	struct kd_db *db = kd_groups_db(g);
	struct kd_error *err = kd_db_begin_alone(db);

	if (!err)
		err = kd_groups_engine(g, ret_engine);
	if (!err)
		err = stand_of_group(db, a, x_ret);
	return err ? err : stand_of_group(db, b, y_ret);
}

static struct kd_error *merge_rows(struct kd_db *db, const char *a, const char *b)
{
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(a)), kd_dbtext(kd_view_of(b))};
	struct kd_error *err =
		kd_db_run(db, "UPDATE sig SET grp = ?1, verdict = 'people', via = NULL, why = NULL WHERE grp = ?2", args, 2, NULL);

	if (!err)
		err = kd_db_run(db, "UPDATE grp SET into_grp = ?1 WHERE id = ?2", args, 2, NULL);
	/* What may have been alike is one now. */
	if (!err)
		err = kd_db_run(db,
				"DELETE FROM possible WHERE grp IN (?1, ?2) AND sig IN (SELECT sig FROM sig WHERE grp = ?1)", args, 2,
				NULL);
	if (!err)
		err = kd_db_run(db, "DELETE FROM possible WHERE grp = ?2 AND sig IN (SELECT sig FROM possible WHERE grp = ?1)", args, 2,
				NULL);
	return err ? err : kd_db_run(db, "UPDATE possible SET grp = ?1 WHERE grp = ?2", args, 2, NULL);
}

struct kd_error *kd_groups_merge(struct kd_groups *g, const char *a, const char *b, const struct kd_decider *who)
{
	struct kd_db *db = kd_groups_db(g);
	struct kd_grouper *engine = NULL;
	struct stand x, y;
	struct kd_error *err;

	if (!strcmp(a, b))
		return kd_error_new(KD_INVALID, "%s is one group already", a);
	err = begin_two(g, a, b, &engine, &x, &y);
	if (!err)
		err = kd_grouper_merge(engine, a, b);
	if (!err)
		err = write_decision(db, MERGE, &x, &y, who);
	if (!err)
		err = merge_rows(db, a, b);
	return end(db, g, err);
}

struct kd_error *kd_groups_never(struct kd_groups *g, const char *a, const char *b, const struct kd_decider *who)
{
	struct kd_db *db = kd_groups_db(g);
	const struct kd_dbval ids[] = {kd_dbtext(kd_view_of(a)), kd_dbtext(kd_view_of(b))};
	struct kd_grouper *engine = NULL;
	struct stand x, y;
	struct kd_error *err;

	if (!strcmp(a, b))
		return kd_error_new(KD_INVALID, "%s is one group: split it first", a);
	err = begin_two(g, a, b, &engine, &x, &y);
	if (!err)
		err = kd_grouper_never(engine, x.strict, y.strict);
	if (!err)
		err = write_decision(db, NEVER, &x, &y, who);
	if (!err)
		err = kd_db_run(db, "DELETE FROM possible WHERE grp = ?1 AND sig IN (SELECT sig FROM sig WHERE grp = ?2)", ids, 2, NULL);
	if (!err)
		err = kd_db_run(db, "DELETE FROM possible WHERE grp = ?2 AND sig IN (SELECT sig FROM sig WHERE grp = ?1)", ids, 2, NULL);
	return end(db, g, err);
}

static struct kd_error *split_rows(struct kd_db *db, const struct stand *x, const char *to, int64_t now)
{
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(to)), kd_dbint(x->sig), kd_dbint(now)};
	struct kd_error *err = kd_db_run(db,
					 "INSERT INTO grp (id, founder, title, made) SELECT ?1, sig, title, ?3 FROM sig WHERE sig = ?2 "
					 "ON CONFLICT DO NOTHING",
					 args, 3, NULL);

	return err ? err
		   : kd_db_run(db, "UPDATE sig SET grp = ?1, verdict = 'people', via = NULL, why = NULL WHERE sig = ?2", args, 2, NULL);
}

struct kd_error *kd_groups_split(struct kd_groups *g, int64_t sig, const struct kd_decider *who, char ret_group[KD_GROUP_ID])
{
	struct kd_db *db = kd_groups_db(g);
	struct kd_grouper *engine = NULL;
	const char *strict;
	struct stand x, y;
	struct kd_dbval other[2];
	struct kd_error *err = kd_db_begin_alone(db);

	if (!err)
		err = kd_groups_engine(g, &engine);
	if (!err)
		err = stand_of_sig(db, sig, &x);
	if (!err) { /* who stays: the founder, or if it is the one that goes, the next */
		other[0] = kd_dbtext(kd_view_of(x.grp));
		other[1] = kd_dbint(sig);
		y = (struct stand){0};
		err = kd_db_query(db,
				  "SELECT s.sig, s.rep_at, s.rep_dig, s.strict, s.grp FROM sig s JOIN grp g ON g.id = s.grp WHERE "
				  "s.grp = ?1 AND s.sig <> ?2 ORDER BY CASE WHEN s.sig = g.founder THEN 0 ELSE 1 END, s.made, s.sig "
				  "LIMIT 1",
				  other, 2, stand_row, &y);
		if (!err && !y.found)
			err = kd_error_new(KD_INVALID, "%s has no other signature: there is nothing to split", x.grp);
	}
	strict = x.strict;
	if (!err)
		err = kd_grouper_split(engine, &strict, 1, ret_group);
	if (!err)
		err = write_decision(db, NEVER, &x, &y, who);
	if (!err)
		err = split_rows(db, &x, ret_group, who->now);
	return end(db, g, err);
}

struct kd_error *kd_groups_undo(struct kd_db *db, struct kd_view decision, int64_t now)
{
	struct kd_dbval args[] = {kd_dbtext(decision), kd_dbint(now)};
	uint64_t changed = 0;
	struct kd_error *err = kd_db_begin_alone(db);

	if (!err)
		err = kd_db_run(db, "UPDATE decision SET undone = ?2 WHERE id = ?1 AND undone IS NULL", args, 2, &changed);
	if (!err && !changed)
		err = kd_error_new(KD_NOTFOUND, "there is no decision %.*s that counts", KD_VARG(decision));
	return end(db, NULL, err);
}

/* ---- everything anew ---- */

struct again {
	struct kd_db *db;
	struct kd_grouper *engine;
	struct kd_regrouped *ret;
	struct move {
		int64_t sig;
		char to[KD_GROUP_ID], join[12];
		double score;
		bool founded;
	} *v;
	size_t n, cap;
};

static struct kd_error *again_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct again *g = user;
	struct kd_decision d;
	struct kd_error *err = kd_groups_add_row(g->engine, c, false, &d);
	struct move *m;

	(void)n;
	if (err)
		return err;
	g->ret->signatures++;
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 1024;
		g->v = kd_xrealloc(g->v, g->cap * sizeof(*g->v));
	}
	m = &g->v[g->n++];
	*m = (struct move){.sig = kd_sig_number(c[0].v), .score = d.score, .founded = d.is_new};
	snprintf(m->to, sizeof(m->to), "%s", d.group);
	snprintf(m->join, sizeof(m->join), "%s", kd_join_word(d.join));
	g->ret->moved += c[4].type != KD_DBTEXT || !kd_view_eq(c[4].v, kd_view_of(d.group));
	return NULL;
}

static struct kd_error *write_moves(struct again *g)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; i < g->n && !err; i++) {
		const struct move *m = &g->v[i];
		const struct kd_dbval a[] = {kd_dbint(m->sig), kd_dbtext(kd_view_of(m->to)), kd_dbtext(kd_view_of(m->join)),
					     kd_dbreal(m->score)};

		if (m->founded)
			err = kd_db_run(g->db,
					"INSERT INTO grp (id, founder, title, made) SELECT ?2, sig, title, made FROM sig WHERE sig = ?1 "
					"ON CONFLICT (id) DO UPDATE SET into_grp = NULL",
					a, 2, NULL);
		if (!err)
			err = kd_db_run(g->db, "UPDATE sig SET grp = ?2, verdict = ?3, score = ?4 WHERE sig = ?1 AND grp <> ?2", a, 4,
					NULL);
	}
	/* A group that nothing is left of leads to where its founder is now, so that its tickets are still found. */
	if (!err)
		err = kd_db_exec(g->db, "UPDATE grp SET into_grp = (SELECT s.grp FROM sig s WHERE s.sig = grp.founder) WHERE into_grp IS NULL "
					"AND NOT EXISTS (SELECT 1 FROM sig s WHERE s.grp = grp.id)");
	if (!err)
		err = kd_db_exec(g->db, "DELETE FROM possible WHERE EXISTS (SELECT 1 FROM sig s WHERE s.sig = possible.sig AND s.grp = "
					"possible.grp)");
	return err;
}

struct kd_error *kd_groups_again(struct kd_db *db, struct kd_regrouped *ret)
{
	kd_auto(kd_grouper_freep) struct kd_grouper *engine = kd_grouper_new(NULL);
	struct again g = {.db = db, .engine = engine, .ret = ret};
	static const char count[] = "SELECT count(*) FROM (SELECT DISTINCT grp FROM sig) AS x";
	int64_t before = 0, after = 0;
	struct kd_error *err;

	*ret = (struct kd_regrouped){0};
	err = kd_db_begin_alone(db);
	if (!err)
		err = kd_db_number(db, count, NULL, 0, &before);
	if (!err)
		err = kd_groups_constraints(db, engine);
	if (!err)
		err = kd_db_query(db, "SELECT strict, normal, loose, traits, grp FROM sig ORDER BY made, sig", NULL, 0, again_row, &g);
	if (!err)
		err = write_moves(&g);
	if (!err)
		err = kd_db_number(db, count, NULL, 0, &after);
	kd_free(g.v);
	ret->groups_before = (uint64_t)before;
	ret->groups_after = (uint64_t)after;
	ret->decisions = kd_grouper_constraints(engine);
	return end(db, NULL, err);
}
