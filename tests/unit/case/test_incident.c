// SPDX-License-Identifier: GPL-2.0-or-later
/* Events of one boot: which belong together, their order, what follows from what, and what is not
 * known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "case/incident.h"
#include "case/schema.h"
#include "report/taint.h"

#define MINUTE ((int64_t)60000000)
#define NOON ((int64_t)1778587200000000)
enum { BAD_PAGE = 1, LOCKUP, OOPS, WARN };
enum { B = 1 << 5, D = 1 << 7, W = 1 << 9 };

struct fixture {
	struct kd_ctx ctx;
	struct kd_db *db;
	struct kd_arena a;
	char name[32];
	int64_t dig;
};

static void ok(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static int setup(void **state)
{
	struct fixture *f = kd_xcalloc(1, sizeof(*f));
	int fd;

	snprintf(f->name, sizeof(f->name), "/tmp/kdoc-inc-XXXXXX.db");
	fd = mkstemps(f->name, 3);
	close(fd);
	unlink(f->name);
	f->a = KD_ARENA_INIT(1 << 22);
	kd_ctx_init(&f->ctx);
	ok(kd_db_open(&f->ctx, kd_view_of(f->name), KD_DB_WRITE, &f->db));
	ok(kd_schema_ready(f->db, true));
	ok(kd_db_exec(f->db, "INSERT INTO sig (sig, strict, kind, family, title, grp) VALUES "
			     "(1, '1', 'bad_page_state', 'memory', 'a bad page', 'g-1'), (2, '2', "
			     "'soft_lockup', 'hang', 'a lockup', 'g-2'), "
			     "(3, '3', 'null_deref', 'page_fault', 'an oops', 'g-3'), (4, '4', "
			     "'warning', 'warning', 'a warning', 'g-4')"));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	kd_db_close(f->db);
	kd_arena_deinit(&f->a);
	kd_ctx_deinit(&f->ctx);
	unlink(f->name);
	kd_free(f);
	return 0;
}

struct spec {
	const char *host, *boot;
	int64_t at, mono, sig, taint, oops;
	int cpu;
};

static struct kd_evkey put(struct fixture *f, struct spec s)
{
	struct kd_event e = {.key = {s.at, ++f->dig},
			     .sig = s.sig,
			     .seen = NOON,
			     .host = kd_view_of(s.host),
			     .boot = kd_view_of(s.boot),
			     .has_mono = s.mono != 0,
			     .mono = s.mono,
			     .has_taint = true,
			     .taint = s.taint,
			     .has_oops = s.oops != 0,
			     .oops = s.oops,
			     .has_cpu = true,
			     .cpu = s.cpu,
			     .tier = s.sig == WARN     ? KD_TIER_LOW
				     : s.sig == LOCKUP ? KD_TIER_HIGH
						       : KD_TIER_CRIT,
			     .number = (uint32_t)f->dig};
	uint64_t rows = 0;

	ok(kd_db_begin(f->db));
	ok(kd_event_send(f->db, &e));
	ok(kd_db_sync(f->db, &rows));
	ok(kd_db_commit(f->db));
	return e.key;
}

static void load(struct fixture *f, struct kd_evkey key, struct kd_incident *inc)
{
	struct kd_incident_sum sum, by_id;
	struct kd_event e;

	ok(kd_event_get(f->db, key, &f->a, &e));
	ok(kd_incident_of(f->db, &e, &f->a, &sum));
	if (sum.boot.n || sum.events > 1) {
		ok(kd_incident_find(f->db, kd_view_of(sum.id), &f->a, &by_id));
		assert_int_equal(by_id.events, sum.events);
	}
	ok(kd_incident_load(f->db, &sum, &f->a, inc));
}

/* The setter of the flag is of the same boot: it is the first domino. */
static void flag_with_setter(void **state)
{
	struct fixture *f = *state;
	struct kd_incident inc;
	struct kd_evkey last;

	put(f, (struct spec){"db7", "b1", NOON, 70000, BAD_PAGE, 0, 0, 3});
	last = put(f, (struct spec){"db7", "b1", NOON + MINUTE, 70060000000, LOCKUP, B, 0, 11});
	put(f, (struct spec){"db7", "b2", NOON + 2 * MINUTE, 5000, LOCKUP, B, 0, 11});
	load(f, last, &inc);
	assert_int_equal(inc.n, 2);
	assert_int_equal(inc.v[1].cause, 0);
	assert_int_equal(inc.v[1].tie, KD_INCIDENT_FLAG);
	assert_int_equal(inc.v[1].unset, 0);
	assert_int_equal(inc.first, 0);
	assert_false(inc.first_open);
	assert_false(inc.sum.by_time);
}

