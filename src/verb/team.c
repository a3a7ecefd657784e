// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/team.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/source.h"
#include "base/time.h"
#include "case/admin.h"
#include "case/jsonl.h"
#include "case/schema.h"
#include "verb/memory.h"
#include "verb/outfile.h"

#define FILE_MODE 0600 /* texts of crashes are secrets */

static struct kd_view time_text(struct kd_sheet *s, int64_t us)
{
	char text[KD_CIVIL_LEN];
	struct kd_civil c;

	if (us <= 0 || us > INT64_MAX / 1000)
		return KD_VNULL;
	kd_civil_from_ns(us / 1000000 * 1000000000, &c);
	kd_civil_format(&c, text);
	return kd_sheet_text(s, "%s", text);
}

static struct kd_error *say_which(struct kd_db *db, struct kd_sheet *s)
{
	kd_sheet_field(s, "database", "DATABASE", kd_sheet_cell(s, kd_db_name(db)));
	kd_sheet_field(s, "kind", "KIND", kd_cell_text(kd_view_of(kd_db_ops(db)->name)));
	return NULL;
}

/* --- status -------------------------------------------------------------------------------------- */

struct one {
	struct kd_sheet *s;
	struct kd_view v;
};

static struct kd_error *on_text(void *user, const struct kd_dbval *col, size_t n)
{
	struct one *o = user;

	if (n && col[0].type == KD_DBTEXT)
		o->v = kd_sheet_text(o->s, "%.*s", KD_VARG(col[0].v));
	return NULL;
}

static struct kd_error *say_counts(struct kd_db *db, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"table", "TABLE"}, {"rows", "ROWS"}};
	struct kd_table *t = kd_sheet_table(s, "tables", columns, KD_ARRAY_LEN(columns));
	struct kd_error *err = NULL;

	t->title = "TABLES";
	for (const struct kd_table_info *i = kd_schema_tables(); i->name && !err; i++) {
		struct kd_cell *row = kd_table_row(t);
		int64_t n = 0;

		err = kd_db_number(db, i->count, NULL, 0, &n);
		row[0] = kd_cell_text(kd_view_of(i->name));
		row[1] = kd_cell_int(n);
	}
	return err;
}

static struct kd_error *say_times(struct kd_db *db, struct kd_sheet *s)
{
	int64_t oldest = 0, newest = 0;
	struct kd_error *err = kd_db_number(db, "SELECT min(at) FROM event WHERE at > 0", NULL, 0, &oldest);

	if (!err)
		err = kd_db_number(db, "SELECT max(at) FROM event WHERE at > 0", NULL, 0, &newest);
	kd_sheet_field(s, "oldest", "OLDEST EVENT", kd_cell_text(time_text(s, oldest)));
	kd_sheet_field(s, "newest", "NEWEST EVENT", kd_cell_text(time_text(s, newest)));
	return err;
}

static struct kd_error *say_what(struct kd_db *db, struct kd_sheet *s)
{
	kd_auto(kd_freep) char *schema = NULL, *algorithm = NULL;
	struct one version = {.s = s};
	int64_t bytes = 0;
	struct kd_error *err = kd_db_query(db, kd_db_word(db, KD_DB_VERSION), NULL, 0, on_text, &version);

	if (!err)
		err = kd_db_number(db, kd_db_word(db, KD_DB_SIZE), NULL, 0, &bytes);
	if (!err)
		err = kd_meta_get(db, "schema", &schema);
	if (!err)
		err = kd_meta_get(db, "signatures", &algorithm);
	kd_sheet_field(s, "version", "VERSION", kd_cell_text(version.v));
	kd_sheet_field(s, "tables_version", "TABLES", kd_sheet_cell(s, kd_view_of(schema)));
	kd_sheet_field(s, "algorithm", "SIGNATURES",
		       algorithm ? kd_sheet_cell(s, kd_view_of(algorithm)) : kd_cell_none("nothing was grouped yet"));
	kd_sheet_field(s, "bytes", "SIZE", kd_cell_bytes((uint64_t)bytes));
	return err;
}

struct kd_error *kd_team_status(struct kd_ctx *ctx, const struct kd_team_request *req, struct kd_sheet *s)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_error *err = kd_memory_open(ctx, req->store, KD_DB_READ, &db);

	if (!err)
		err = say_which(db, s);
	if (!err)
		err = say_what(db, s);
	if (!err)
		err = say_times(db, s);
	return err ? err : say_counts(db, s);
}

/* --- check --------------------------------------------------------------------------------------- */

struct list {
	struct kd_sheet *s;
	struct kd_table *t;
};

static void on_complaint(void *user, struct kd_view line)
{
	struct list *l = user;

	kd_table_row(l->t)[0] = kd_sheet_cell(l->s, line);
}

struct kd_error *kd_team_check(struct kd_ctx *ctx, const struct kd_team_request *req, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"complaint", "WRONG"}};
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct list l = {.s = s};
	uint64_t n = 0;
	struct kd_error *err = kd_memory_open_raw(ctx, req->store, KD_DB_READ, &db);

	if (!err)
		err = say_which(db, s);
	l.t = kd_sheet_table(s, "complaints", columns, KD_ARRAY_LEN(columns));
	if (!err)
		err = kd_schema_ready(db, false);
	if (!err)
		err = kd_case_check(ctx, db, on_complaint, &l, &n);
	/* That it cannot be read is the answer to the question. */
	if (err && err->cls == KD_BADDATA) {
		on_complaint(&l, kd_view_of(err->msg));
		kd_error_free(err);
		err = NULL;
		n++;
	}
	if (err)
		return err;
	s->none = n > 0;
	kd_sheet_field(s, "sound", NULL, kd_cell_bool(!n));
	if (!n)
		kd_sheet_say(s, "nothing is wrong with it");
	else
		kd_sheet_next(s, "kdoc store export FILE   (what can still be read; then import it into a new one)");
	return NULL;
}

