// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * case/db.h and case/schema.h on a real database: that of KDOC_TEST_DATABASE, which has to be empty (tests/run/casestore names a
 * server of its own), else SQLite in a temporary folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "case/admin.h"
#include "case/db.h"
#include "case/jsonl.h"
#include "case/schema.h"
#include "report/report.h"

struct place {
	char folder[64], name[256];
	struct kd_ctx ctx;
};

static void ok_at(struct kd_error *err, int line)
{
	if (err)
		fail_msg("line %d: %s: %s", line, kd_errclass_info(err->cls)->name, err->msg);
}
#define ok(e) ok_at(e, __LINE__)

static void fails_at(struct kd_error *err, enum kd_errclass cls, int line)
{
	if (!err)
		fail_msg("line %d: no error", line);
	if (err->cls != cls)
		fail_msg("line %d: %s: %s", line, kd_errclass_info(err->cls)->name, err->msg);
	kd_error_free(err);
}
#define fails(e, cls) fails_at(e, cls, __LINE__)

static int set_up(void **state)
{
	struct place *p = kd_xcalloc(1, sizeof(*p));
	const char *given = getenv("KDOC_TEST_DATABASE");

	kd_ctx_init(&p->ctx);
	snprintf(p->folder, sizeof(p->folder), "/tmp/kdoc-test-db-XXXXXX");
	if (!mkdtemp(p->folder))
		return 1;
	snprintf(p->name, sizeof(p->name), given && *given ? "%.*s" : "%.*s/team.db", 200, given && *given ? given : p->folder);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"team.db", "team.db-wal", "team.db-shm", "copy.db", "copy.db-wal", "copy.db-shm"};
	struct place *p = *state;
	char path[128];

	for (size_t i = 0; i < KD_ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", p->folder, files[i]);
		unlink(path);
	}
	rmdir(p->folder);
	kd_ctx_deinit(&p->ctx);
	kd_free(p);
	return 0;
}

static struct kd_db *open_it(struct place *p, unsigned flags)
{
	struct kd_db *db = NULL;

	ok(kd_db_open(&p->ctx, kd_view_of(p->name), flags, &db));
	return db;
}

static bool on_server(const struct kd_db *db)
{
	return !strcmp(kd_db_ops(db)->name, "postgresql");
}

static void test_schema(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE);
	char *value = NULL;

	fails(kd_schema_ready(db, false), KD_NOTFOUND);
	ok(kd_schema_ready(db, true));
	ok(kd_schema_ready(db, true));
	ok(kd_schema_ready(db, false));
	ok(kd_meta_get(db, "nothing", &value));
	assert_null(value);
	ok(kd_meta_set(db, "word", KD_V("one")));
	ok(kd_meta_set(db, "word", KD_V("two")));
	ok(kd_meta_get(db, "word", &value));
	assert_string_equal(value, "two");
	kd_free(value);
	/* Of a newer kdoc: refused, whoever asks, and left alone. */
	ok(kd_meta_set(db, "schema", KD_V("999")));
	fails(kd_schema_ready(db, true), KD_UNSUPPORTED);
	fails(kd_schema_ready(db, false), KD_UNSUPPORTED);
	ok(kd_meta_set(db, "schema", KD_V("of something else")));
	fails(kd_schema_ready(db, true), KD_BADDATA);
	ok(kd_meta_set(db, "schema", KD_V("1")));
	ok(kd_schema_ready(db, true));
	kd_db_close(db);
}

