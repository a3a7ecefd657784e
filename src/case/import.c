// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/hash.h"
#include "base/jsonin.h"
#include "case/jsonl.h"
#include "case/schema.h"

enum { PIECE = 1 << 20, MEMBERS_MAX = 256, DEPTH_MAX = 4 };

struct reader {
	struct kd_ctx *ctx;
	struct kd_db *db;
	struct kd_sha256 sum;
	uint64_t line, rows;
	bool begun, ended;
	struct kd_buf bytes; /* of a row's blobs */
	bool month[KD_SCHEMA_MONTHS]; /* there is a partition */
};

static struct kd_error *bad(const struct reader *r, const char *why)
{
	return kd_error_new(KD_BADDATA, "line %llu: %s; nothing was imported", (unsigned long long)r->line, why);
}

static struct kd_error *begin_line(struct reader *r, struct kd_jval row)
{
	struct kd_view schema;
	int64_t version = 0;

	if (!kd_jsonin_str(kd_jsonin_get(row, "schema"), &schema) || !kd_jsonin_i64(kd_jsonin_get(row, "version"), &version) || version < 1)
		return bad(r, "this is not what 'kdoc store export' writes");
	if (!kd_view_eq(schema, KD_V("kdoc.team/1")) || version > kd_schema_version())
		return kd_error_new(KD_UNSUPPORTED, "it was written by a newer kdoc (%.*s of version %lld): use that one", KD_VARG(schema),
				    (long long)version);
	r->begun = true;
	return NULL;
}

static struct kd_error *end_line(struct reader *r, struct kd_jval row)
{
	uint8_t sum[KD_SHA256_LEN];
	char hex[2 * KD_SHA256_LEN + 1];
	struct kd_view said;
	uint64_t rows = 0;

	kd_sha256_final(&r->sum, sum);
	kd_hex(sum, sizeof(sum), hex);
	if (!kd_jsonin_u64(kd_jsonin_get(row, "rows"), &rows) || rows != r->rows)
		return bad(r, "another number of rows came before the end: lines are missing");
	if (!kd_jsonin_str(kd_jsonin_get(row, "sha256"), &said) || !kd_view_eq(said, kd_view_of(hex)))
		return bad(r, "the digest of the file is another one: it was changed after it was written");
	r->ended = true;
	return NULL;
}

static const struct kd_table_info *table_named(struct kd_view name)
{
	for (const struct kd_table_info *t = kd_schema_tables(); t->name; t++)
		if (kd_view_eq(name, kd_view_of(t->name)))
			return t;
	return NULL;
}

/* A member as the column's type has it; false: it is none of that. */
static bool value_of(struct reader *r, char type, struct kd_jval v, struct kd_dbval *ret)
{
	struct kd_view text;
	size_t from = r->bytes.n;

	*ret = kd_dbnull();
	if (kd_jsonin_type(v) == KD_JABSENT || kd_jsonin_type(v) == KD_JNULL)
		return type >= 'a';
	switch (type | 0x20) {
	case 'i':
		ret->type = KD_DBINT;
		return kd_jsonin_type(v) == KD_JINT && kd_jsonin_i64(v, &ret->i);
	case 'r':
		ret->type = KD_DBREAL;
		return kd_jsonin_double(v, &ret->d);
	case 't':
		if (!kd_jsonin_str(v, &text) || kd_view_chr(text, 0) != KD_NPOS)
			return false;
		*ret = kd_dbtext(text.n ? text : KD_V(""));
		return true;
	default:
		if (!kd_jsonin_str(v, &text) || !kd_base64_take(text, &r->bytes))
			return false;
		*ret = kd_dbblob(kd_view(r->bytes.p + from, r->bytes.n - from));
		return true;
	}
}

/* Members that are no columns: of a newer version, or of something else. */
static bool all_known(const struct kd_table_info *t, struct kd_jval row)
{
	struct kd_view key, name;
	struct kd_jval v;

	for (void *it = NULL; kd_jsonin_next(row, &it, &key, &v);) {
		struct kd_view rest = kd_view_of(t->columns);
		bool known = kd_view_eq(key, KD_V("table"));

		while (!known && kd_schema_column(&rest, &name))
			known = kd_view_eq(key, name);
		if (!known)
			return false;
	}
	return true;
}

/* Of table meta: the version of the tables is the target's own, and signatures of two algorithms do not go together. */
static struct kd_error *judge_meta(const struct reader *r, const struct kd_dbval *col, bool *ret_skip)
{
	kd_auto(kd_freep) char *own = NULL;
	struct kd_error *err;

	*ret_skip = kd_view_eq(col[0].v, KD_V("schema")) || kd_view_eq(col[0].v, KD_V("expired"));
	if (!kd_view_eq(col[0].v, KD_V("signatures")))
		return NULL;
	err = kd_meta_get(r->db, "signatures", &own);
	if (!err && own && col[1].v.p && !kd_view_eq(kd_view_of(own), col[1].v))
		err = kd_error_new(KD_CONFLICT, "its signatures are of version %.*s, those that are there of %s: make one of the two anew first",
				   KD_VARG(kd_view_head(col[1].v, col[1].v.n < 40 ? col[1].v.n : 40)), own);
	return err;
}