/* The setter is of another machine, or of another boot of the same: it is no setter. */
static void flag_without_setter(void **state)
{
	struct fixture *f = *state;
	struct kd_incident inc;
	struct kd_evkey last;

	put(f, (struct spec){"db7", "b1", NOON, 70000, BAD_PAGE, 0, 0, 3});
	put(f, (struct spec){"db8", "b0", NOON, 70000, BAD_PAGE, 0, 0, 3});
	last = put(f, (struct spec){"db8", "b1", NOON + MINUTE, 70060000, LOCKUP, B, 0, 11});
	put(f, (struct spec){"db8", "b1", NOON + 2 * MINUTE, 70070000, BAD_PAGE, B, 0, 11});
	put(f, (struct spec){"db8", "b1", NOON + 3 * MINUTE, 70080000, LOCKUP, B, 0, 11});
	load(f, last, &inc);
	assert_int_equal(inc.n, 3);
	for (size_t i = 0; i < 3; i += 2) {
		assert_int_equal(inc.v[i].cause, -1);
		assert_int_equal(inc.v[i].unset, B);
	}
	assert_true(inc.first_open || inc.first == 1);
	assert_int_equal(inc.v[2].repeat_of, 0);
	assert_int_equal(inc.v[0].repeats, 1);
}

/* Without boot ids: by time, and a flag is no more than a hint. */
static void by_time(void **state)
{
	struct fixture *f = *state;
	struct kd_incident inc;
	struct kd_evkey one, far, nowhere;

	put(f, (struct spec){"nb1", NULL, NOON, 1000, BAD_PAGE, 0, 0, 3});
	one = put(f, (struct spec){"nb1", NULL, NOON + 5 * MINUTE, 2000, LOCKUP, B, 0, 3});
	far = put(f, (struct spec){"nb1", NULL, NOON + 300 * MINUTE, 3000, LOCKUP, B, 0, 3});
	nowhere = put(f, (struct spec){NULL, NULL, NOON, 3000, LOCKUP, B, 0, 3});
	load(f, one, &inc);
	assert_true(inc.sum.by_time);
	assert_int_equal(inc.n, 2);
	assert_int_equal(inc.v[1].tie, KD_INCIDENT_MAYBE);
	load(f, far, &inc);
	assert_int_equal(inc.n, 1);
	assert_int_equal(inc.v[0].unset, B);
	load(f, nowhere, &inc);
	assert_int_equal(inc.n, 1);
}

/* The kernel's own counter is right where the clocks of two CPUs are not; what it skips is missing.
 */
static void counter(void **state)
{
	struct fixture *f = *state;
	struct kd_incident inc;
	struct kd_evkey key;

	key = put(f, (struct spec){"db7", "b1", NOON, 70000500, OOPS, D | W, 3, 1});
	put(f, (struct spec){"db7", "b1", NOON, 70000900, OOPS, W, 2, 2});
	put(f, (struct spec){"db7", "b1", NOON, 70001000, WARN, D | W, 0, 3});
	load(f, key, &inc);
	assert_int_equal(inc.n, 3);
	assert_int_equal(inc.v[0].e.oops, 2);
	assert_int_equal(inc.v[0].missing, 1);
	assert_int_equal(inc.v[1].e.oops, 3);
	assert_int_equal(inc.v[1].missing, 0);
	assert_int_equal(inc.v[1].cause, 0); /* D: the oops before it */
	assert_int_equal(inc.v[0].unset, W);
	assert_true(inc.first_open);
}

/* Two CPUs within a millisecond: which was first is not sure; one CPU: it is. */
static void clocks(void **state)
{
	struct fixture *f = *state;
	struct kd_incident inc;
	struct kd_evkey key;

	key = put(f, (struct spec){"db7", "b1", NOON, 70000500, WARN, 0, 0, 1});
	put(f, (struct spec){"db7", "b1", NOON, 70000600, LOCKUP, 0, 0, 2});
	put(f, (struct spec){"db7", "b1", NOON, 70000700, LOCKUP, 0, 0, 2});
	load(f, key, &inc);
	assert_true(inc.v[1].unsure);
	assert_false(inc.v[2].unsure);
}

static void ids(void **state)
{
	struct kd_evkey a = {NOON, 1}, b = {NOON, 2};
	char x[KD_INCIDENT_ID], y[KD_INCIDENT_ID];

	(void)state;
	/* more events do not change it */
	kd_incident_id(KD_V("db7"), KD_V("b1"), a, x);
	kd_incident_id(KD_V("db7"), KD_V("b1"), b, y);
	assert_string_equal(x, y);
	assert_int_equal(strlen(x), 16);
	/* host and boot are not one text */
	kd_incident_id(KD_V("db"), KD_V("7b1"), a, y);
	assert_string_not_equal(x, y);
	kd_incident_id(KD_V("db7"), KD_VNULL, a, x);
	kd_incident_id(KD_V("db7"), KD_VNULL, b, y);
	assert_string_not_equal(x, y);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(flag_with_setter), T(flag_without_setter),
					   T(by_time),          T(counter),
					   T(clocks),           cmocka_unit_test(ids)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