/* The list of columns and the tables that the databases have. */
static void test_columns(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE);

	for (const struct kd_table_info *t = kd_schema_tables(); t->name; t++) {
		struct kd_view rest = kd_view_of(t->columns), name;
		int64_t there = 0, all = 0;
		size_t n = 0;

		while (kd_schema_column(&rest, &name)) {
			struct kd_dbval a[] = {kd_dbtext(kd_view_of(t->name)), kd_dbtext(name)};

			n++;
			if (on_server(db))
				ok(kd_db_number(db,
						"SELECT count(*) FROM information_schema.columns WHERE table_name = ?1 AND column_name = ?2",
						a, 2, &there));
			else
				ok(kd_db_number(db, "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2", a, 2, &there));
			assert_int_equal(there, 1);
		}
		assert_int_equal(n, strlen(t->types));
		struct kd_dbval a = kd_dbtext(kd_view_of(t->name));

		if (on_server(db))
			ok(kd_db_number(db, "SELECT count(*) FROM information_schema.columns WHERE table_name = ?1", &a, 1, &all));
		else
			ok(kd_db_number(db, "SELECT count(*) FROM pragma_table_info(?1)", &a, 1, &all));
		assert_int_equal(all, n);
	}
	kd_db_close(db);
}

struct got {
	struct kd_dbval col[KD_DBARGS_MAX];
	size_t n, rows;
	char text[64];
	size_t text_n, blob_n;
	uint8_t blob_sum;
};

static struct kd_error *on_row(void *user, const struct kd_dbval *col, size_t n)
{
	struct got *g = user;

	g->rows++;
	g->n = n;
	for (size_t i = 0; i < n; i++) {
		g->col[i] = col[i];
		if (col[i].type == KD_DBTEXT && col[i].v.n < sizeof(g->text)) {
			memcpy(g->text, col[i].v.p, col[i].v.n);
			g->text_n = col[i].v.n;
		}
		for (size_t k = 0; col[i].type == KD_DBBLOB && k < col[i].v.n; k++)
			g->blob_sum = (uint8_t)(g->blob_sum * 31 + (uint8_t)col[i].v.p[k]);
		if (col[i].type == KD_DBBLOB)
			g->blob_n = col[i].v.n;
	}
	return NULL;
}

static void test_values(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE);
	static const char all[] = "SELECT sig, score, title, func FROM sig WHERE sig = ?1";
	static const int64_t numbers[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_C(1) << 53, 4611686018427387905};
	struct kd_dbval a[] = {kd_dbint(0), kd_dbtext(KD_V("s")), kd_dbreal(0.1), kd_dbtext(KD_V("")), kd_dbnull(), kd_dbtext(KD_V("g-1"))};
	struct got g;

	for (size_t i = 0; i < KD_ARRAY_LEN(numbers); i++) {
		a[0] = kd_dbint(numbers[i]);
		ok(kd_db_run(db, "INSERT INTO sig (sig, strict, score, title, func, grp) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", a, 6, NULL));
		memset(&g, 0, sizeof(g));
		ok(kd_db_query(db, all, a, 1, on_row, &g));
		assert_int_equal(g.rows, 1);
		assert_int_equal(g.n, 4);
		assert_int_equal(g.col[0].type, KD_DBINT);
		assert_true(g.col[0].i == numbers[i]);
		assert_int_equal(g.col[1].type, KD_DBREAL);
		assert_true(g.col[1].d == 0.1); /* NOLINT: every bit of it */
		assert_int_equal(g.col[2].type, KD_DBTEXT); /* empty is not NULL */
		assert_int_equal(g.text_n, 0);
		assert_int_equal(g.col[3].type, KD_DBNULL);
	}
	a[0] = kd_dbint(77);
	a[3] = kd_dbtext(KD_V("what's \"?1\" and $1 \xe2\x9c\x93 in \\ it"));
	ok(kd_db_run(db, "INSERT INTO sig (sig, strict, score, title, func, grp) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", a, 6, NULL));
	memset(&g, 0, sizeof(g));
	ok(kd_db_query(db, "SELECT title, '?1 \"', 2 FROM sig WHERE sig = ?1", a, 1, on_row, &g));
	assert_int_equal(g.rows, 1);
	ok(kd_db_query(db, "SELECT title FROM sig WHERE title = ?1", &a[3], 1, on_row, &g));
	assert_int_equal(g.rows, 2);
	assert_memory_equal(g.text, a[3].v.p, a[3].v.n);
	ok(kd_db_run(db, "DELETE FROM sig WHERE grp = ?1", &a[5], 1, NULL));
	kd_db_close(db);
}

