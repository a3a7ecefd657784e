// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/hash.h"
#include "base/json.h"
#include "case/jsonl.h"
#include "case/schema.h"

enum { PIECE = 1 << 20 };

struct writer {
	struct kd_ctx *ctx;
	struct kd_error *(*write)(void *user, struct kd_view bytes);
	void *user;
	struct kd_buf out; /* lines that are not written yet */
	struct kd_sha256 sum;
	const struct kd_table_info *table;
	uint64_t rows;
};

static struct kd_error *flush(struct writer *w)
{
	struct kd_error *err;

	if (w->out.overflow)
		return kd_error_new(KD_LIMIT, "a row of table %s of more than %zu bytes", w->table ? w->table->name : "", w->out.max);
	kd_sha256_update(&w->sum, kd_buf_view(&w->out));
	err = w->write(w->user, kd_buf_view(&w->out));
	kd_buf_clear(&w->out);
	return err;
}

/* A text with its quotes. */
static void add_text(struct kd_buf *out, struct kd_view v)
{
	struct kd_error *err;
	struct kd_json j;

	kd_json_init(&j, out, KD_JSON_COMPACT);
	kd_json_str(&j, v);
	err = kd_json_finish(&j); /* out remembers that it was full */
	kd_error_free(err);
}

/* So many digits that it is read as the same number. */
static void add_real(struct kd_buf *out, double d)
{
	char text[40];

	if (!isfinite(d))
		d = 0;
	snprintf(text, sizeof(text), "%.17g", d);
	for (char *p = text; *p; p++)
		if (*p == ',') /* the point of a locale */
			*p = '.';
	kd_buf_add(out, kd_view_of(text));
	if (!strpbrk(text, ".e"))
		kd_buf_add(out, KD_V(".0"));
}

static void add_member(struct kd_buf *out, struct kd_view name, const struct kd_dbval *v)
{
	if (v->type == KD_DBNULL)
		return;
	kd_buf_printf(out, ",\"%.*s\":", KD_VARG(name));
	if (v->type == KD_DBINT)
		kd_buf_printf(out, "%lld", (long long)v->i);
	else if (v->type == KD_DBREAL)
		add_real(out, v->d);
	else if (v->type == KD_DBTEXT)
		add_text(out, v->v);
	else if (!(kd_buf_addc(out, '"') && kd_base64_add(out, v->v) && kd_buf_addc(out, '"')))
		out->overflow = true;
}

static struct kd_error *on_row(void *user, const struct kd_dbval *col, size_t n)
{
	struct writer *w = user;
	struct kd_view rest = kd_view_of(w->table->columns), name;
	struct kd_error *err = kd_ctx_check(w->ctx);

	if (err)
		return err;
	kd_buf_printf(&w->out, "{\"table\":\"%s\"", w->table->name);
	for (size_t i = 0; i < n && kd_schema_column(&rest, &name); i++)
		add_member(&w->out, name, &col[i]);
	kd_buf_add(&w->out, KD_V("}\n"));
	w->rows++;
	return w->out.n < PIECE && !w->out.overflow ? NULL : flush(w);
}

static struct kd_error *write_tables(struct writer *w, struct kd_db *db)
{
	struct kd_error *err = NULL;

	for (w->table = kd_schema_tables(); !err && w->table->name; w->table++)
		err = kd_db_query(db, w->table->select, NULL, 0, on_row, w);
	return err;
}

static struct kd_error *write_all(struct writer *w, struct kd_db *db)
{
	uint8_t sum[KD_SHA256_LEN];
	char hex[2 * KD_SHA256_LEN + 1];
	struct kd_error *err;

	kd_buf_printf(&w->out, "{\"schema\":\"kdoc.team/1\",\"version\":%lld}\n", (long long)kd_schema_version());
	err = write_tables(w, db);
	if (!err)
		err = flush(w);
	if (err)
		return err;
	kd_sha256_final(&w->sum, sum);
	kd_hex(sum, sizeof(sum), hex);
	kd_buf_printf(&w->out, "{\"end\":true,\"rows\":%llu,\"sha256\":\"%s\"}\n", (unsigned long long)w->rows, hex);
	return w->write(w->user, kd_buf_view(&w->out));
}

struct kd_error *kd_case_export(struct kd_ctx *ctx, struct kd_db *db, struct kd_error *(*write)(void *user, struct kd_view bytes),
				void *user, struct kd_team_counts *ret)
{
	struct writer w = {.ctx = ctx, .write = write, .user = user, .out = KD_BUF_INIT(KD_TEAM_LINE_MAX + PIECE)};
	struct kd_error *err = kd_db_begin_read(db);

	kd_sha256_init(&w.sum);
	if (!err)
		err = write_all(&w, db);
	kd_db_rollback(db);
	kd_buf_deinit(&w.out);
	*ret = (struct kd_team_counts){.rows = w.rows};
	return err;
}