/* --- migrate, backup ----------------------------------------------------------------------------- */

struct kd_error *kd_team_migrate(struct kd_ctx *ctx, const struct kd_team_request *req, struct kd_sheet *s)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_error *err = kd_memory_open_raw(ctx, req->store, KD_DB_WRITE | KD_DB_DURABLE, &db);

	if (!err)
		err = say_which(db, s);
	if (!err)
		err = kd_schema_ready(db, true);
	if (!err)
		kd_sheet_say(s, "its tables are of version %lld, the newest that this kdoc knows", (long long)kd_schema_version());
	return err;
}

struct kd_error *kd_team_backup(struct kd_ctx *ctx, const struct kd_team_request *req, struct kd_sheet *s)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_error *err = kd_memory_open_raw(ctx, req->store, KD_DB_READ, &db);

	if (!err)
		err = say_which(db, s);
	if (!err)
		err = kd_db_backup(db, req->path);
	if (!err)
		kd_sheet_field(s, "written", "FILE", kd_sheet_cell(s, kd_view_of(req->path)));
	return err;
}

/* --- export, import ------------------------------------------------------------------------------ */

static struct kd_error *to_file(void *user, struct kd_view bytes)
{
	struct kd_outfile *f = user;

	return kd_outfile_write(f, bytes) ? NULL : kd_error_errno(f->errnum, "%s", f->path);
}

static struct kd_error *export_to_file(struct kd_ctx *ctx, struct kd_db *db, const char *path, struct kd_team_counts *ret)
{
	kd_auto(kd_outfile_abort) struct kd_outfile f = {.fd = -1};
	struct kd_error *err = kd_outfile_open(&f, path, FILE_MODE);

	if (!err)
		err = kd_case_export(ctx, db, to_file, &f, ret);
	return err ? err : kd_outfile_commit(&f);
}

struct kd_error *kd_team_export(struct kd_ctx *ctx, const struct kd_team_request *req, struct kd_sheet *s)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_team_counts counts = {0};
	struct kd_error *err = kd_memory_open(ctx, req->store, KD_DB_READ, &db);

	if (err)
		return err;
	if (!strcmp(req->path, "-"))
		return kd_case_export(ctx, db, req->output, req->user, &counts);
	err = say_which(db, s);
	if (!err)
		err = export_to_file(ctx, db, req->path, &counts);
	kd_sheet_field(s, "written", "FILE", kd_sheet_cell(s, kd_view_of(req->path)));
	kd_sheet_field(s, "rows", "ROWS", kd_cell_uint(counts.rows));
	return err;
}

struct kd_error *kd_team_import(struct kd_ctx *ctx, const struct kd_team_request *req, struct kd_sheet *s)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_team_counts counts = {0};
	struct kd_error *err = kd_source_open(req->path, &src);

	if (!err)
		err = kd_memory_open(ctx, req->store, KD_DB_WRITE | KD_DB_DURABLE, &db);
	if (!err)
		err = say_which(db, s);
	if (!err)
		err = kd_error_wrap(kd_case_import(ctx, db, src, &counts), "%s", req->path);
	kd_sheet_field(s, "rows", "ROWS", kd_cell_uint(counts.rows));
	kd_sheet_field(s, "new", "NEW", kd_cell_uint(counts.fresh));
	return err;
}

/* --- expire -------------------------------------------------------------------------------------- */

/* A day (UTC) or a time with its zone. */
static bool parse_time(const char *text, int64_t *ret_us)
{
	struct kd_civil c = {.has_zone = true};
	char whole[KD_CIVIL_LEN];
	struct kd_view v;
	int64_t ns = 0;

	snprintf(whole, sizeof(whole), "%s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
	v = kd_view_of(whole);
	if (!kd_civil_take_rfc3339(&v, &c) || v.n || !kd_civil_absolute(&c, &ns))
		return false;
	*ret_us = ns / 1000;
	return true;
}

struct kd_error *kd_team_expire(struct kd_ctx *ctx, const struct kd_team_request *req, struct kd_sheet *s)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_expiry e = {0};
	struct kd_error *err;
	int64_t before = 0;

	if (!req->before || !parse_time(req->before, &before))
		return kd_error_new(KD_INVALID, "--before needs a day (2026-01-31) or a time with its zone (2026-01-31T12:00:00Z)");
	err = kd_memory_open(ctx, req->store, req->yes ? KD_DB_WRITE | KD_DB_DURABLE : KD_DB_READ, &db);
	if (!err)
		err = say_which(db, s);
	if (!err)
		err = kd_case_expire(ctx, db, before, req->yes, &e);
	if (err)
		return err;
	kd_sheet_field(s, "before", "BEFORE", kd_cell_text(time_text(s, before)));
	kd_sheet_field(s, "done", NULL, kd_cell_bool(req->yes));
	kd_sheet_field(s, "events", req->yes ? "EVENTS THAT WENT" : "EVENTS THAT WOULD GO", kd_cell_uint(e.events));
	kd_sheet_field(s, "blocks", "THEIR RAW TEXTS (BLOCKS)", kd_cell_uint(e.blocks));
	if (kd_db_ops(db)->partitions)
		kd_sheet_field(s, "partitions", "WHOLE MONTHS OF THEM", kd_cell_uint(e.months));
	if (e.undated)
		kd_sheet_note(s, "%llu events state no time: they stay", (unsigned long long)e.undated);
	s->none = !e.events;
	if (e.events && !req->yes)
		kd_sheet_next(s, "kdoc store expire --before=%s --yes", req->before);
	return NULL;
}