/* What sums, averages and counts give is a number in both. */
static void test_numbers(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE);
	struct got g = {.rows = 0};
	int64_t n = 5;

	ok(kd_db_number(db, "SELECT seen FROM event WHERE at = 1 AND dig = 1", NULL, 0, &n));
	assert_int_equal(n, 5);
	for (int64_t i = 0; i < 10; i++) {
		struct kd_dbval a[] = {kd_dbint(i), kd_dbint(i * 1000000007), kd_dbtext(KD_V("x"))};

		ok(kd_db_run(db, "INSERT INTO evidence (id, kind, locator, digest, made) VALUES ('n' || CAST(?1 AS TEXT), 'k', 'l', ?3, ?2)", a, 3, NULL));
	}
	ok(kd_db_number(db, "SELECT sum(made) FROM evidence", NULL, 0, &n));
	assert_true(n == 45 * INT64_C(1000000007));
	ok(kd_db_query(db, "SELECT avg(made), count(*), sum(made) * 1000000, -sum(made), sum(made) / 2.0, 0 * sum(made) FROM evidence", NULL, 0, on_row,
		       &g));
	assert_int_equal(g.col[0].type, KD_DBREAL);
	assert_true(g.col[0].d == 4500000031.5); /* NOLINT */
	assert_int_equal(g.col[1].i, 10);
	assert_int_equal(g.col[2].type, KD_DBINT);
	assert_true(g.col[2].i == INT64_C(45000000315000000));
	assert_true(g.col[3].i == -45 * INT64_C(1000000007));
	assert_true(g.col[4].d == 22500000157.5); /* NOLINT */
	assert_int_equal(g.col[5].i, 0);
	ok(kd_db_run(db, "DELETE FROM evidence", NULL, 0, NULL));
	kd_db_close(db);
}

static void test_blobs(void **state)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 1 << 20, (17 << 20) + 3};
	struct kd_db *db = open_it(*state, KD_DB_WRITE);

	for (size_t i = 0; i < KD_ARRAY_LEN(sizes); i++) {
		char *p = kd_xmalloc(sizes[i] + 1);
		struct got g = {.rows = 0};
		uint8_t sum = 0;

		for (size_t k = 0; k < sizes[i]; k++) {
			p[k] = (char)(k * 7 + i);
			sum = (uint8_t)(sum * 31 + (uint8_t)p[k]);
		}
		struct kd_dbval a[] = {kd_dbint((int64_t)i), kd_dbint((int64_t)sizes[i]), kd_dbblob(kd_view(p, sizes[i]))};

		ok(kd_db_run(db, "INSERT INTO block (id, size, packed) VALUES (?1, ?2, ?3)", a, 3, NULL));
		ok(kd_db_query(db, "SELECT packed FROM block WHERE id = ?1", a, 1, on_row, &g));
		assert_int_equal(g.col[0].type, KD_DBBLOB);
		assert_int_equal(g.blob_n, sizes[i]);
		assert_int_equal(g.blob_sum, sum);
		kd_free(p);
	}
	ok(kd_db_run(db, "DELETE FROM block", NULL, 0, NULL));
	kd_db_close(db);
}

static int64_t rollouts(struct kd_db *db)
{
	int64_t n = -1;

	ok(kd_db_number(db, "SELECT count(*) FROM rollout", NULL, 0, &n));
	return n;
}

static struct kd_error *put(struct kd_db *db, int i)
{
	char name[24];
	struct kd_dbval a;

	snprintf(name, sizeof(name), "6.%d", i);
	a = kd_dbtext(kd_view_of(name));
	return kd_db_send(db, "INSERT INTO rollout (release) VALUES (?1) ON CONFLICT DO NOTHING", &a, 1);
}

