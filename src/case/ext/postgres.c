// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/ext/postgres.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "case/ext/pq.h"

enum {
	FLUSH_EVERY = 64, /* statements that are sent before the server is asked for its answers */
	ON_THE_WAY = 1024, /* and at most without answer */
	KEPT_ROWS = 4 << 20, /* of a query inside of whose row function another one is made */
	SQL_BYTES = 64 << 10,
};

/* Any two writers that want to be alone mean each other by this ("kdoc"). */
#define ALONE "SELECT pg_advisory_xact_lock(1801744227)"

struct statement {
	char name[16]; /* "" : the server does not know it yet */
};

/* Rows of a query that has the wire; when another one needs it, they are kept here. */
struct stream {
	KD_VEC(void *) kept;
	size_t next;
	bool ended; /* nothing of it is on the wire */
};

struct conn {
	struct kd_pq pq;
	struct kd_hashmap statements;
	struct stream *stream; /* on the wire */
	bool pipeline;
	size_t pending, unflushed; /* answers that are still to come; since the last request for them */
	uint64_t sent; /* rows written by send() since begin() */
	struct kd_error *failed; /* the first error of what was sent */
	unsigned names;
};

static bool claims(struct kd_view name)
{
	static const char *const keys[] = {"host", "hostaddr", "port", "dbname", "user", "password", "service", "passfile", "sslmode"};

	if (kd_view_starts(name, KD_V("postgresql:")) || kd_view_starts(name, KD_V("postgres:")))
		return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++) {
		struct kd_view v = name;

		if (!kd_view_skip(&v, kd_view_of(keys[i])))
			continue;
		kd_view_skip_blank(&v);
		if (kd_view_starts(v, KD_V("=")))
			return true;
	}
	return false;
}

/* --- the wire ------------------------------------------------------------------------------------ */

/* Take one answer of the pipeline. */
static struct kd_error *take_answer(struct conn *c)
{
	const struct kd_pq_api *api = &c->pq.api;
	void *res = NULL;
	struct kd_error *err = kd_pq_next(&c->pq, &res);
	uint64_t rows = 0;

	if (err)
		return err;
	if (!res || api->result_status(res) == PQ_SYNC)
		c->pending--;
	else if (api->result_status(res) == PQ_ABORTED)
		; /* an earlier one failed, and that was told */
	else if (kd_pq_failed(&c->pq, res) && !c->failed)
		c->failed = kd_pq_error(&c->pq, res);
	else if (kd_view_dec(kd_view_of(api->cmd_tuples(res)), &rows))
		c->sent += rows;
	api->clear(res);
	return NULL;
}

static struct kd_error *take_answers(struct conn *c, size_t leave)
{
	struct kd_error *err = NULL;

	while (!err && (c->pending > leave || (c->pending && !c->pq.api.is_busy(c->pq.conn))))
		err = take_answer(c);
	if (err) { /* the connection is gone: nothing will come any more */
		c->pending = 0;
		c->pipeline = false;
	}
	return err;
}

/* All that was sent is answered, and the connection is free for other things. The first error of it. */
static struct kd_error *end_pipeline(struct conn *c)
{
	struct kd_error *err = NULL;

	if (c->pipeline) {
		c->pending++;
		err = c->pq.api.pipeline_sync(c->pq.conn) ? take_answers(c, 0) : kd_pq_lost(&c->pq);
		if (!err && !c->pq.api.exit_pipeline(c->pq.conn))
			err = kd_pq_lost(&c->pq);
		c->pipeline = false;
		c->pending = 0;
	}
	if (c->failed) {
		kd_error_free(err);
		err = kd_take(c->failed);
	}
	return err;
}

static void drop_kept(const struct conn *c, struct stream *s)
{
	for (; s->next < s->kept.n; s->next++)
		c->pq.api.clear(s->kept.v[s->next]);
	kd_vec_free(&s->kept);
}

