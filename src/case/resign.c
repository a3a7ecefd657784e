// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/resign.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "case/groups.h"
#include "case/intake.h"
#include "case/schema.h"
#include "report/scan.h"

enum { EVENTS_MAX = 1 << 26, SIGS_MAX = 1 << 22 };

struct kd_error *kd_signatures_check(struct kd_db *db, bool write)
{
	kd_auto(kd_freep) char *text = NULL;
	char ours[16];
	int64_t n = 0;
	struct kd_error *err = kd_meta_get(db, "signatures", &text);

	snprintf(ours, sizeof(ours), "%d", KD_SIGNATURES_VERSION);
	if (err || (text && !strcmp(text, ours)))
		return err;
	if (!text)
		err = kd_db_number(db, "SELECT count(*) FROM sig", NULL, 0, &n);
	if (err)
		return err;
	if (!text && !n)
		return write ? kd_meta_set(db, "signatures", kd_view_of(ours)) : NULL;
	return kd_error_new(KD_CONFLICT,
			    "signatures in %.*s were made by another version of kdoc (%s, this one makes %s): 'kdoc group again' makes them "
			    "anew from the texts; groups and decisions stay",
			    KD_VARG(kd_db_name(db)), text ? text : "none stated", ours);
}

/* ---- all events, those of one text together ---- */

struct row {
	struct kd_evkey key;
	int64_t sig, block, off, len;
	bool has_raw;
};

struct again {
	struct kd_ctx *ctx;
	struct kd_db *db;
	struct kd_groups *groups;
	struct kd_resigned *ret;
	KD_VEC(struct row) rows;
	struct kd_hashmap placed; /* old and new signature: seen */
	struct kd_arena keys;
	struct kd_textblock block; /* that the texts at hand are of */
	/* of the text at hand */
	struct row *first;
	size_t n;
	bool *done; /* of its events */
	struct kd_error *err;
};

static struct kd_error *event_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct again *a = user;
	struct row *r = kd_vec_push(&a->rows, EVENTS_MAX);

	(void)n;
	if (!r)
		return kd_error_new(KD_LIMIT, "more than %d events", EVENTS_MAX);
	*r = (struct row){{c[0].i, c[1].i}, c[2].i, c[3].i, c[4].i, c[5].i, c[3].type == KD_DBINT};
	return NULL;
}

struct group_of {
	char id[KD_GROUP_ID];
};

static struct kd_error *group_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct group_of *g = user;

	(void)n;
	if (c[0].type == KD_DBTEXT)
		snprintf(g->id, sizeof(g->id), "%.*s", KD_VARG(c[0].v));
	return NULL;
}

/* A signature that came out of an old one: into that one's group. */
static struct kd_error *place(struct again *a, const struct row *row, const struct kd_newsig *proto)
{
	int64_t pair[2] = {row->sig, proto->row.sig};
	struct kd_dbval old = kd_dbint(row->sig);
	struct kd_newsig n = *proto;
	struct group_of g = {""};
	bool is_new = false;
	struct kd_error *err;

	if (!kd_hashmap_add(&a->placed, kd_view((const char *)pair, sizeof(pair)), &is_new))
		return kd_error_new(KD_LIMIT, "too many signatures");
	if (!is_new)
		return NULL;
	err = kd_db_query(a->db, "SELECT grp FROM sig WHERE sig = ?1", &old, 1, group_row, &g);
	n.group = g.id[0] ? g.id : NULL;
	is_new = false;
	if (!err)
		err = kd_groups_place(a->groups, &n, &is_new);
	a->ret->signatures += is_new;
	return err;
}

static struct kd_error *change(struct again *a, const struct row *row, int64_t sig)
{
	const struct kd_dbval args[] = {kd_dbint(row->key.at), kd_dbint(row->key.dig), kd_dbint(sig)};

	if (sig == row->sig)
		return NULL;
	a->ret->changed++;
	return kd_db_run(a->db, "UPDATE event SET sig = ?3 WHERE at = ?1 AND dig = ?2", args, 3, NULL);
}

/* Is this report the one of an event of the text? Its digest tells. */
static struct kd_error *on_report(void *user, const struct kd_report *r)
{
	struct again *a = user;

	for (size_t i = 0; i < a->n; i++) {
		const struct row *row = &a->first[i];
		kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
		struct kd_event_from from = {.source = ""};
		struct kd_newsig n = {.rep = row->key};
		struct kd_traits *traits = NULL;
		struct kd_event e, stored;

		if (a->done[i])
			continue;
		a->err = kd_event_get(a->db, row->key, &arena, &stored);
		if (a->err)
			return a->err;
		from.host = stored.host;
		from.boot = stored.boot;
		kd_event_of(r, &from, &e);
		if (e.key.dig != row->key.dig)
			continue;
		a->done[i] = true;
		n.now = stored.seen;
		kd_sigrow_of(r, &n.row);
		a->err = kd_traits_of(r, &arena, &traits);
		n.traits = traits;
		if (!a->err)
			a->err = place(a, row, &n);
		if (!a->err)
			a->err = change(a, row, n.row.sig);
		return a->err;
	}
	return NULL;
}