static void test_transactions(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE), *other = open_it(*state, KD_DB_READ);
	uint64_t changed = 99;

	ok(kd_db_begin(db));
	for (int i = 0; i < 5000; i++)
		ok(put(db, i % 3000));
	ok(kd_db_sync(db, &changed));
	assert_int_equal(changed, 3000); /* those that were there do not count */
	assert_int_equal(rollouts(db), 3000);
	assert_int_equal(rollouts(other), 0); /* nobody else sees it */
	kd_db_rollback(db);
	assert_int_equal(rollouts(db), 0);
	ok(kd_db_begin(db));
	fails(kd_db_begin(db), KD_INTERNAL);
	for (int i = 0; i < 10; i++)
		ok(put(db, i));
	ok(kd_db_commit(db)); /* also what was sent and not waited for */
	assert_int_equal(rollouts(other), 10);
	kd_db_rollback(db); /* outside of one: nothing */
	/* What is read in a transaction is of one moment. */
	ok(kd_db_begin_read(other));
	assert_int_equal(rollouts(other), 10);
	ok(kd_db_begin_alone(db));
	ok(put(db, 100));
	ok(kd_db_commit(db));
	assert_int_equal(rollouts(other), 10);
	kd_db_rollback(other);
	assert_int_equal(rollouts(other), 11);
	/* Closing is no commit. */
	ok(kd_db_begin(db));
	ok(put(db, 101));
	kd_db_close(db);
	assert_int_equal(rollouts(other), 11);
	kd_db_close(other);
}

/* An error among what was sent comes at the latest with commit, and then nothing of it is kept. */
static void test_errors(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE), *reader = open_it(*state, KD_DB_READ);
	struct kd_dbval a = kd_dbtext(KD_V("6.1"));
	struct kd_error *err;
	uint64_t changed;

	ok(kd_db_begin(db));
	err = put(db, 500);
	for (int i = 0; i < 3 && !err; i++)
		err = kd_db_send(db, "INSERT INTO rollout (release) VALUES (?1)", &a, 1);
	for (int i = 600; i < 900 && !err; i++)
		err = put(db, i);
	if (!err)
		err = kd_db_commit(db);
	fails(err, KD_CONFLICT);
	kd_db_rollback(db);
	assert_int_equal(rollouts(db), 11);
	/* The connection is good for the next one. */
	ok(kd_db_begin(db));
	ok(put(db, 500));
	ok(kd_db_sync(db, &changed));
	assert_int_equal(changed, 1);
	ok(kd_db_commit(db));
	assert_int_equal(rollouts(db), 12);
	fails(kd_db_run(db, "INSERT INTO nowhere (a) VALUES (1)", NULL, 0, NULL), KD_BADDATA);
	fails(kd_db_run(db, "INSERT INTO sig (sig, strict, grp) VALUES (1, NULL, 'g')", NULL, 0, NULL), KD_CONFLICT);
	err = kd_db_run(reader, "DELETE FROM rollout", NULL, 0, NULL);
	fails(err, KD_ACCESS); /* it said that it would only read */
	assert_int_equal(rollouts(db), 12);
	kd_db_close(reader);
	kd_db_close(db);
}

struct nest {
	struct kd_db *db;
	uint64_t rows, inner;
	bool stop;
};

static struct kd_error *inner(void *user, const struct kd_dbval *col, size_t n)
{
	struct nest *s = user;

	(void)col;
	s->inner += n;
	return NULL;
}

static struct kd_error *outer(void *user, const struct kd_dbval *col, size_t n)
{
	struct nest *s = user;

	(void)n;
	s->rows++;
	if (s->stop && s->rows == 3)
		return kd_error_new(KD_LIMIT, "enough");
	return kd_db_query(s->db, "SELECT 1 FROM rollout WHERE release = ?1", col, 1, inner, s);
}

static void test_nested(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_READ);
	struct nest s = {.db = db};

	ok(kd_db_query(db, "SELECT release FROM rollout", NULL, 0, outer, &s));
	assert_int_equal(s.rows, 12);
	assert_int_equal(s.inner, 12);
	s = (struct nest){.db = db, .stop = true};
	fails(kd_db_query(db, "SELECT release FROM rollout", NULL, 0, outer, &s), KD_LIMIT);
	assert_int_equal(s.rows, 3);
	assert_int_equal(rollouts(db), 12);
	kd_db_close(db);
}

