// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/inventory.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/time.h"
#include "verb/inventory_read.h"

enum { TEXT_MAX = 256 << 20, REFUSED_SHOWN = 20 };
#define NAMES_MAX ((size_t)1 << 30)
#define HOUR_US ((int64_t)3600 * 1000000)

/* ---- in ---- */

struct job {
	struct kd_ctx *ctx;
	const struct kd_inventory_request *req;
	struct kd_sheet *s;
	struct kd_db *db;
	const char *name; /* of the input */
	struct kd_inventory_text text;
	KD_VEC(struct kd_exposure) v;
	struct kd_arena names;
	uint64_t rows, refused, problems, inputs;
};

static struct kd_error *on_row(void *user, const struct kd_inventory_row *r)
{
	struct job *j = user;
	struct kd_exposure *e;

	j->rows++;
	if (r->refused) {
		if (j->refused++ < REFUSED_SHOWN)
			kd_sheet_note(j->s, "%s, %s %llu was left out: %s", j->name,
				      r->entry ? "entry" : "line", (unsigned long long)r->number,
				      r->refused);
		return NULL;
	}
	e = kd_vec_push(&j->v, KD_EXPOSURE_MAX);
	if (!e)
		return kd_error_new(KD_LIMIT, "more than %d rows: ingest them in parts",
				    KD_EXPOSURE_MAX);
	*e = r->e;
	e->host = kd_arena_view(&j->names, r->e.host);
	e->release = kd_arena_view(&j->names, r->e.release);
	return e->release.p && e->host.p
		       ? NULL
		       : kd_error_new(KD_LIMIT, "names of more than 1 GiB: ingest them in parts");
}

static struct kd_error *read_all(struct kd_source *src, struct kd_buf *b)
{
	size_t got = 1;

	while (got) {
		char *room = kd_buf_reserve(b, 1 << 16);
		struct kd_error *err;

		if (!room)
			return kd_error_new(KD_LIMIT, "longer than %d MiB: ingest it in parts",
					    TEXT_MAX >> 20);
		err = kd_source_read(src, room, 1 << 16, &got);
		if (err)
			return err;
		b->n += got;
	}
	return NULL;
}

static struct kd_error *on_log(void *user, struct kd_input *in)
{
	struct job *j = user;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)TEXT_MAX + (1 << 17));
	const size_t had = j->v.n;
	struct kd_error *err;

	j->name = in->name;
	if (j->req->progress)
		j->req->progress(j->req->user, in);
	err = read_all(in->src, &b);
	if (!err) {
		j->text.text = kd_buf_view(&b);
		err = kd_inventory_read(&j->text, on_row, j);
	}
	if (err && err->cls == KD_CANCELLED)
		return err;
	if (err) { /* all of it or nothing */
		j->v.n = had;
		j->problems++;
		kd_sheet_note(j->s, "%s: %s", in->name, err->msg);
		kd_error_free(err);
		return NULL;
	}
	j->inputs++;
	return NULL;
}

static struct kd_error *on_problem(void *user, const struct kd_input_problem *p)
{
	struct job *j = user;

	j->problems++;
	kd_sheet_note(j->s, "%s: %s%s%s", p->name, p->message, *p->remedy ? "; " : "", p->remedy);
	return NULL;
}

