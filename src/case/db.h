/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * db.h: a database that speaks SQL, whichever it is.
 *
 *	kd_auto(kd_db_closep) struct kd_db *db = NULL;
 *	err = kd_db_open(ctx, KD_V("/home/me/team.db"), KD_DB_WRITE, &db);
 *	…
 *	struct kd_dbval args[] = {kd_dbtext(host), kd_dbint(since)};
 *	err = kd_db_query(db, "SELECT id, at FROM event WHERE host = ?1 AND at >= ?2", args, 2, on_row, &state);
 *
 *	err = kd_db_begin(db);
 *	while (!err && …)
 *		err = kd_db_send(db, "INSERT INTO event … ON CONFLICT DO NOTHING", args, n);
 *	if (!err)
 *		err = kd_db_sync(db, &rows);         // here errors of send() come at the latest
 *	if (!err)
 *		err = kd_db_commit(db);              // here it is durable
 *	if (err)
 *		kd_db_rollback(db);
 *
 * Statements are written once, in the SQL that SQLite and PostgreSQL share (INSERT … ON CONFLICT, CTEs, window
 * functions); arguments are ?1, ?2 …, and nothing that came from outside is ever put into the text. Where the two differ
 * kd_db_word() gives the words. Statements are prepared once for a connection: they must be literals.
 *
 * A database is named by a path (SQLite) or by "postgresql://…" or "host=… dbname=…" (PostgreSQL). A password does not
 * belong into it: libpq takes it from PGPASSFILE or ~/.pgpass.
 *
 * One connection is for one thread.
 */
#ifndef KD_CASE_DB_H
#define KD_CASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

enum kd_dbtype { KD_DBNULL, KD_DBINT, KD_DBREAL, KD_DBTEXT, KD_DBBLOB };

/* A value on its way in or out. Of a row it is valid until the row function returns. */
struct kd_dbval {
	enum kd_dbtype type;
	int64_t i;
	double d;
	struct kd_view v; /* TEXT, BLOB */
};

static inline struct kd_dbval kd_dbnull(void)
{
	return (struct kd_dbval){.type = KD_DBNULL};
}

static inline struct kd_dbval kd_dbint(int64_t i)
{
	return (struct kd_dbval){.type = KD_DBINT, .i = i};
}

static inline struct kd_dbval kd_dbreal(double d)
{
	return (struct kd_dbval){.type = KD_DBREAL, .d = d};
}

/* Absent text is NULL. Bytes that are no UTF-8, and NUL, are the caller's to replace (kd_dbtext_safe). */
static inline struct kd_dbval kd_dbtext(struct kd_view v)
{
	return v.p ? (struct kd_dbval){.type = KD_DBTEXT, .v = v} : kd_dbnull();
}

static inline struct kd_dbval kd_dbblob(struct kd_view v)
{
	return v.p ? (struct kd_dbval){.type = KD_DBBLOB, .v = v} : kd_dbnull();
}

/* What a row has there; of another type, NULL too, it is nothing: KD_VNULL, otherwise. */
static inline struct kd_view kd_dbtext_of(const struct kd_dbval *v)
{
	return v->type == KD_DBTEXT ? v->v : KD_VNULL;
}

static inline int64_t kd_dbint_of(const struct kd_dbval *v, int64_t otherwise)
{
	return v->type == KD_DBINT ? v->i : otherwise;
}

/* The same, and what is no UTF-8 or a NUL is U+FFFD; a copy of it is made in the arena. At the arena's limit: NULL. */
struct kd_dbval kd_dbtext_safe(struct kd_arena *a, struct kd_view v);

#define KD_DBARGS_MAX 40
#define KD_DB_STATEMENTS_MAX 256

/* A row: n columns as selected. An error ends the query and becomes its result. */
typedef struct kd_error *kd_dbrow_fn(void *user, const struct kd_dbval *col, size_t n);

enum kd_db_flags {
	KD_DB_READ = 0,
	KD_DB_WRITE = 1,   /* also make the file if there is none (SQLite) */
	KD_DB_DURABLE = 2, /* what was committed survives a loss of power, not only of the process */
};

/* Words in which the databases differ. */
enum kd_db_word {
	KD_DB_EVENT_KEY, /* of table event: its primary key and what follows the columns */
	KD_DB_HAS_META, /* a query: how many tables 'meta' are there? */
	KD_DB_HAS_OTHERS, /* a query: how many tables of whatever kind? */
	KD_DB_SIZE, /* a query: bytes */
	KD_DB_VERSION, /* a query: of the library or server, a text */
	KD_DB_NWORDS
};

/* What a transaction is for. */
enum kd_db_begin {
	KD_DB_BEGIN_WRITE,
	KD_DB_BEGIN_ALONE, /* no two of them at a time */
	KD_DB_BEGIN_READ, /* all that is read is as of one moment */
};

struct kd_db;