static void test_cancel(void **state)
{
	struct place *p = *state;
	struct kd_db *db = open_it(p, KD_DB_READ);
	volatile sig_atomic_t flag = 1;

	p->ctx.cancel = &flag;
	fails(kd_db_query(db,
			  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n",
			  NULL, 0, on_row, &(struct got){.rows = 0}),
	      KD_CANCELLED);
	flag = 0;
	assert_int_equal(rollouts(db), 12); /* still good */
	p->ctx.cancel = NULL;
	kd_db_close(db);
}

static void test_texts(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 16);
	struct kd_db *db = open_it(*state, KD_DB_WRITE);
	struct kd_dbval v = kd_dbtext_safe(&a, KD_V("a\0b\xff\xc3"));
	struct got g = {.rows = 0};

	assert_true(kd_view_eq(v.v, KD_V("a\xef\xbf\xbd"
					 "b\xef\xbf\xbd\xef\xbf\xbd")));
	assert_int_equal(kd_dbtext_safe(&a, KD_VNULL).type, KD_DBNULL);
	ok(kd_db_run(db, "INSERT INTO rollout (release) VALUES (?1)", &v, 1, NULL));
	ok(kd_db_query(db, "SELECT release FROM rollout WHERE release = ?1", &v, 1, on_row, &g));
	assert_int_equal(g.rows, 1);
	ok(kd_db_run(db, "DELETE FROM rollout", NULL, 0, NULL));
	kd_db_close(db);
}

static void put_event(struct kd_db *db, int64_t at, int64_t dig, int64_t sig)
{
	struct kd_dbval a[] = {kd_dbint(at), kd_dbint(dig), kd_dbint(sig)};

	ok(kd_schema_partition(db, &at, 1));
	ok(kd_db_run(db, "INSERT INTO event (at, dig, sig, seen) VALUES (?1, ?2, ?3, 0) ON CONFLICT DO NOTHING", a, 3, NULL));
}

static int64_t count(struct kd_db *db, const char *sql)
{
	int64_t n = -1;

	ok(kd_db_number(db, sql, NULL, 0, &n));
	return n;
}

#define JANUARY_2025 INT64_C(1735689600000000)
#define DAY INT64_C(86400000000)

static void test_partitions(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE);
	int64_t from = 0, to = 0;

	assert_true(kd_schema_month(KD_V("event_2025_01"), &from, &to));
	assert_true(from == JANUARY_2025 && to == JANUARY_2025 + 31 * DAY);
	assert_false(kd_schema_month(KD_V("event_2025_13"), &from, &to));
	assert_false(kd_schema_month(KD_V("event_rest"), &from, &to));
	assert_int_equal(kd_schema_month_of(0), -1);
	assert_int_equal(kd_schema_month_of(INT64_MIN), -1);
	assert_int_equal(kd_schema_month_of(INT64_MAX), -1);
	assert_int_equal(kd_schema_month_of(JANUARY_2025), 300);
	assert_int_equal(kd_schema_month_of(JANUARY_2025 - 1), 299);
	ok(kd_db_run(db, "INSERT INTO sig (sig, strict, grp) VALUES (5, 's', 'g-5')", NULL, 0, NULL));
	ok(kd_db_run(db, "INSERT INTO grp (id, founder) VALUES ('g-5', 5)", NULL, 0, NULL));
	for (int64_t m = 0; m < 12; m++)
		put_event(db, JANUARY_2025 + m * 31 * DAY, m, 5);
	put_event(db, 0, 1, 5);
	put_event(db, INT64_MAX, 2, 5);
	put_event(db, -5, 3, 5);
	put_event(db, 0, 1, 5); /* once more */
	assert_int_equal(count(db, "SELECT count(*) FROM event"), 15);
	if (on_server(db)) {
		assert_int_equal(count(db, "SELECT count(*) FROM event_rest"), 3);
		assert_int_equal(count(db, "SELECT count(*) FROM event_2025_01"), 1);
		assert_int_equal(count(db, "SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass('event')"), 13);
	}
	kd_db_close(db);
}

