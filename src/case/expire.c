// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "case/admin.h"
#include "case/schema.h"

enum { BLOCKS_MAX = 16 << 20, NAMES_MAX = 4096, NAME = 64 };

struct ids {
	KD_VEC(int64_t) id;
};

struct name {
	char text[NAME];
};

struct months {
	KD_VEC(struct name) name;
	int64_t before;
};

static struct kd_error *on_id(void *user, const struct kd_dbval *col, size_t n)
{
	struct ids *s = user;
	int64_t *id = n && col[0].type == KD_DBINT ? kd_vec_push(&s->id, BLOCKS_MAX) : NULL;

	if (!id)
		return kd_error_new(KD_LIMIT, "more than %d blocks of raw text", BLOCKS_MAX);
	*id = col[0].i;
	return NULL;
}

static struct kd_error *on_name(void *user, const struct kd_dbval *col, size_t n)
{
	struct months *m = user;
	int64_t from = 0, to = 0;
	struct name *name;

	if (!n || col[0].type != KD_DBTEXT || !kd_schema_month(col[0].v, &from, &to) || to > m->before)
		return NULL;
	name = kd_vec_push(&m->name, NAMES_MAX);
	if (name)
		snprintf(name->text, sizeof(name->text), "%.*s", KD_VARG(col[0].v));
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Ids of `all` that are not in `kept`, which both are in order, to the front of `all`. */
static void subtract(struct ids *all, const struct ids *kept)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < all->id.n; i++) {
		while (k < kept->id.n && kept->id.v[k] < all->id.v[i])
			k++;
		if (k == kept->id.n || kept->id.v[k] != all->id.v[i])
			all->id.v[n++] = all->id.v[i];
	}
	all->id.n = n;
}

/* Blocks of events that go, and of no event that stays. Blocks without any event are another writer's that is not ready. */
static struct kd_error *find_blocks(struct kd_db *db, int64_t before, struct ids *ret)
{
	const struct kd_dbval arg = kd_dbint(before);
	struct ids kept = {.id = {0}};
	struct kd_error *err;

	err = kd_db_query(db, "SELECT DISTINCT block FROM event WHERE at <> 0 AND at < ?1 AND block IS NOT NULL", &arg, 1, on_id, ret);
	if (!err)
		err = kd_db_query(db, "SELECT DISTINCT block FROM event WHERE (at = 0 OR at >= ?1) AND block IS NOT NULL", &arg, 1, on_id,
				  &kept);
	if (!err && ret->id.n) {
		qsort(ret->id.v, ret->id.n, sizeof(*ret->id.v), by_id);
		if (kept.id.n)
			qsort(kept.id.v, kept.id.n, sizeof(*kept.id.v), by_id);
		subtract(ret, &kept);
	}
	kd_vec_free(&kept.id);
	return err;
}

static struct kd_error *count(struct kd_db *db, int64_t before, struct kd_expiry *ret)
{
	const struct kd_dbval arg = kd_dbint(before);
	int64_t events = 0, undated = 0;
	struct kd_error *err = kd_db_number(db, "SELECT count(*) FROM event WHERE at <> 0 AND at < ?1", &arg, 1, &events);

	if (!err)
		err = kd_db_number(db, "SELECT count(*) FROM event WHERE at = 0", NULL, 0, &undated);
	ret->events = (uint64_t)events;
	ret->undated = (uint64_t)undated;
	return err;
}

static struct kd_error *remove_months(struct kd_db *db, const struct months *m)
{
	struct kd_error *err = NULL;
	char sql[NAME + 32];

	for (size_t i = 0; i < m->name.n && !err; i++) {
		snprintf(sql, sizeof(sql), "DROP TABLE %s", m->name.v[i].text);
		err = kd_db_exec(db, sql);
	}
	return err;
}

static struct kd_error *remove_all(struct kd_ctx *ctx, struct kd_db *db, int64_t before, const struct months *m, const struct ids *blocks)
{
	const struct kd_dbval arg = kd_dbint(before);
	struct kd_error *err = remove_months(db, m);
	kd_auto(kd_freep) char *old = NULL;
	int64_t expired = INT64_MIN;
	uint64_t changed = 0;
	char text[24];

	if (!err)
		err = kd_db_run(db, "DELETE FROM event WHERE at <> 0 AND at < ?1", &arg, 1, NULL);
	for (size_t i = 0; i < blocks->id.n && !err; i++) {
		const struct kd_dbval id = kd_dbint(blocks->id.v[i]);

		err = kd_db_send(db, "DELETE FROM block WHERE id = ?1", &id, 1);
		if (!err)
			err = kd_ctx_check(ctx);
	}
	if (!err)
		err = kd_db_sync(db, &changed);
	if (!err)
		err = kd_meta_get(db, "expired", &old);
	if (!err && old) {
		struct kd_view v = kd_view_of(old);

		kd_view_take_int(&v, &expired);
	}
	snprintf(text, sizeof(text), "%lld", (long long)before);
	if (!err && before > expired)
		err = kd_meta_set(db, "expired", kd_view_of(text));
	return err;
}

static struct kd_error *inside(struct kd_ctx *ctx, struct kd_db *db, int64_t before, bool really, struct kd_expiry *ret)
{
	struct ids blocks = {.id = {0}};
	struct months m = {.before = before};
	struct kd_error *err = count(db, before, ret);

	if (!err)
		err = find_blocks(db, before, &blocks);
	if (!err && kd_db_ops(db)->partitions)
		err = kd_db_query(db,
				  "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
				  "WHERE i.inhparent = to_regclass('event') ORDER BY c.relname",
				  NULL, 0, on_name, &m);
	ret->blocks = blocks.id.n;
	ret->months = m.name.n;
	if (!err && really)
		err = remove_all(ctx, db, before, &m, &blocks);
	kd_vec_free(&blocks.id);
	kd_vec_free(&m.name);
	return err;
}

struct kd_error *kd_case_expire(struct kd_ctx *ctx, struct kd_db *db, int64_t before_us, bool really, struct kd_expiry *ret)
{
	struct kd_error *err = really ? kd_db_begin_alone(db) : kd_db_begin_read(db);

	if (!err)
		err = inside(ctx, db, before_us, really, ret);
	if (!err && really)
		err = kd_db_commit(db);
	kd_db_rollback(db);
	return err;
}
