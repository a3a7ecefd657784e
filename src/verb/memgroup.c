// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/memgroup.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "case/resign.h"

static struct kd_cell time_cell(struct kd_sheet *s, const struct kd_dbval *v)
{
	if (v->type != KD_DBINT || !v->i)
		return kd_cell_none("no event states a time");
	return kd_cell_text(kd_moment_text(s, v->i));
}

static struct kd_cell text_cell(struct kd_sheet *s, const struct kd_dbval *v)
{
	return v->type == KD_DBTEXT && v->v.n ? kd_sheet_cell(s, v->v) : kd_cell_none(NULL);
}

static struct kd_cell count_cell(const struct kd_dbval *v)
{
	return kd_cell_uint(v->type == KD_DBINT ? (uint64_t)v->i : 0);
}

struct rows {
	struct kd_sheet *s;
	struct kd_table *t;
};

/* ---- list ---- */

static struct kd_error *list_row(void *user, const struct kd_dbval *v, size_t n)
{
	struct rows *r = user;
	bool wanted = kd_table_wants(r->t);
	struct kd_cell *c = kd_table_row(r->t);

	(void)n;
	if (!wanted)
		return NULL;
	c[0] = text_cell(r->s, &v[0]);
	c[1] = text_cell(r->s, &v[1]);
	c[2] = count_cell(&v[2]);
	c[3] = count_cell(&v[3]);
	c[4] = time_cell(r->s, &v[4]);
	c[5] = time_cell(r->s, &v[5]);
	return NULL;
}

struct kd_error *kd_group_list(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"group", "GROUP"}, {"title", "TITLE"},	{"events", "EVENTS"}, {"signatures", "SIGNATURES"},
						   {"first_seen", "FIRST"}, {"last_seen", "LAST"}};
	struct rows r = {s, kd_sheet_table(s, "groups", columns, KD_ARRAY_LEN(columns))};
	struct kd_error *err;

	(void)options;
	(void)args;
	(void)nargs;
	err = kd_db_query(m->db,
			  "SELECT s.grp, min(g.title), sum(e.n), count(*), min(e.first), max(e.last) FROM sig s LEFT JOIN grp g ON g.id = s.grp "
			  "LEFT JOIN (SELECT sig, count(*) AS n, min(CASE WHEN at > 0 THEN at END) AS first, max(CASE WHEN at > 0 THEN at END) "
			  "AS last FROM event GROUP BY sig) e ON e.sig = s.sig GROUP BY s.grp ORDER BY 3 DESC, 1",
			  NULL, 0, list_row, &r);
	if (err)
		return err;
	s->none = !r.t->total;
	kd_sheet_say(s, "%" PRIu64 " group%s", r.t->total, r.t->total == 1 ? "" : "s");
	if (r.t->row.n)
		kd_sheet_next(s, "kdoc group show %.*s", KD_VARG(r.t->row.v[0][0].text));
	return NULL;
}

/* ---- show ---- */

static struct kd_error *sig_row(void *user, const struct kd_dbval *v, size_t n)
{
	struct rows *r = user;
	struct kd_cell *c = kd_table_row(r->t);
	char id[KD_EVENT_ID];

	(void)n;
	kd_event_id((struct kd_evkey){v[6].i, v[7].i}, id);
	c[0] = text_cell(r->s, &v[0]);
	c[1] = text_cell(r->s, &v[1]);
	c[2] = count_cell(&v[2]);
	c[3] = text_cell(r->s, &v[3]);
	c[4] = v[4].type == KD_DBREAL ? kd_cell_text(kd_sheet_text(r->s, "%.2f", v[4].d)) : kd_cell_none(NULL);
	c[5] = text_cell(r->s, &v[5]);
	c[6] = kd_sheet_cell(r->s, kd_view_of(id));
	return NULL;
}

static struct kd_error *possible_row(void *user, const struct kd_dbval *v, size_t n)
{
	struct rows *r = user;
	struct kd_cell *c = kd_table_row(r->t);