static void on_complaint(void *user, struct kd_view line)
{
	struct kd_buf *b = user;

	kd_buf_add(b, line);
	kd_buf_addc(b, '\n');
}

static void wrong(struct place *p, struct kd_db *db, const char *sql, const char *undo, const char *what)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 16);
	uint64_t n = 0;

	ok(kd_db_exec(db, sql));
	ok(kd_case_check(&p->ctx, db, on_complaint, &b, &n));
	if (!n || !kd_view_has(kd_buf_view(&b), kd_view_of(what)))
		fail_msg("%s: not noticed: %s", sql, b.p ? b.p : "");
	ok(kd_db_exec(db, undo));
	ok(kd_case_check(&p->ctx, db, NULL, NULL, &n));
	assert_int_equal(n, 0);
}

static void test_check(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE);
	struct place *p = *state;
	uint64_t n = 9;

	ok(kd_case_check(&p->ctx, db, NULL, NULL, &n));
	assert_int_equal(n, 0);
	wrong(p, db, "INSERT INTO event (at, dig, sig, seen) VALUES (7, 7, 999, 0)", "DELETE FROM event WHERE sig = 999", "signature that is not there: sig 999");
	wrong(p, db, "INSERT INTO sig (sig, strict, grp) VALUES (6, 's', 'g-6')", "DELETE FROM sig WHERE sig = 6", "group that is not there: sig, group 6 g-6");
	wrong(p, db, "UPDATE sig SET rep_at = 1, rep_dig = 99", "UPDATE sig SET rep_at = NULL, rep_dig = NULL", "first event is not there");
	wrong(p, db, "UPDATE grp SET into_grp = 'g-9'", "UPDATE grp SET into_grp = NULL", "became part of");
	wrong(p, db, "UPDATE event SET block = 4, off = 0, len = 1", "UPDATE event SET block = NULL, off = NULL, len = NULL", "raw text is not there: block 4");
	wrong(p, db, "INSERT INTO possible (sig, grp) VALUES (5, 'g-9')", "DELETE FROM possible", "possible group");
	wrong(p, db, "INSERT INTO decision (id, verb, a_at, a_dig) VALUES ('d', 'merge', 12, 13)", "DELETE FROM decision", "d 12 13");
	wrong(p, db, "INSERT INTO decision (id, verb, b_at, b_dig) VALUES ('d', 'merge', 12, 13)", "DELETE FROM decision", "d 12 13");
	wrong(p, db, "INSERT INTO decision (id, verb, a_grp) VALUES ('d', 'merge', 'g-9')", "DELETE FROM decision", "d g-9 -");
	wrong(p, db, "INSERT INTO link (subject, system, key) VALUES ('g-9', 'jira', 'K-1')", "DELETE FROM link", "link of a group");
	wrong(p, db, "INSERT INTO claimev (claim, evidence) VALUES ('c', 'e')", "DELETE FROM claimev", "claim with its evidence");
	wrong(p, db, "INSERT INTO claimlog (claim, made, status) VALUES ('c', 1, 'x')", "DELETE FROM claimlog", "claim that is not there");
	wrong(p, db, "INSERT INTO state (subject, made, state) VALUES ('g-9', 1, 'x')", "DELETE FROM state", "state of a group");
	wrong(p, db, "INSERT INTO exposure (host, release, since, until) VALUES ('h', '6', 2, 1)", "DELETE FROM exposure", "before it began");
	wrong(p, db, "UPDATE event SET cause_at = 5, cause_dig = 5", "UPDATE event SET cause_at = NULL, cause_dig = NULL", "follows from");
	wrong(p, db, on_server(db) ? "INSERT INTO block (id, size, packed) VALUES (8, 5, 'hello')" : "INSERT INTO block (id, size, packed) VALUES (8, 5, x'00')",
	      "DELETE FROM block", "its digest is not its id");
	if (on_server(db))
		wrong(p, db, "INSERT INTO event (at, dig, sig, seen) VALUES (0, 1, 6, 0); INSERT INTO sig (sig, strict, grp) VALUES (6, 's', 'g-5')",
		      "DELETE FROM event WHERE sig = 6; DELETE FROM sig WHERE sig = 6", "more than once: time, digest, how often 0 1 2");
	kd_db_close(db);
}