/* Another statement is to be made inside a row function: read the rest of the outer one's rows now. */
static struct kd_error *keep_rows(struct conn *c)
{
	struct stream *s = c->stream;
	struct kd_error *err = NULL;

	while (s && !s->ended && !err) {
		void *res = NULL, **kept;

		err = kd_pq_next(&c->pq, &res);
		s->ended = err || !res;
		kept = res ? kd_vec_push(&s->kept, KEPT_ROWS) : NULL;
		if (kept)
			*kept = res;
		else if (res) {
			c->pq.api.clear(res);
			err = kd_error_new(KD_LIMIT, "a query inside of a query of more than %d rows", KEPT_ROWS);
		}
	}
	c->stream = NULL;
	return err;
}

static struct kd_error *free_wire(struct conn *c)
{
	struct kd_error *err = keep_rows(c);

	return err ? err : end_pipeline(c);
}

/* --- statements ---------------------------------------------------------------------------------- */

/* ?1 → $1, but in texts and names. */
static void translate(const char *sql, struct kd_buf *out)
{
	char quote = 0;

	for (const char *p = sql; *p; p++) {
		if (quote)
			quote = *p == quote ? 0 : quote;
		else if (*p == '\'' || *p == '"')
			quote = *p;
		kd_buf_addc(out, !quote && *p == '?' ? '$' : *p);
	}
}

/* The wire is free. */
static struct kd_error *introduce(struct conn *c, struct statement *s, const char *sql)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(SQL_BYTES);
	struct kd_error *err = NULL;
	void *res = NULL;
	char name[sizeof(s->name)];

	translate(sql, &text);
	snprintf(name, sizeof(name), "kdoc%u", c->names++);
	if (text.overflow)
		return kd_error_new(KD_INTERNAL, "a statement of more than %d bytes", SQL_BYTES);
	if (!c->pq.api.send_prepare(c->pq.conn, name, text.p, 0, NULL))
		return kd_pq_lost(&c->pq);
	for (;;) {
		struct kd_error *e = kd_pq_next(&c->pq, &res);

		if (e && !err)
			err = e;
		else
			kd_error_free(e);
		if (e || !res)
			break;
		if (!err && kd_pq_failed(&c->pq, res))
			err = kd_error_wrap(kd_pq_error(&c->pq, res), "%.60s…", sql);
		c->pq.api.clear(res);
	}
	if (!err)
		memcpy(s->name, name, sizeof(name));
	return err;
}

static struct kd_error *find_statement(struct conn *c, const char *sql, struct statement **ret)
{
	struct kd_hashmap_entry *e = kd_hashmap_add(&c->statements, kd_view_of(sql), NULL);
	struct kd_error *err;

	if (!e)
		return kd_error_new(KD_INTERNAL, "more than %d statements on a connection", KD_DB_STATEMENTS_MAX);
	if (!e->ptr)
		e->ptr = kd_xcalloc(1, sizeof(struct statement));
	*ret = e->ptr;
	if ((*ret)->name[0])
		return NULL;
	err = free_wire(c);
	return err ? err : introduce(c, *ret, sql);
}

/* Arguments as libpq takes them: numbers as text (the server knows the column's type), the rest as it is. */
struct bound {
	const char *value[KD_DBARGS_MAX];
	int length[KD_DBARGS_MAX], format[KD_DBARGS_MAX];
	char number[KD_DBARGS_MAX][32];
};

static struct kd_error *bind(struct bound *b, const struct kd_dbval *args, size_t n)
{
	if (n > KD_DBARGS_MAX)
		return kd_error_new(KD_INTERNAL, "more than %d arguments", KD_DBARGS_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct kd_dbval *a = &args[i];

		b->value[i] = NULL;
		b->length[i] = b->format[i] = 0;
		if (a->type == KD_DBINT) {
			snprintf(b->number[i], sizeof(b->number[i]), "%lld", (long long)a->i);
			b->value[i] = b->number[i];
		} else if (a->type == KD_DBREAL) {
			snprintf(b->number[i], sizeof(b->number[i]), "%.17g", a->d);
			b->value[i] = b->number[i];
		} else if (a->type == KD_DBTEXT || a->type == KD_DBBLOB) {
			if (a->v.n > INT32_MAX)
				return kd_error_new(KD_LIMIT, "a value of %zu bytes", a->v.n);
			b->value[i] = a->v.p;
			b->length[i] = (int)a->v.n;
			b->format[i] = 1;
		}
	}
	return NULL;
}