	(void)n;
	c[0] = text_cell(r->s, &v[0]);
	c[1] = text_cell(r->s, &v[1]);
	c[2] = v[2].type == KD_DBREAL ? kd_cell_text(kd_sheet_text(r->s, "%.2f", v[2].d)) : kd_cell_none(NULL);
	c[3] = text_cell(r->s, &v[3]);
	return NULL;
}

static struct kd_error *decision_row(void *user, const struct kd_dbval *v, size_t n)
{
	struct rows *r = user;
	struct kd_cell *c = kd_table_row(r->t);

	(void)n;
	c[0] = text_cell(r->s, &v[0]);
	c[1] = time_cell(r->s, &v[1]);
	c[2] = text_cell(r->s, &v[2]);
	c[3] = kd_cell_text(kd_sheet_text(r->s, "%.*s %.*s %.*s", KD_VARG(v[3].v), KD_VARG(v[4].v), KD_VARG(v[5].v)));
	c[4] = text_cell(r->s, &v[6]);
	c[5] = kd_cell_text(v[7].type == KD_DBINT ? KD_V("undone") : KD_V("counts"));
	return NULL;
}

struct kd_error *kd_group_show(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column sigs[] = {{"signature", NULL}, {"title", "TITLE"}, {"events", "EVENTS"}, {"joined_by", "BY"},
						{"score", "SCORE"},  {"why", "WHY"},	 {"first_event", NULL}};
	static const struct kd_column alike[] = {{"group", "GROUP"}, {"title", "TITLE"}, {"score", "SCORE"}, {"why", "WHY"}};
	static const struct kd_column decided[] = {{"decision", "DECISION"}, {"made", "MADE"}, {"who", "WHO"},
						   {"what", "WHAT"},	     {"why", "WHY"},   {"counts", "COUNTS"}};
	char id[KD_GROUP_ID];
	struct rows r = {s, NULL};
	struct kd_dbval arg;
	bool unplaced = false;
	struct kd_error *err = kd_groups_find(m->db, kd_view_of(args[0]), id);

	(void)options;
	(void)nargs;
	if (err)
		return err;
	arg = kd_dbtext(kd_view_of(id));
	kd_sheet_field(s, "group", "GROUP", kd_sheet_cell(s, kd_view_of(id)));
	r.t = kd_sheet_table(s, "signatures", sigs, KD_ARRAY_LEN(sigs));
	r.t->title = "SIGNATURES";
	err = kd_db_query(m->db,
			  "SELECT s.strict, s.title, (SELECT count(*) FROM event e WHERE e.sig = s.sig), s.verdict, s.score, s.why, s.rep_at, "
			  "s.rep_dig FROM sig s WHERE s.grp = ?1 ORDER BY 3 DESC, 1",
			  &arg, 1, sig_row, &r);
	r.t = kd_sheet_table(s, "possible", alike, KD_ARRAY_LEN(alike));
	r.t->title = "POSSIBLY THE SAME";
	if (!err)
		err = kd_db_query(m->db,
				  "SELECT x.grp, min(x.title), max(x.score), min(x.why) FROM (SELECT p.grp AS grp, g.title AS title, p.score AS "
				  "score, p.why AS why FROM possible p JOIN sig s ON s.sig = p.sig JOIN grp g ON g.id = p.grp WHERE s.grp = ?1 "
				  "AND p.grp <> ?1 UNION ALL SELECT s.grp, g.title, p.score, p.why FROM possible p JOIN sig s ON s.sig = p.sig "
				  "JOIN grp g ON g.id = s.grp WHERE p.grp = ?1 AND s.grp <> ?1) x GROUP BY x.grp ORDER BY 3 DESC, 1",
				  &arg, 1, possible_row, &r);
	r.t = kd_sheet_table(s, "decisions", decided, KD_ARRAY_LEN(decided));
	r.t->title = "DECISIONS";
	if (!err)
		err = kd_db_query(m->db,
				  "SELECT DISTINCT d.id, d.made, d.who, d.verb, d.a_grp, d.b_grp, d.why, d.undone FROM decision d LEFT JOIN sig sa "
				  "ON sa.sig = d.a_sig LEFT JOIN sig sb ON sb.sig = d.b_sig WHERE sa.grp = ?1 OR sb.grp = ?1 ORDER BY d.made, d.id",
				  &arg, 1, decision_row, &r);
	if (!err)
		err = kd_groups_unplaced(m->db, id, &unplaced);
	if (unplaced)
		kd_sheet_note(s, KD_UNPLACED_WORDS);
	kd_sheet_next(s, "kdoc investigate %s", id);
	return err;
}