static struct kd_error *to_buf(void *user, struct kd_view bytes)
{
	kd_buf_add(user, bytes);
	return NULL;
}

static struct kd_error *import(struct place *p, struct kd_db *db, struct kd_view text, struct kd_team_counts *ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_from_memory(text, "test", &src);

	return err ? err : kd_case_import(&p->ctx, db, src, ret);
}

/* Export, throw all away, import, export: the same; a file that is cut or changed anywhere leaves nothing. */
static void test_export(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf first = KD_BUF_INIT(1 << 20), second = KD_BUF_INIT(1 << 20);
	struct kd_db *db = open_it(*state, KD_DB_WRITE);
	struct place *p = *state;
	struct kd_team_counts c, again;
	char ours[16];

	ok(kd_db_run(db, "UPDATE sig SET score = 0.1, title = 'a \"b\" \xe2\x9c\x93'", NULL, 0, NULL));
	ok(kd_db_run(db, "INSERT INTO known (id, title, status) VALUES ('k', '', 'x\ny')", NULL, 0, NULL));
	ok(kd_case_export(&p->ctx, db, to_buf, &first, &c));
	assert_true(c.rows > 15);
	ok(kd_db_exec(db, "DELETE FROM event; DELETE FROM sig; DELETE FROM grp; DELETE FROM known"));
	for (size_t n = 0; n < first.n; n += 1 + first.n / 97)
		fails(import(p, db, kd_buf_view(&first).n > n ? kd_view_head(kd_buf_view(&first), n) : KD_VNULL, &again), KD_BADDATA);
	for (size_t n = 0; n < first.n; n += 1 + first.n / 97) {
		char was = first.p[n];
		struct kd_error *err;

		first.p[n] = (char)(was ^ 1);
		err = import(p, db, kd_buf_view(&first), &again);
		if (!err)
			fail_msg("byte %zu was changed, and nobody noticed", n);
		kd_error_free(err);
		first.p[n] = was;
	}
	assert_int_equal(count(db, "SELECT count(*) FROM event"), 0);
	assert_int_equal(count(db, "SELECT count(*) FROM sig"), 0);
	ok(import(p, db, kd_buf_view(&first), &again));
	assert_int_equal(again.rows, c.rows);
	ok(kd_case_export(&p->ctx, db, to_buf, &second, &again));
	assert_int_equal(first.n, second.n);
	assert_int_equal(count(db, "SELECT count(*) FROM event"), 15);
	ok(import(p, db, kd_buf_view(&first), &again));
	assert_int_equal(again.fresh, 0);
	/* Signatures of two versions do not go together. */
	ok(kd_meta_set(db, "signatures", KD_V("1")));
	kd_buf_clear(&second);
	ok(kd_case_export(&p->ctx, db, to_buf, &second, &again));
	snprintf(ours, sizeof(ours), "%d", KD_SIGNATURES_VERSION);
	ok(kd_meta_set(db, "signatures", kd_view_of(ours)));
	fails(import(p, db, kd_buf_view(&second), &again), KD_CONFLICT);
	ok(kd_db_run(db, "DELETE FROM meta WHERE key = 'signatures'", NULL, 0, NULL));
	kd_db_close(db);
}