static struct kd_error *execute(struct conn *c, const struct statement *s, const struct kd_dbval *args, size_t n)
{
	struct bound b;
	struct kd_error *err = bind(&b, args, n);

	if (!err && !c->pq.api.send_prepared(c->pq.conn, s->name, (int)n, b.value, b.length, b.format, 1))
		err = kd_pq_lost(&c->pq);
	return err;
}

static struct kd_error *give_rows(const struct conn *c, const void *res, kd_dbrow_fn *fn, void *user)
{
	struct kd_dbval col[KD_DBARGS_MAX];
	int n = c->pq.api.nfields(res), rows = c->pq.api.ntuples(res);
	struct kd_error *err = NULL;

	if (n > KD_DBARGS_MAX)
		return kd_error_new(KD_INTERNAL, "more than %d columns", KD_DBARGS_MAX);
	for (int r = 0; r < rows && !err; r++) {
		for (int i = 0; i < n && !err; i++)
			err = kd_pq_value(&c->pq, res, r, i, &col[i]);
		if (!err)
			err = fn(user, col, (size_t)n);
	}
	return err;
}

/* The next rows: from the wire, or kept while another query had it. */
static struct kd_error *next_of(struct conn *c, struct stream *s, void **res_ret)
{
	struct kd_error *err;

	*res_ret = NULL;
	if (s->next < s->kept.n) {
		*res_ret = s->kept.v[s->next++];
		return NULL;
	}
	if (s->ended)
		return NULL;
	err = kd_pq_next(&c->pq, res_ret);
	s->ended = err || !*res_ret;
	return err;
}

static struct kd_error *read_all(struct conn *c, struct stream *s, kd_dbrow_fn *fn, void *user, uint64_t *ret_changed)
{
	struct kd_error *err = NULL;

	for (;;) {
		void *res = NULL;
		struct kd_error *e = next_of(c, s, &res);

		if (e && !err)
			err = e;
		else
			kd_error_free(e);
		if (e || !res)
			return err;
		/* After an error the rest is read, and not looked at. */
		if (!err && kd_pq_failed(&c->pq, res))
			err = kd_pq_error(&c->pq, res);
		else if (!err && fn)
			err = give_rows(c, res, fn, user);
		if (ret_changed && !kd_view_dec(kd_view_of(c->pq.api.cmd_tuples(res)), ret_changed))
			*ret_changed = 0;
		c->pq.api.clear(res);
	}
}

static struct kd_error *query(void *conn, const char *sql, const struct kd_dbval *args, size_t n, kd_dbrow_fn *fn, void *user,
			      uint64_t *ret_changed)
{
	struct conn *c = conn;
	struct stream stream = {.ended = false};
	struct statement *s = NULL;
	struct kd_error *err = free_wire(c);

	c->pq.cancelled = false;
	if (!err)
		err = find_statement(c, sql, &s);
	if (!err)
		err = execute(c, s, args, n);
	if (err)
		return err;
	if (fn)
		c->pq.api.single_row(c->pq.conn);
	c->stream = &stream;
	err = read_all(c, &stream, fn, user, ret_changed);
	if (c->stream == &stream)
		c->stream = NULL;
	drop_kept(c, &stream);
	return err;
}

static struct kd_error *send(void *conn, const char *sql, const struct kd_dbval *args, size_t n)
{
	struct conn *c = conn;
	struct statement *s = NULL;
	struct kd_error *err = find_statement(c, sql, &s);

