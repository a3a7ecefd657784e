/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schema.h: the tables of the team's memory, and how an older one becomes a newer one.
 *
 *	err = kd_db_open(ctx, name, KD_DB_WRITE, &db);
 *	if (!err)
 *		err = kd_schema_ready(db, true);       // makes the tables, or brings them up to date
 *
 * The tables are described where they are made, in schema.c; docs/CASE.md draws them. Types are those that both databases
 * take for what they are (SQLite looks only for INT, TEXT, DOUB in the words).
 *
 * Migrations only ever go forward, one transaction each; the version is the row 'schema' of table meta.
 */
#ifndef KD_CASE_SCHEMA_H
#define KD_CASE_SCHEMA_H

#include "case/db.h"

/*
 * KD_UNSUPPORTED: made by a newer kdoc, untouched; KD_NOTFOUND: a database without our tables, and not `write`;
 * KD_CONFLICT: tables of an older version, and not `write`.
 */
KD_MUST_CHECK struct kd_error *kd_schema_ready(struct kd_db *db, bool write);

/* The version that this kdoc writes. */
int64_t kd_schema_version(void);

/*
 * On PostgreSQL, table event is split by months of `at`: make those that these times need and that are not there. To be called
 * before rows of such times are sent; outside of a transaction, or in one that is alone (kd_db_begin_alone). Rows of times without a partition
 * (0, before 2000, after 2099, more than 360 months) are kept in partition event_rest. SQLite: nothing to do.
 */
KD_MUST_CHECK struct kd_error *kd_schema_partition(struct kd_db *db, const int64_t *at, size_t n);
/* Months since January 2000, below KD_SCHEMA_MONTHS; -1: a time that has no partition of its own. */
#define KD_SCHEMA_MONTHS 1200
int kd_schema_month_of(int64_t at);
/* The times of a partition by its name; false: it is none of a month. */
bool kd_schema_month(struct kd_view partition, int64_t *from_ret, int64_t *to_ret);

/* One value of table meta; absent without one. On the heap. */
KD_MUST_CHECK struct kd_error *kd_meta_get(struct kd_db *db, const char *key, char **ret);
KD_MUST_CHECK struct kd_error *kd_meta_set(struct kd_db *db, const char *key, struct kd_view value);

/*
 * The tables, for export, import and the lint of what can be spread over machines (Citus): name, columns, and the column by which rows
 * are distributed; NULL: small, a copy everywhere.
 */
struct kd_table_info {
	const char *name, *columns; /* "a, b, c" */
	const char *key; /* columns of its primary key */
	const char *distributed_by;
	const char *types; /* a letter for each column: i number, r real, t text, b bytes; a capital: never NULL */
	const char *select, *insert, *count; /* all columns of all rows; a row, if there is none of its key; how many rows */
};
/* Take the next column off the front of columns. */
bool kd_schema_column(struct kd_view *columns, struct kd_view *ret);
const struct kd_table_info *kd_schema_tables(void); /* name NULL at the end; in the order of import */

#endif