static void test_expire(void **state)
{
	struct kd_db *db = open_it(*state, KD_DB_WRITE);
	struct place *p = *state;
	struct kd_expiry e;
	uint64_t n = 9;

	/* block 1 is only of old events, 2 of both, 3 of nobody yet */
	ok(kd_db_exec(db, on_server(db) ? "INSERT INTO block (id, size, packed) VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c')"
					: "INSERT INTO block (id, size, packed) VALUES (1, 1, x'61'), (2, 1, x'62'), (3, 1, x'63')"));
	ok(kd_db_exec(db, "UPDATE event SET block = 1, off = 0, len = 1 WHERE dig = 0; UPDATE event SET block = 2, off = 0, len = 1 WHERE dig IN (1, 9)"));
	ok(kd_db_exec(db, "INSERT INTO decision (id, verb, a_at, a_dig) VALUES ('d', 'never', 1735689600000000, 0)"));
	ok(kd_case_expire(&p->ctx, db, JANUARY_2025 + 40 * DAY, false, &e));
	assert_int_equal(e.events, 3); /* two months, and one of before 1970 */
	assert_int_equal(e.blocks, 1);
	assert_int_equal(e.undated, 1);
	assert_int_equal(e.months, on_server(db) ? 1 : 0); /* February is not over */
	assert_int_equal(count(db, "SELECT count(*) FROM event"), 15);
	ok(kd_case_expire(&p->ctx, db, JANUARY_2025 + 40 * DAY, true, &e));
	assert_int_equal(e.events, 3);
	assert_int_equal(count(db, "SELECT count(*) FROM event"), 12);
	assert_int_equal(count(db, "SELECT count(*) FROM block WHERE id = 1"), 0);
	assert_int_equal(count(db, "SELECT count(*) FROM block"), 2);
	ok(kd_db_exec(db, "UPDATE event SET block = NULL, off = NULL, len = NULL; DELETE FROM block"));
	ok(kd_case_check(&p->ctx, db, NULL, NULL, &n)); /* the decision's event went with permission */
	assert_int_equal(n, 0);
	put_event(db, JANUARY_2025, 0, 5); /* it comes back */
	assert_int_equal(count(db, "SELECT count(*) FROM event"), 13);
	ok(kd_db_exec(db, "DELETE FROM decision"));
	kd_db_close(db);
}

static void test_backup(void **state)
{
	struct place *p = *state;
	struct kd_db *db = open_it(p, KD_DB_READ), *copy = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/copy.db", p->folder);
	if (on_server(db)) {
		fails(kd_db_backup(db, path), KD_UNSUPPORTED);
	} else {
		ok(kd_db_backup(db, path));
		fails(kd_db_backup(db, path), KD_CONFLICT);
		ok(kd_db_open(&p->ctx, kd_view_of(path), KD_DB_READ, &copy));
		assert_int_equal(count(copy, "SELECT count(*) FROM event"), 13);
		kd_db_close(copy);
	}
	kd_db_close(db);
}

static void test_names(void **state)
{
	struct place *p = *state;
	struct kd_db *db = NULL;

	fails(kd_db_open(&p->ctx, KD_V(""), KD_DB_READ, &db), KD_INVALID);
	fails(kd_db_open(&p->ctx, KD_V("a\0b"), KD_DB_READ, &db), KD_INVALID);
	fails(kd_db_open(&p->ctx, KD_V("/nowhere/team.db"), KD_DB_READ, &db), KD_NOTFOUND);
	fails(kd_db_open(&p->ctx, KD_V("/nowhere/team.db"), KD_DB_WRITE, &db), KD_NOTFOUND);
	fails(kd_db_open(&p->ctx, KD_V("/tmp"), KD_DB_WRITE, &db), KD_IO);
}

static void test_base64(void **state)
{
	static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v=", "Zg==Zm9v", "Zm 9", "Zm9-"};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(pairs); i++) {
		kd_buf_clear(&b);
		assert_true(kd_base64_add(&b, kd_view_of(pairs[i][0])));
		assert_true(kd_view_eq(kd_buf_view(&b), kd_view_of(pairs[i][1])));
		kd_buf_clear(&b);
		assert_true(kd_base64_take(kd_view_of(pairs[i][1]), &b));
		assert_true(kd_view_eq(kd_buf_view(&b), kd_view_of(pairs[i][0])));
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		assert_false(kd_base64_take(kd_view_of(bad[i]), &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema), cmocka_unit_test(test_columns), cmocka_unit_test(test_values), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_blobs), cmocka_unit_test(test_transactions), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_nested), cmocka_unit_test(test_cancel), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_partitions), cmocka_unit_test(test_check), cmocka_unit_test(test_export),
		cmocka_unit_test(test_expire), cmocka_unit_test(test_backup), cmocka_unit_test(test_names), cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
