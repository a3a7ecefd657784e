// SPDX-License-Identifier: GPL-2.0-or-later
/* A row of table sig, read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "case/schema.h"
#include "case/siginfo.h"
#include "report/report.h"

static void ok(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static void rows(void **state)
{
	char name[] = "/tmp/kdoc-siginfo-XXXXXX.db";
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 16);
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_siginfo s = {0};
	struct kd_error *err;
	struct kd_ctx ctx;
	int fd = mkstemps(name, 3);

	(void)state;
	close(fd);
	unlink(name);
	kd_ctx_init(&ctx);
	ok(kd_db_open(&ctx, kd_view_of(name), KD_DB_WRITE, &db));
	ok(kd_schema_ready(db, true));
	ok(kd_db_exec(db,
		      "INSERT INTO sig (sig, strict, kind, title, owner, tier, grp, infra) VALUES "
		      "(-7, 'abc', 'soft_lockup', 'a lockup', 3, 2, 'g-1', 1), (8, 'abd', NULL, "
		      "NULL, 99, -1, 'g-2', NULL)"));
	ok(kd_siginfo_get(db, -7, &a, &s));
	assert_true(kd_view_eq(s.kind, KD_V("soft_lockup")) &&
		    kd_view_eq(s.title, KD_V("a lockup")));
	assert_true(kd_view_eq(s.grp, KD_V("g-1")) && s.infra);
	assert_int_equal(s.owner, KD_OWNER_BPF);
	assert_int_equal(s.tier, KD_TIER_MED);
	assert_null(s.func.p);
	/* what no kdoc wrote is taken for not known */
	ok(kd_siginfo_get(db, 8, &a, &s));
	assert_int_equal(s.owner, KD_OWNER_UNKNOWN);
	assert_int_equal(s.tier, KD_TIER_NONE);
	assert_false(s.infra);
	assert_null(s.kind.p);
	err = kd_siginfo_get(db, 9, &a, &s);
	assert_true(kd_error_catch(&err, KD_NOTFOUND));
	unlink(name);
	kd_ctx_deinit(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