static void tell_ingest(struct job *j, const struct kd_exposure_counts *c, int64_t gap)
{
	struct kd_sheet *s = j->s;

	kd_sheet_say(s,
		     "%llu row%s of %llu host%s: %llu of them with something new, %llu span%s of "
		     "them now; %llu row%s refused",
		     (unsigned long long)c->given, c->given == 1 ? "" : "s",
		     (unsigned long long)c->hosts, c->hosts == 1 ? "" : "s",
		     (unsigned long long)c->changed, (unsigned long long)c->after,
		     c->after == 1 ? "" : "s", (unsigned long long)j->refused,
		     j->refused == 1 ? "" : "s");
	kd_sheet_field(s, "inputs", NULL, kd_cell_uint(j->inputs));
	kd_sheet_field(s, "rows", NULL, kd_cell_uint(j->rows));
	kd_sheet_field(s, "refused", NULL, kd_cell_uint(j->refused));
	kd_sheet_field(s, "hosts", NULL, kd_cell_uint(c->hosts));
	kd_sheet_field(s, "changed", NULL, kd_cell_uint(c->changed));
	kd_sheet_field(s, "spans_before", NULL, kd_cell_uint(c->before));
	kd_sheet_field(s, "spans", NULL, kd_cell_uint(c->after));
	kd_sheet_field(s, "gap_hours", NULL, kd_cell_uint((uint64_t)(gap / HOUR_US)));
	kd_sheet_field(s, "store", "STORE", kd_sheet_cell(s, kd_db_name(j->db)));
	if (j->refused > REFUSED_SHOWN)
		kd_sheet_note(s, "%llu more rows were refused",
			      (unsigned long long)(j->refused - REFUSED_SHOWN));
	s->none = !c->given;
	if (c->given)
		kd_sheet_next(s, "kdoc inventory show");
}

struct kd_error *kd_inventory_ingest(struct kd_ctx *ctx, const struct kd_inventory_request *req,
				     struct kd_sheet *s, uint64_t *ret_problems)
{
	static const struct kd_input_ops ops = {.log = on_log, .problem = on_problem};
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	kd_auto(kd_config_freep) struct kd_config *config = kd_config_new();
	struct job j = {.ctx = ctx, .req = req, .s = s, .names = KD_ARENA_INIT(NAMES_MAX)};
	const int64_t gap = req->gap ? kd_span_of(req->gap) : KD_EXPOSURE_GAP;
	struct kd_exposure_counts c = {0};
	struct kd_error *err = kd_config_load(config, ".");

	if (!err && !gap)
		err = kd_error_new(KD_INVALID, "'%s' is no time span: 24h, 2d", req->gap);
	if (!err)
		err = kd_memory_now(config, &j.text.now);
	if (!err && req->at)
		err = kd_moment_of(req->at, &j.text.at);
	if (!err)
		err = kd_memory_open(ctx, req->store, KD_DB_WRITE, &db);
	j.db = db;
	if (!err)
		err = kd_input_each(ctx, req->inputs, req->ninputs, &ops, &j);
	if (!err)
		err = kd_exposure_add(ctx, db, j.v.v, j.v.n, gap, &c);
	if (!err) {
		tell_ingest(&j, &c, gap);
		*ret_problems = j.problems + j.refused;
	}
	kd_vec_free(&j.v);
	kd_arena_deinit(&j.names);
	return err;
}

/* ---- out ---- */

struct show {
	struct kd_sheet *s;
	struct kd_table *t;
	uint64_t rows;
};

static struct kd_error *release_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct show *w = user;
	struct kd_cell *row;

	(void)n;
	w->rows++;
	row = kd_table_row(w->t);
	row[0] = kd_sheet_cell(w->s, c[0].v);
	row[1] = kd_cell_int(c[1].i);
	row[2] = kd_cell_int(c[2].i / HOUR_US);
	row[3] = kd_cell_int(kd_dbint_of(&c[3], 0) / HOUR_US);
	row[4] = kd_cell_text(kd_moment_text(w->s, c[4].i));
	row[5] = kd_cell_text(kd_moment_text(w->s, c[5].i));
	return NULL;
}

static struct kd_error *sum_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct show *w = user;
	int64_t us = kd_dbint_of(&c[2], 0),
		inferred = kd_dbint_of(&c[3], 0);

	(void)n;
	kd_sheet_say(w->s,
		     "%lld host%s, %lld release%s, %lld host-hours (%lld of them inferred from "
		     "sightings)",
		     (long long)c[0].i, c[0].i == 1 ? "" : "s", (long long)c[1].i,
		     c[1].i == 1 ? "" : "s", (long long)(us / HOUR_US),
		     (long long)(inferred / HOUR_US));
	return NULL;
}