/* ---- decisions ---- */

static struct kd_decider decider(const struct kd_memory *m, const void *options)
{
	const struct kd_group_decision *o = options;

	return (struct kd_decider){.who = kd_view_of(m->who), .why = kd_view_of(o->why), .now = m->now};
}

static struct kd_error *two_groups(struct kd_memory *m, const char *const *args, char a[KD_GROUP_ID], char b[KD_GROUP_ID])
{
	struct kd_error *err = kd_groups_find(m->db, kd_view_of(args[0]), a);

	return err ? err : kd_groups_find(m->db, kd_view_of(args[1]), b);
}

struct kd_error *kd_group_merge_two(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_groups_freep) struct kd_groups *g = kd_groups_new(m->db);
	struct kd_decider who = decider(m, options);
	char a[KD_GROUP_ID], b[KD_GROUP_ID];
	struct kd_error *err = two_groups(m, args, a, b);

	(void)nargs;
	if (!err)
		err = kd_groups_merge(g, a, b, &who);
	if (err)
		return err;
	kd_sheet_say(s, "%s is part of %s now; %s leads there", b, a, b);
	kd_sheet_field(s, "group", NULL, kd_sheet_cell(s, kd_view_of(a)));
	kd_sheet_next(s, "kdoc group show %s", a);
	return NULL;
}

struct kd_error *kd_group_never_one(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_groups_freep) struct kd_groups *g = kd_groups_new(m->db);
	struct kd_decider who = decider(m, options);
	char a[KD_GROUP_ID], b[KD_GROUP_ID];
	struct kd_error *err = two_groups(m, args, a, b);

	(void)nargs;
	if (!err)
		err = kd_groups_never(g, a, b, &who);
	if (err)
		return err;
	kd_sheet_say(s, "%s and %s stay apart", a, b);
	kd_sheet_next(s, "kdoc group show %s", a);
	return NULL;
}

struct sig_of {
	int64_t sig;
	uint64_t n;
};

static struct kd_error *one_sig(void *user, const struct kd_dbval *v, size_t n)
{
	struct sig_of *x = user;

	(void)n;
	x->sig = v[0].i;
	x->n++;
	return NULL;
}

/* An event's, or one that is given by the first digits of its strict signature. */
static struct kd_error *signature_of(struct kd_memory *m, const char *arg, int64_t *ret)
{
	struct kd_view v = kd_view_of(arg);
	struct sig_of x = {0};
	struct kd_evkey key;
	struct kd_dbval args[2];
	char end[64];
	struct kd_error *err;

	if (kd_event_id_parse(v, &key)) {
		args[0] = kd_dbint(key.at);
		args[1] = kd_dbint(key.dig);
		err = kd_db_query(m->db, "SELECT sig FROM event WHERE at = ?1 AND dig = ?2", args, 2, one_sig, &x);
	} else {
		if (v.n < 6 || v.n > 32)
			return kd_error_new(KD_INVALID, "'%s' is no event (ev-…) and no strict signature (6 to 32 hex digits)", arg);
		snprintf(end, sizeof(end), "%s~", arg);
		args[0] = kd_dbtext(v);
		args[1] = kd_dbtext(kd_view_of(end));
		err = kd_db_query(m->db, "SELECT sig FROM sig WHERE strict >= ?1 AND strict < ?2 LIMIT 2", args, 2, one_sig, &x);
	}
	if (err)
		return err;
	if (x.n != 1)
		return kd_error_new(x.n ? KD_INVALID : KD_NOTFOUND, x.n ? "more than one signature begins with %s" : "there is no %s", arg);
	*ret = x.sig;
	return NULL;
}