	if (!err)
		err = keep_rows(c);
	if (err)
		return err;
	if (!c->pipeline && !c->pq.api.enter_pipeline(c->pq.conn))
		return kd_pq_lost(&c->pq);
	c->pipeline = true;
	err = execute(c, s, args, n);
	if (err)
		return err;
	c->pending++;
	if (++c->unflushed < FLUSH_EVERY)
		return NULL;
	c->unflushed = 0;
	if (!c->pq.api.send_flush(c->pq.conn) || c->pq.api.flush(c->pq.conn) < 0 || !c->pq.api.consume(c->pq.conn))
		return kd_pq_lost(&c->pq);
	err = take_answers(c, ON_THE_WAY);
	return err || !c->failed ? err : end_pipeline(c);
}

static struct kd_error *exec(void *conn, const char *sql)
{
	struct conn *c = conn;
	struct kd_error *err = free_wire(c);

	return err ? err : kd_pq_simple(&c->pq, sql, NULL);
}

/* --- transactions -------------------------------------------------------------------------------- */

static struct kd_error *begin(void *conn, enum kd_db_begin how)
{
	static const char *const sql[] = {
		[KD_DB_BEGIN_WRITE] = "BEGIN",
		[KD_DB_BEGIN_ALONE] = ("BEGIN; " ALONE),
		[KD_DB_BEGIN_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	};
	struct conn *c = conn;
	struct kd_error *err = exec(c, sql[how]);
	kd_auto(kd_error_freep) struct kd_error *left = NULL;

	c->sent = 0;
	if (err && how == KD_DB_BEGIN_ALONE)
		left = kd_pq_simple(&c->pq, "ROLLBACK", NULL);
	return err;
}

static struct kd_error *sync_sent(void *conn, uint64_t *ret_changed)
{
	struct conn *c = conn;
	struct kd_error *err = free_wire(c);

	*ret_changed = c->sent;
	return err;
}

/*
 * Acknowledged is only what the server calls COMMIT: a transaction that failed is answered with ROLLBACK, which is no error to
 * the server; and when it stops waiting for a standby it says COMMIT and warns (SyncRepWaitForLSN() of PostgreSQL).
 */
static struct kd_error *commit(void *conn)
{
	kd_auto(kd_buf_deinit) struct kd_buf tag = KD_BUF_INIT(256);
	struct conn *c = conn;
	struct kd_error *err = free_wire(c);

	if (err)
		return err;
	kd_free(kd_take(c->pq.warning));
	err = kd_pq_simple(&c->pq, "COMMIT", &tag);
	if (err)
		return kd_error_wrap(err, "nobody knows whether the last batch was kept (repeating it writes nothing twice)");
	if (!kd_view_eq(kd_buf_view(&tag), KD_V("COMMIT")))
		return kd_error_new(KD_CONFLICT, "%s kept nothing of the last batch; repeat it", c->pq.name);
	if (c->pq.warning)
		return kd_error_new(KD_NETWORK, "%s kept the last batch, but a standby may not have it (%.200s); repeat it: nothing is written twice",
				    c->pq.name, c->pq.warning);
	return NULL;
}

static void rollback(void *conn)
{
	struct conn *c = conn;

	c->pq.patient = true;
	kd_error_free(free_wire(c));
	kd_error_free(kd_pq_simple(&c->pq, "ROLLBACK", NULL));
	c->pq.patient = false;
}

/* --- open, close --------------------------------------------------------------------------------- */

static void close_conn(void *conn)
{
	struct conn *c = conn;

	kd_vec_each(e, &c->statements.entries)
		kd_free(e->ptr);
	kd_hashmap_deinit(&c->statements);
	kd_error_free(c->failed);
	kd_pq_close(&c->pq);
	kd_free(c);
}

static void close_connp(struct conn **c)
{
	if (*c)
		close_conn(*c);
}

static struct kd_error *open_conn(struct kd_ctx *ctx, struct kd_view name, unsigned flags, void **ret)
{
	kd_auto(close_connp) struct conn *c = kd_xcalloc(1, sizeof(*c));
	struct kd_error *err;