/* One kind of database. To add one: an adapter in case/ext/, a row in the table of db.c. */
struct kd_db_ops {
	const char *name; /* "sqlite" */
	/* Is this the name of such a database? Rows are asked in order; the last takes what is left: a path. */
	bool (*claims)(struct kd_view name);
	/*
	 * KD_NOTFOUND: there is none (READ); KD_UNSUPPORTED: the library is not installed; KD_BADDATA: not a
	 * database, or a damaged one; KD_NETWORK, KD_AUTH, KD_ACCESS, KD_IO.
	 */
	struct kd_error *(*open)(struct kd_ctx *ctx, struct kd_view name, unsigned flags, void **ret);
	void (*close)(void *conn);
	/* Several statements without arguments, separated by semicolons. */
	struct kd_error *(*exec)(void *conn, const char *sql);
	/* One statement, now; fn may be NULL. *ret_changed: rows that were written. */
	struct kd_error *(*query)(void *conn, const char *sql, const struct kd_dbval *args, size_t n, kd_dbrow_fn *fn, void *user,
				  uint64_t *ret_changed);
	/* One statement that gives no rows; it may still be on its way when this returns (no wait for a server). */
	struct kd_error *(*send)(void *conn, const char *sql, const struct kd_dbval *args, size_t n);
	/* Waits for another writer, if it has to, for a bounded time, then KD_CONFLICT. */
	struct kd_error *(*begin)(void *conn, enum kd_db_begin how);
	/* Wait for what was sent. *ret_changed: rows written by send() since begin(). */
	struct kd_error *(*sync)(void *conn, uint64_t *ret_changed);
	/*
	 * With sync(). NULL only if it is kept as open() promised. After an error the transaction is still to be rolled back, and
	 * nobody may know whether it was kept: what is repeated must not be written twice.
	 */
	struct kd_error *(*commit)(void *conn);
	void (*rollback)(void *conn);
	/* Is every page and every index what it has to be? fn is called with a line for each complaint; may be NULL. */
	struct kd_error *(*check)(void *conn, void (*fn)(void *user, struct kd_view line), void *user, uint64_t *ret_complaints);
	/* A copy of the whole, consistent, while others write. KD_UNSUPPORTED: its own tools do that; the message says which. */
	struct kd_error *(*backup)(void *conn, const char *path);
	const char *words[KD_DB_NWORDS];
	bool partitions; /* tables can be split by time: schema.h makes partitions */
};

KD_MUST_CHECK struct kd_error *kd_db_open(struct kd_ctx *ctx, struct kd_view name, unsigned flags, struct kd_db **ret);
void kd_db_close(struct kd_db *db); /* NULL is fine; what was not committed is rolled back */
void kd_db_closep(struct kd_db **db);

const struct kd_db_ops *kd_db_ops(const struct kd_db *db);
const char *kd_db_word(const struct kd_db *db, enum kd_db_word w);
/* Its name without a password, for people. */
struct kd_view kd_db_name(const struct kd_db *db);

KD_MUST_CHECK struct kd_error *kd_db_exec(struct kd_db *db, const char *sql);
/* A row function may make other queries on the same connection, but not the same statement again. */
KD_MUST_CHECK struct kd_error *kd_db_query(struct kd_db *db, const char *sql, const struct kd_dbval *args, size_t n,
					   kd_dbrow_fn *fn, void *user);
/* A statement that writes, now; *ret_changed may be NULL. */
KD_MUST_CHECK struct kd_error *kd_db_run(struct kd_db *db, const char *sql, const struct kd_dbval *args, size_t n,
					 uint64_t *ret_changed);
KD_MUST_CHECK struct kd_error *kd_db_send(struct kd_db *db, const char *sql, const struct kd_dbval *args, size_t n);
KD_MUST_CHECK struct kd_error *kd_db_begin(struct kd_db *db);
/*
 * Where what is written depends on what was read (groups, decisions): PostgreSQL has several writers at a time, but only one of
 * these. SQLite never has two writers.
 */
KD_MUST_CHECK struct kd_error *kd_db_begin_alone(struct kd_db *db);
/* For several queries that have to agree (export, check); ended by kd_db_rollback(). */
KD_MUST_CHECK struct kd_error *kd_db_begin_read(struct kd_db *db);
KD_MUST_CHECK struct kd_error *kd_db_sync(struct kd_db *db, uint64_t *ret_changed); /* ret_changed may be NULL */
KD_MUST_CHECK struct kd_error *kd_db_commit(struct kd_db *db);
void kd_db_rollback(struct kd_db *db); /* outside of a transaction: nothing */
bool kd_db_inside(const struct kd_db *db); /* of a transaction */

/* One number (the first column of the only row); *ret stays as it is without a row or with NULL. */
KD_MUST_CHECK struct kd_error *kd_db_number(struct kd_db *db, const char *sql, const struct kd_dbval *args, size_t n, int64_t *ret);

KD_MUST_CHECK struct kd_error *kd_db_check(struct kd_db *db, void (*fn)(void *user, struct kd_view line), void *user,
					   uint64_t *ret_complaints);
KD_MUST_CHECK struct kd_error *kd_db_backup(struct kd_db *db, const char *path);

#endif