static struct kd_error *by_release(struct kd_memory *m, const char *release, struct show *w)
{
	static const struct kd_column columns[] = {
		{"release", "RELEASE"},   {"hosts", "HOSTS"}, {"host_hours", "HOST-HOURS"},
		{"inferred", "INFERRED"}, {"since", "SINCE"}, {"until", "UNTIL"}};
	struct kd_dbval a = kd_dbtext(release ? kd_view_of(release) : KD_V(""));
	struct kd_error *err;

	err = kd_db_query(
		m->db,
		"SELECT COUNT(DISTINCT host), COUNT(DISTINCT release), CAST(SUM(until - since) AS "
		"BIGINT), "
		"CAST(SUM(CASE WHEN source = 'inferred' THEN until - since ELSE 0 END) AS BIGINT) "
		"FROM exposure WHERE release = ?1 OR ?1 = ''",
		&a, 1, sum_row, w);
	if (err)
		return err;
	w->t = kd_sheet_table(w->s, "releases", columns, KD_ARRAY_LEN(columns));
	w->t->title = "RELEASES";
	return kd_db_query(
		m->db,
		"SELECT release, COUNT(DISTINCT host), CAST(SUM(until - since) AS BIGINT), "
		"CAST(SUM(CASE WHEN source = 'inferred' THEN until - since ELSE 0 END) AS BIGINT), "
		"MIN(since), MAX(until) "
		"FROM exposure WHERE release = ?1 OR ?1 = '' GROUP BY release ORDER BY 5, 1",
		&a, 1, release_row, w);
}

static struct kd_error *span_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct show *w = user;
	struct kd_cell *row = kd_table_row(w->t);

	(void)n;
	w->rows++;
	row[0] = kd_sheet_cell(w->s, c[0].v);
	row[1] = kd_sheet_cell(w->s, c[1].v);
	row[2] = kd_cell_text(kd_moment_text(w->s, c[2].i));
	row[3] = kd_cell_text(kd_moment_text(w->s, c[3].i));
	row[4] = c[4].type == KD_DBINT ? kd_cell_int(c[4].i) : kd_cell_none("not known");
	row[5] = c[5].type == KD_DBTEXT ? kd_sheet_cell(w->s, c[5].v) : kd_cell_none(NULL);
	return NULL;
}

static struct kd_error *by_host(struct kd_memory *m, const char *release, const char *const *hosts,
				size_t n, struct show *w)
{
	static const struct kd_column columns[] = {{"host", "HOST"},   {"release", "RELEASE"},
						   {"since", "SINCE"}, {"until", "UNTIL"},
						   {"boots", "BOOTS"}, {"basis", "BASIS"}};
	struct kd_error *err = NULL;

	w->t = kd_sheet_table(w->s, "spans", columns, KD_ARRAY_LEN(columns));
	w->t->title = "SPANS";
	for (size_t i = 0; i < n && !err; i++) {
		struct kd_dbval a[] = {kd_dbtext(kd_view_of(hosts[i])),
				       kd_dbtext(release ? kd_view_of(release) : KD_V(""))};
		const uint64_t before = w->rows;

		err = kd_db_query(m->db,
				  "SELECT host, release, since, until, boots, source FROM exposure "
				  "WHERE host = ?1 AND (release = ?2 OR ?2 = '') "
				  "ORDER BY since, release",
				  a, KD_ARRAY_LEN(a), span_row, w);
		if (!err && w->rows == before)
			kd_sheet_note(w->s, "nothing is known of the host %s%s%s", hosts[i],
				      release ? " with " : "", release ? release : "");
	}
	return err;
}

struct kd_error *kd_inventory_show(struct kd_memory *m, const void *options,
				   const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_inventory_show_options *o = options;
	struct show w = {.s = s};
	struct kd_error *err =
		nargs ? by_host(m, o->release, args, nargs, &w) : by_release(m, o->release, &w);

	if (err)
		return err;
	s->none = !w.rows;
	if (s->none)
		kd_sheet_next(s, "kdoc inventory ingest FILE");
	else if (!nargs)
		kd_sheet_next(s, "kdoc inventory rollout");
	return NULL;
}