	c->pq.ctx = ctx;
	c->pq.name = kd_xstrndup(name.p, name.n);
	c->statements = KD_HASHMAP_INIT(KD_DB_STATEMENTS_MAX, NULL);
	err = kd_pq_connect(&c->pq, flags & KD_DB_WRITE);
	if (!err && !(flags & KD_DB_WRITE))
		err = kd_pq_simple(&c->pq, "SET default_transaction_read_only = on", NULL);
	/* "off" and "local" become "on"; "remote_write", "on" and "remote_apply" are what the server's owner decided. */
	if (!err && (flags & KD_DB_DURABLE))
		err = kd_pq_simple(&c->pq,
				   "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') "
				   "IN ('off', 'local')",
				   NULL);
	if (!err)
		*ret = kd_take(c);
	return err;
}

/* --- check, backup ------------------------------------------------------------------------------- */

struct complaints {
	struct conn *c;
	void (*fn)(void *user, struct kd_view line);
	void *user;
	uint64_t n;
};

static struct kd_error *check_index(void *user, const struct kd_dbval *col, size_t n)
{
	struct complaints *s = user;
	struct kd_error *err;

	if (!n || col[0].type != KD_DBINT)
		return NULL;
	err = query(s->c, "SELECT bt_index_check(?1::oid)", &col[0], 1, NULL, NULL, NULL);
	if (!err || err->cls == KD_CANCELLED || err->cls == KD_NETWORK)
		return err;
	s->n++;
	if (s->fn)
		s->fn(s->user, kd_view_of(err->msg));
	kd_error_free(err);
	return NULL;
}

static struct kd_error *count(void *user, const struct kd_dbval *col, size_t n)
{
	int64_t *ret = user;

	*ret = n && kd_dbint_of(&col[0], 0);
	return NULL;
}

/* Pages are the server's business (data_checksums); indexes are looked at by amcheck where the database has it. */
static struct kd_error *check(void *conn, void (*fn)(void *user, struct kd_view line), void *user, uint64_t *ret_complaints)
{
	struct complaints s = {conn, fn, user, 0};
	int64_t there = 0;
	struct kd_error *err = query(conn, "SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'", NULL, 0, count, &there, NULL);

	if (!err && there)
		err = query(conn,
			    "SELECT c.oid FROM pg_class c JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree' "
			    "WHERE c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace",
			    NULL, 0, check_index, &s, NULL);
	*ret_complaints = s.n;
	return err;
}

static struct kd_error *backup(void *conn, const char *path)
{
	const struct conn *c = conn;

	return kd_error_new(KD_UNSUPPORTED, "%s is backed up with PostgreSQL's own tools: pg_dump -Fc -f %s; 'kdoc store export' works too",
			    c->pq.name, path);
}

const struct kd_db_ops kd_db_postgres = {
	.name = "postgresql",
	.claims = claims,
	.open = open_conn,
	.close = close_conn,
	.exec = exec,
	.query = query,
	.send = send,
	.begin = begin,
	.sync = sync_sent,
	.commit = commit,
	.rollback = rollback,
	.check = check,
	.backup = backup,
	.words =
		{
			[KD_DB_HAS_META] = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'meta'",
			[KD_DB_HAS_OTHERS] = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()",
			/* The group's column of distribution has to be part of the key, the column of partitions too. */
			[KD_DB_EVENT_KEY] = "PRIMARY KEY (at, dig, sig)) PARTITION BY RANGE (at);\n"
					    "CREATE TABLE event_rest PARTITION OF event DEFAULT",
			[KD_DB_SIZE] = "SELECT pg_database_size(current_database())",
			[KD_DB_VERSION] = "SELECT current_setting('server_version')",
		},
	.partitions = true,
};
