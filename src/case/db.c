// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/db.h"

#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "case/ext/postgres.h"
#include "case/ext/sqlite.h"

struct kd_db {
	const struct kd_db_ops *ops;
	void *conn;
	char *name;
	bool open; /* a transaction */
};

struct kd_dbval kd_dbtext_safe(struct kd_arena *a, struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf good = KD_BUF_INIT(3 * v.n + 1);
	kd_auto(kd_buf_deinit) struct kd_buf clean = KD_BUF_INIT(9 * v.n + 1);

	if (!v.p || (kd_utf8_valid(v) && kd_view_chr(v, 0) == KD_NPOS))
		return kd_dbtext(v);
	kd_utf8_sanitise(v, &good);
	for (size_t i = 0; i < good.n; i++)
		kd_buf_add(&clean, good.p[i] ? kd_view(good.p + i, 1) : KD_V("\xef\xbf\xbd"));
	return kd_dbtext(kd_arena_view(a, kd_buf_view(&clean)));
}

static const struct kd_db_ops *const kinds[] = {
	&kd_db_postgres,
	&kd_db_sqlite, /* takes every path: the last */
};

struct kd_error *kd_db_open(struct kd_ctx *ctx, struct kd_view name, unsigned flags, struct kd_db **ret)
{
	const struct kd_db_ops *ops = NULL;
	struct kd_error *err;
	struct kd_db *db;
	void *conn = NULL;

	if (memchr(name.p ? name.p : "", 0, name.n))
		return kd_error_new(KD_INVALID, "a name of a database with a NUL in it");

	for (size_t i = 0; i < KD_ARRAY_LEN(kinds) && !ops; i++)
		if (kinds[i]->claims(name))
			ops = kinds[i];
	if (!ops)
		return kd_error_new(KD_INVALID, "'%.*s' names no database: a file, or postgresql://HOST/NAME", KD_VARG(name));
	err = ops->open(ctx, name, flags, &conn);
	if (err)
		return err;
	db = kd_xcalloc(1, sizeof(*db));
	db->ops = ops;
	db->conn = conn;
	db->name = kd_xstrndup(name.p, name.n);
	*ret = db;
	return NULL;
}

void kd_db_close(struct kd_db *db)
{
	if (!db)
		return;
	kd_db_rollback(db);
	db->ops->close(db->conn);
	kd_free(db->name);
	kd_free(db);
}

void kd_db_closep(struct kd_db **db)
{
	kd_db_close(*db);
}

const struct kd_db_ops *kd_db_ops(const struct kd_db *db)
{
	return db->ops;
}

const char *kd_db_word(const struct kd_db *db, enum kd_db_word w)
{
	return db->ops->words[w];
}

struct kd_view kd_db_name(const struct kd_db *db)
{
	return kd_view_of(db->name);
}

struct kd_error *kd_db_exec(struct kd_db *db, const char *sql)
{
	return db->ops->exec(db->conn, sql);
}

struct kd_error *kd_db_query(struct kd_db *db, const char *sql, const struct kd_dbval *args, size_t n, kd_dbrow_fn *fn,
			     void *user)
{
	return db->ops->query(db->conn, sql, args, n, fn, user, NULL);
}

struct kd_error *kd_db_run(struct kd_db *db, const char *sql, const struct kd_dbval *args, size_t n, uint64_t *ret_changed)
{
	return db->ops->query(db->conn, sql, args, n, NULL, NULL, ret_changed);
}

struct kd_error *kd_db_send(struct kd_db *db, const char *sql, const struct kd_dbval *args, size_t n)
{
	return db->ops->send(db->conn, sql, args, n);
}

static struct kd_error *begin(struct kd_db *db, enum kd_db_begin how)
{
	struct kd_error *err;

	if (db->open)
		return kd_error_new(KD_INTERNAL, "a transaction inside of a transaction");
	err = db->ops->begin(db->conn, how);
	db->open = !err;
	return err;
}

struct kd_error *kd_db_begin(struct kd_db *db)
{
	return begin(db, KD_DB_BEGIN_WRITE);
}

struct kd_error *kd_db_begin_alone(struct kd_db *db)
{
	return begin(db, KD_DB_BEGIN_ALONE);
}

struct kd_error *kd_db_begin_read(struct kd_db *db)
{
	return begin(db, KD_DB_BEGIN_READ);
}

bool kd_db_inside(const struct kd_db *db)
{
	return db->open;
}

struct kd_error *kd_db_sync(struct kd_db *db, uint64_t *ret_changed)
{
	uint64_t changed = 0;
	struct kd_error *err = db->ops->sync(db->conn, &changed);

	if (!err && ret_changed)
		*ret_changed = changed;
	return err;
}

struct kd_error *kd_db_commit(struct kd_db *db)
{
	struct kd_error *err = db->ops->commit(db->conn);

	if (!err) /* otherwise still open: the caller rolls back */
		db->open = false;
	return err;
}

void kd_db_rollback(struct kd_db *db)
{
	if (db->open)
		db->ops->rollback(db->conn);
	db->open = false;
}

static struct kd_error *first_number(void *user, const struct kd_dbval *col, size_t n)
{
	int64_t *ret = user;

	if (n && col[0].type == KD_DBINT)
		*ret = col[0].i;
	else if (n && col[0].type == KD_DBREAL)
		*ret = (int64_t)col[0].d;
	return NULL;
}

struct kd_error *kd_db_number(struct kd_db *db, const char *sql, const struct kd_dbval *args, size_t n, int64_t *ret)
{
	return kd_db_query(db, sql, args, n, first_number, ret);
}

struct kd_error *kd_db_check(struct kd_db *db, void (*fn)(void *user, struct kd_view line), void *user, uint64_t *ret_complaints)
{
	return db->ops->check(db->conn, fn, user, ret_complaints);
}

struct kd_error *kd_db_backup(struct kd_db *db, const char *path)
{
	return db->ops->backup(db->conn, path);
}