struct kd_error *kd_group_split_off(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_groups_freep) struct kd_groups *g = kd_groups_new(m->db);
	struct kd_decider who = decider(m, options);
	char id[KD_GROUP_ID];
	int64_t sig = 0;
	struct kd_error *err = signature_of(m, args[0], &sig);

	(void)nargs;
	if (!err)
		err = kd_groups_split(g, sig, &who, id);
	if (err)
		return err;
	kd_sheet_say(s, "its signature is group %s now", id);
	kd_sheet_field(s, "group", NULL, kd_sheet_cell(s, kd_view_of(id)));
	kd_sheet_next(s, "kdoc group show %s", id);
	return NULL;
}

struct kd_error *kd_group_undo(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct kd_error *err = kd_groups_undo(m->db, kd_view_of(args[0]), m->now);

	(void)options;
	(void)nargs;
	if (err)
		return err;
	kd_sheet_say(s, "%s does not count any more; what follows from it is said by grouping anew", args[0]);
	kd_sheet_next(s, "kdoc group again");
	return NULL;
}

/* Signatures of another version, or all of them when that is asked for: made anew from the texts. */
static struct kd_error *resign(struct kd_memory *m, bool asked, struct kd_sheet *s)
{
	struct kd_error *err = kd_signatures_check(m->db, false);
	struct kd_resigned r;

	if (!kd_error_catch(&err, KD_CONFLICT) && (err || !asked))
		return err;
	err = kd_signatures_again(m->ctx, m->db, &r);
	if (err)
		return err;
	kd_sheet_say(s, "signatures made anew: %" PRIu64 " of %" PRIu64 " events have another one, %" PRIu64 " signatures are new", r.changed,
		     r.events, r.signatures);
	kd_sheet_field(s, "events", NULL, kd_cell_uint(r.events));
	kd_sheet_field(s, "events_changed", NULL, kd_cell_uint(r.changed));
	kd_sheet_field(s, "signatures_new", NULL, kd_cell_uint(r.signatures));
	kd_sheet_field(s, "events_without_text", NULL, kd_cell_uint(r.without_text));
	kd_sheet_field(s, "reports_not_found", NULL, kd_cell_uint(r.not_found));
	if (r.without_text || r.not_found)
		kd_sheet_note(s, "%" PRIu64 " events kept their old signature: of %" PRIu64 " no text was kept, of %" PRIu64
				 " the report is not found in it (messages have none)",
			      r.without_text + r.not_found, r.without_text, r.not_found);
	return NULL;
}

struct kd_error *kd_group_again(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_group_decision *o = options;
	struct kd_regrouped r;
	struct kd_error *err = resign(m, o->texts, s);

	if (!err)
		err = kd_groups_again(m->db, &r);
	(void)args;
	(void)nargs;
	if (err)
		return err;
	kd_sheet_say(s, "%" PRIu64 " signatures: %" PRIu64 " groups before, %" PRIu64 " now, %" PRIu64 " signatures in another group", r.signatures,
		     r.groups_before, r.groups_after, r.moved);
	kd_sheet_field(s, "signatures", NULL, kd_cell_uint(r.signatures));
	kd_sheet_field(s, "groups_before", NULL, kd_cell_uint(r.groups_before));
	kd_sheet_field(s, "groups_after", NULL, kd_cell_uint(r.groups_after));
	kd_sheet_field(s, "moved", NULL, kd_cell_uint(r.moved));
	kd_sheet_field(s, "decisions", NULL, kd_cell_uint(r.decisions));
	kd_sheet_next(s, "kdoc group list");
	return NULL;
}
