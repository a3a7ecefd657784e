// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an export of the team's memory: an error and nothing imported, or rows that are exported as lines which can be
 * imported again.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/source.h"
#include "case/admin.h"
#include "case/db.h"
#include "case/jsonl.h"
#include "case/schema.h"
#include "fuzz.h"

static char folder[] = "/tmp/kdoc-fuzz-XXXXXX";
static struct kd_ctx ctx;
static struct kd_db *db; /* one for all inputs: what an input leaves is thrown away */

static void good(struct kd_error *err)
{
	if (err)
		fprintf(stderr, "%s\n", err->msg);
	check(!err);
}

static void clean(void)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char path[64];

	kd_db_close(db);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/team.db%s", folder, ends[i]);
		unlink(path);
	}
	rmdir(folder);
	kd_ctx_deinit(&ctx);
}

/* False: there is no SQLite here. */
static bool open_once(void)
{
	char path[64];
	struct kd_error *err;

	if (db)
		return true;
	kd_ctx_init(&ctx);
	check(mkdtemp(folder));
	atexit(clean);
	snprintf(path, sizeof(path), "%s/team.db", folder);
	err = kd_db_open(&ctx, kd_view_of(path), KD_DB_WRITE, &db);
	if (kd_error_catch(&err, KD_UNSUPPORTED))
		return false;
	good(err);
	good(kd_schema_ready(db, true));
	return true;
}

static struct kd_error *to_buf(void *user, struct kd_view bytes)
{
	kd_buf_add(user, bytes);
	return NULL;
}

static struct kd_error *import(struct kd_view text, struct kd_team_counts *ret)
{
	struct kd_source *src = NULL;
	struct kd_error *err = kd_source_from_memory(text, "fuzz", &src);

	if (!err)
		err = kd_case_import(&ctx, db, src, ret);
	kd_source_close(src);
	return err;
}

static int64_t rows(void)
{
	int64_t n = 0;

	good(kd_db_number(db, "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM sig) + (SELECT count(*) FROM grp) + "
			      "(SELECT count(*) FROM known) + (SELECT count(*) FROM block)",
			  NULL, 0, &n));
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_buf out = KD_BUF_INIT((size_t)64 << 20);
	struct kd_team_counts c, again;
	const void *p = data;
	struct kd_error *err;
	uint64_t complaints;

	if (!open_once())
		return 0;
	err = import(kd_view(p, size), &c);
	if (err) {
		check(err->cls == KD_BADDATA || err->cls == KD_UNSUPPORTED || err->cls == KD_LIMIT || err->cls == KD_CONFLICT);
		kd_error_free(err);
		check(!rows());
		return 0;
	}
	good(kd_case_check(&ctx, db, NULL, NULL, &complaints));
	good(kd_case_export(&ctx, db, to_buf, &out, &c));
	good(import(kd_buf_view(&out), &again));
	check(!again.fresh && again.rows == c.rows);
	for (const struct kd_table_info *t = kd_schema_tables(); t->name; t++) {
		char sql[64];

		snprintf(sql, sizeof(sql), "DELETE FROM %s%s", t->name, t == kd_schema_tables() ? " WHERE key <> 'schema'" : "");
		good(kd_db_exec(db, sql));
	}
	kd_buf_deinit(&out);
	return 0;
}
