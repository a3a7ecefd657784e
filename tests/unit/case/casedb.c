// SPDX-License-Identifier: GPL-2.0-or-later
#include "casedb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "case/schema.h"

void casedb_ok(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

void casedb_fails(struct kd_error *err, enum kd_errclass cls, const char *words)
{
	assert_non_null(err);
	if (err->cls != cls || !strstr(err->msg, words))
		fail_msg("class %d: %s", (int)err->cls, err->msg);
	kd_error_free(err);
}

void casedb_open(struct casedb *c)
{
	int fd;

	snprintf(c->path, sizeof(c->path), "/tmp/kdoc-case-XXXXXX");
	fd = mkstemp(c->path);
	assert_true(fd >= 0);
	close(fd);
	kd_ctx_init(&c->ctx);
	casedb_ok(kd_db_open(&c->ctx, kd_view_of(c->path), KD_DB_WRITE, &c->db));
	casedb_ok(kd_schema_ready(c->db, true));
}

void casedb_close(struct casedb *c)
{
	char other[80];

	kd_db_close(c->db);
	kd_ctx_deinit(&c->ctx);
	unlink(c->path);
	snprintf(other, sizeof(other), "%s-wal", c->path);
	unlink(other);
	snprintf(other, sizeof(other), "%s-shm", c->path);
	unlink(other);
}

void casedb_hex(char ret[33], int n)
{
	snprintf(ret, 33, "%032d", n);
}

static struct kd_dbval text_or_null(const char *s)
{
	return s ? kd_dbtext(kd_view_of(s)) : kd_dbnull();
}

void casedb_event(struct casedb *c, const char *grp, int n, int day, const char *host, const char *release, const char *issue)
{
	char strict[33], normal[33], loose[33];
	const struct kd_dbval g[] = {text_or_null(grp), kd_dbint(n), kd_dbint(CASE_NOW)};

	casedb_hex(strict, n);
	casedb_hex(normal, n / 10);
	casedb_hex(loose, n / 100);
	const struct kd_dbval s[] = {kd_dbint(n), text_or_null(strict), text_or_null(normal), text_or_null(loose), text_or_null(grp)};
	const struct kd_dbval e[] = {kd_dbint(day ? CASE_NOW - day * CASE_DAY : 0), kd_dbint(n), kd_dbint(n), kd_dbint(CASE_NOW), text_or_null(host),
				     text_or_null(release), text_or_null(issue)};

	casedb_ok(kd_db_run(c->db, "INSERT INTO grp (id, founder, title, made) VALUES (?1, ?2, 'a title', ?3) ON CONFLICT DO NOTHING", g, 3, NULL));
	casedb_ok(kd_db_run(c->db, "INSERT INTO sig (sig, strict, normal, loose, kind, title, grp, made) VALUES (?1, ?2, ?3, ?4, 'warn', 'a title', "
				   "?5, 1) ON CONFLICT DO NOTHING", s, 5, NULL));
	casedb_ok(kd_db_run(c->db, "INSERT INTO event (at, dig, sig, seen, host, release, issue, arch, source) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
				   "'x86_64', 'sentry') ON CONFLICT DO NOTHING", e, 7, NULL));
}