static struct kd_error *one_text(struct again *a, struct row *first, size_t n)
{
	kd_auto(kd_freep) bool *done = kd_xcalloc(n, sizeof(*done));
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_event e = {.has_raw = true, .block = first->block, .off = first->off, .len = first->len};
	struct kd_scan_opts o = {0};
	struct kd_scan_log log;
	struct kd_error *err;
	struct kd_view text;

	a->first = first;
	a->n = n;
	a->done = done;
	a->ret->events += n;
	if (!first->has_raw) {
		a->ret->without_text += n;
		return NULL;
	}
	err = kd_event_text_in(a->db, &e, &a->block, &text);
	if (err) { /* a damaged block: its events stay as they are */
		kd_error_free(err);
		a->ret->without_text += n;
		return NULL;
	}
	err = kd_source_from_memory(text, "text", &src);
	if (!err)
		err = kd_scan(a->ctx, src, &o, on_report, a, &log);
	for (size_t i = 0; i < n; i++)
		a->ret->not_found += !done[i];
	return err;
}

static struct kd_error *all_texts(struct again *a)
{
	struct kd_error *err = NULL;

	for (size_t i = 0, k; i < a->rows.n && !err; i = k) {
		struct row *r = &a->rows.v[i];

		for (k = i + 1; k < a->rows.n && r->has_raw && a->rows.v[k].has_raw && a->rows.v[k].block == r->block &&
				a->rows.v[k].off == r->off;
		     k++)
			;
		err = one_text(a, r, k - i);
		if (!err)
			err = kd_ctx_check(a->ctx);
	}
	return err;
}

/*
 * Whatever named an old signature names the one that its first event has now; old ones without events go. In this order: each statement
 * still needs the old rows.
 */
static struct kd_error *follow(struct again *a)
{
	static const char *const sql[] = {
		"UPDATE grp SET founder = COALESCE((SELECT e.sig FROM sig s JOIN event e ON e.at = s.rep_at AND e.dig = s.rep_dig WHERE s.sig = "
		"grp.founder), founder)",
		"UPDATE decision SET a_sig = COALESCE((SELECT e.sig FROM event e WHERE e.at = a_at AND e.dig = a_dig), a_sig), b_sig = "
		"COALESCE((SELECT e.sig FROM event e WHERE e.at = b_at AND e.dig = b_dig), b_sig)",
		/* a known issue is recognised by what its signatures are now, and by the old ones that nothing is left of */
		"INSERT INTO knownmatch (known, how, value) SELECT DISTINCT k.known, k.how, CASE k.how WHEN 'strict' THEN n.strict WHEN "
		"'normal' THEN n.normal ELSE n.loose END FROM knownmatch k JOIN sig s ON (k.how = 'strict' AND s.strict = k.value) OR (k.how = "
		"'normal' AND s.normal = k.value) OR (k.how = 'loose' AND s.loose = k.value) JOIN event e ON e.at = s.rep_at AND e.dig = "
		"s.rep_dig JOIN sig n ON n.sig = e.sig WHERE 1 = 1 ON CONFLICT DO NOTHING",
		"DELETE FROM sig WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.sig = sig.sig)",
		"DELETE FROM possible WHERE NOT EXISTS (SELECT 1 FROM sig s WHERE s.sig = possible.sig)",
	};
	char version[16];
	struct kd_error *err = NULL;

	for (size_t i = 0; i < KD_ARRAY_LEN(sql) && !err; i++)
		err = kd_db_exec(a->db, sql[i]);
	snprintf(version, sizeof(version), "%d", KD_SIGNATURES_VERSION);
	return err ? err : kd_meta_set(a->db, "signatures", kd_view_of(version));
}

struct kd_error *kd_signatures_again(struct kd_ctx *ctx, struct kd_db *db, struct kd_resigned *ret)
{
	kd_auto(kd_groups_freep) struct kd_groups *groups = kd_groups_new(db);
	struct again a = {.ctx = ctx, .db = db, .groups = groups, .ret = ret, .keys = KD_ARENA_INIT(256 << 20)};
	struct kd_error *err;

	*ret = (struct kd_resigned){0};
	a.placed = KD_HASHMAP_INIT(SIGS_MAX, &a.keys);
	err = kd_db_begin_alone(db);
	if (!err)
		err = kd_db_query(db, "SELECT at, dig, sig, block, off, len FROM event ORDER BY block, off, number", NULL, 0, event_row, &a);
	if (!err)
		err = all_texts(&a);
	if (!err)
		err = follow(&a);
	if (!err)
		err = kd_db_commit(db);
	if (err)
		kd_db_rollback(db);
	kd_vec_free(&a.rows);
	kd_hashmap_deinit(&a.placed);
	kd_textblock_deinit(&a.block);
	kd_arena_deinit(&a.keys);
	return err;
}
