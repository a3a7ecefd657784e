// SPDX-License-Identifier: GPL-2.0-or-later
/* Months of table event on PostgreSQL: kd_schema_partition() of schema.h. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "case/schema.h"

enum { FIRST_YEAR = 2000, MONTHS = KD_SCHEMA_MONTHS, YEARS = MONTHS / 12, PARTITIONS_MAX = 360, WORD = 64, NAME = 32 };

struct months {
	uint64_t bit[(MONTHS + WORD - 1) / WORD];
	size_t n;
};

static bool has(const struct months *m, int month)
{
	return m->bit[month / WORD] >> (month % WORD) & 1;
}

static void add(struct months *m, int month)
{
	if (has(m, month))
		return;
	m->bit[month / WORD] |= UINT64_C(1) << (month % WORD);
	m->n++;
}

int kd_schema_month_of(int64_t us)
{
	struct kd_civil c;
	int month;

	if (us <= 0 || us > INT64_MAX / 1000)
		return -1;
	kd_civil_from_ns(us * 1000, &c);
	month = (c.year - FIRST_YEAR) * 12 + c.month - 1;
	return month >= 0 && month < MONTHS ? month : -1;
}

static int64_t begin_of(int month)
{
	struct kd_civil c = {.year = FIRST_YEAR + month / 12, .month = month % 12 + 1, .day = 1, .has_zone = true};
	int64_t ns = 0;

	return kd_civil_absolute(&c, &ns) ? ns / 1000 : 0;
}

static int month_named(struct kd_view name)
{
	uint64_t year = 0, month = 0;

	if (!kd_view_skip(&name, KD_V("event_")) || !kd_view_take_dec(&name, &year) || !kd_view_skip(&name, KD_V("_")) ||
	    !kd_view_dec(name, &month))
		return -1;
	if (year < FIRST_YEAR || year >= FIRST_YEAR + YEARS || month < 1 || month > 12)
		return -1;
	return (int)(year - FIRST_YEAR) * 12 + (int)month - 1;
}

bool kd_schema_month(struct kd_view partition, int64_t *from_ret, int64_t *to_ret)
{
	int month = month_named(partition);

	if (month < 0)
		return false;
	*from_ret = begin_of(month);
	*to_ret = begin_of(month + 1);
	return true;
}

static struct kd_error *on_partition(void *user, const struct kd_dbval *col, size_t n)
{
	int month = n && col[0].type == KD_DBTEXT ? month_named(col[0].v) : -1;

	if (month >= 0)
		add(user, month);
	return NULL;
}

static struct kd_error *look(struct kd_db *db, struct months *ret)
{
	memset(ret, 0, sizeof(*ret));
	return kd_db_query(db,
			   "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
			   "WHERE i.inhparent = to_regclass('event')",
			   NULL, 0, on_partition, ret);
}

/* Made beside the table and then attached: that does not keep writers of other months waiting. */
static struct kd_error *make(struct kd_db *db, int month)
{
	const struct kd_dbval range[] = {kd_dbint(begin_of(month)), kd_dbint(begin_of(month + 1))};
	char name[NAME], sql[512];
	int64_t there = 0;
	struct kd_error *err;

	/* Rows that came without asking for a partition stay where they are, and so does the rest of their month. */
	err = kd_db_number(db, "SELECT count(*) FROM (SELECT 1 FROM event_rest WHERE at >= ?1 AND at < ?2 LIMIT 1) t", range, 2, &there);
	if (err || there)
		return err;
	snprintf(name, sizeof(name), "event_%04d_%02d", FIRST_YEAR + month / 12, month % 12 + 1);
	snprintf(sql, sizeof(sql),
		 "CREATE TABLE %s (LIKE event INCLUDING DEFAULTS INCLUDING STORAGE); "
		 "ALTER TABLE event ATTACH PARTITION %s FOR VALUES FROM (%lld) TO (%lld)",
		 name, name, (long long)range[0].i, (long long)range[1].i);
	return kd_db_exec(db, sql);
}

static struct kd_error *make_missing(struct kd_db *db, const struct months *wanted)
{
	struct months there;
	struct kd_error *err = look(db, &there); /* once more: somebody else may have been faster */

	for (int month = 0; !err && month < MONTHS; month++) {
		if (!has(wanted, month) || has(&there, month) || there.n >= PARTITIONS_MAX)
			continue;
		err = make(db, month);
		there.n++;
	}
	return err;
}

struct kd_error *kd_schema_partition(struct kd_db *db, const int64_t *at, size_t n)
{
	struct months there, wanted = {.n = 0};
	struct kd_error *err;

	if (!kd_db_ops(db)->partitions)
		return NULL;
	err = look(db, &there);
	for (size_t i = 0; !err && i < n; i++) {
		int month = kd_schema_month_of(at[i]);

		if (month >= 0 && !has(&there, month))
			add(&wanted, month);
	}
	if (err || !wanted.n || there.n >= PARTITIONS_MAX)
		return err;
	if (kd_db_inside(db))
		return make_missing(db, &wanted);
	err = kd_db_begin_alone(db);
	if (!err)
		err = make_missing(db, &wanted);
	if (!err)
		err = kd_db_commit(db);
	if (err)
		kd_db_rollback(db);
	/* Somebody holds event_rest: the rows go there, and nothing is lost. */
	kd_error_catch(&err, KD_CONFLICT);
	return err;
}