static struct kd_error *make_room(struct reader *r, int64_t at)
{
	int month = kd_schema_month_of(at);

	if (month < 0 || r->month[month])
		return NULL;
	r->month[month] = true;
	return kd_schema_partition(r->db, &at, 1);
}

static struct kd_error *send_row(struct reader *r, const struct kd_table_info *t, struct kd_jval row)
{
	struct kd_view rest = kd_view_of(t->columns), name;
	struct kd_dbval col[KD_DBARGS_MAX] = {0};
	struct kd_error *err = NULL;
	char key[64], why[160];
	bool skip = false;
	size_t n = 0;

	kd_buf_clear(&r->bytes);
	while (kd_schema_column(&rest, &name)) {
		snprintf(key, sizeof(key), "%.*s", KD_VARG(name));
		if (!value_of(r, t->types[n], kd_jsonin_get(row, key), &col[n])) {
			snprintf(why, sizeof(why), "a row of %s without a proper %s", t->name, key);
			return bad(r, why);
		}
		n++;
	}
	if (!strcmp(t->name, "meta"))
		err = judge_meta(r, col, &skip);
	else if (!strcmp(t->name, "event"))
		err = make_room(r, col[0].i);
	return err || skip ? err : kd_db_send(r->db, t->insert, col, n);
}

static struct kd_error *row_line(struct reader *r, struct kd_jval row)
{
	const struct kd_table_info *t;
	struct kd_view name;

	if (!kd_jsonin_str(kd_jsonin_get(row, "table"), &name))
		return bad(r, "no row of a table");
	t = table_named(name);
	if (!t || !all_known(t, row))
		return bad(r, t ? "a column that this kdoc does not know" : "a table that this kdoc does not know");
	r->rows++;
	return send_row(r, t, row);
}

static struct kd_error *on_line(struct reader *r, struct kd_view line)
{
	struct kd_jsonin_opts o = {.max_bytes = KD_TEAM_LINE_MAX, .max_depth = DEPTH_MAX, .max_values = MEMBERS_MAX};
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err;
	struct kd_jval row;

	r->line++;
	if (r->ended)
		return bad(r, "something follows the end");
	err = kd_jsonin_parse(line, &o, &doc);
	if (err)
		return kd_error_wrap(err, "line %llu; nothing was imported", (unsigned long long)r->line);
	row = kd_jsonin_root(doc);
	if (!r->begun)
		err = begin_line(r, row);
	else if (kd_jsonin_type(kd_jsonin_get(row, "end")) != KD_JABSENT)
		return end_line(r, row);
	else
		err = row_line(r, row);
	kd_sha256_update(&r->sum, line);
	kd_sha256_update(&r->sum, KD_V("\n"));
	return err ? err : kd_ctx_check(r->ctx);
}

/* Whole lines of what was read; what is left is the beginning of one. */
static struct kd_error *take_lines(struct reader *r, struct kd_buf *text, size_t *scanned)
{
	struct kd_error *err = NULL;
	size_t from = 0;

	while (!err) {
		const char *end = memchr(text->p + *scanned, '\n', text->n - *scanned);

		if (!end)
			break;
		err = on_line(r, kd_view(text->p + from, (size_t)(end - text->p) - from));
		from = *scanned = (size_t)(end - text->p) + 1;
	}
	kd_buf_drop(text, from);
	*scanned = text->n;
	return err;
}

static struct kd_error *read_all(struct reader *r, struct kd_source *src)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TEAM_LINE_MAX + PIECE);
	struct kd_error *err = NULL;
	size_t n = 1, scanned = 0;

	while (!err && n) {
		char *room = kd_buf_reserve(&text, PIECE);

		if (!room)
			return kd_error_new(KD_LIMIT, "line %llu is longer than %zu bytes", (unsigned long long)r->line + 1, KD_TEAM_LINE_MAX);
		err = kd_source_read(src, room, PIECE, &n);
		if (err)
			break;
		text.n += n;
		err = take_lines(r, &text, &scanned);
	}
	if (!err && kd_source_diag(src))
		err = kd_error_new(KD_BADDATA, "%s; nothing was imported", kd_source_diag(src));
	if (!err && (!r->ended || text.n))
		err = kd_error_new(KD_BADDATA, "the file was cut off after %llu rows; nothing was imported", (unsigned long long)r->rows);
	return err;
}

struct kd_error *kd_case_import(struct kd_ctx *ctx, struct kd_db *db, struct kd_source *src, struct kd_team_counts *ret)
{
	struct reader r = {.ctx = ctx, .db = db, .bytes = KD_BUF_INIT(KD_TEAM_LINE_MAX)};
	struct kd_error *err = kd_db_begin_alone(db);
	uint64_t fresh = 0;

	kd_sha256_init(&r.sum);
	if (!err)
		err = read_all(&r, src);
	if (!err)
		err = kd_db_sync(db, &fresh);
	if (!err)
		err = kd_db_commit(db);
	if (err)
		kd_db_rollback(db);
	kd_buf_deinit(&r.bytes);
	*ret = (struct kd_team_counts){.rows = r.rows, .fresh = fresh};
	return err;
}
