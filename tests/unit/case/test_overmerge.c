// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/overmerge.h"
#include "common.h"

enum { EVENTS = 40 };

/* n events of boots of their own; the first `a` read in place x, the others write in place y. */
static void fill(struct kd_om_event *ev, size_t n, size_t a, char boots[EVENTS][32])
{
	for (size_t i = 0; i < n; i++) {
		snprintf(boots[i], 32, "host%zu 0", i);
		ev[i] = (struct kd_om_event){
			.strict = i < a ? KD_V("aaaa") : KD_V("bbbb"),
			.boot = kd_view_of(boots[i]),
			.release = KD_V("6.1.20"),
			.access = i < a ? KD_V("read") : KD_V("write"),
		};
	}
}

static size_t findings(const struct kd_om_event *ev, size_t n, struct kd_overmerge *om, struct kd_arena *a)
{
	ok(kd_overmerge_find(ev, n, a, om));
	return om->nfindings;
}

static void two_bugs(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_om_event ev[EVENTS];
	char boots[EVENTS][32];
	struct kd_overmerge om;
	(void)state;

	fill(ev, 20, 12, boots);
	assert_int_equal(findings(ev, 20, &om, &a), 1);
	assert_string_equal(om.finding[0].what, "access");
	assert_int_equal(om.finding[0].boots_a, 12);
	assert_int_equal(om.finding[0].boots_b, 8);
	assert_int_equal(om.finding[0].nonly_a, 1);
	assert_int_equal(om.finding[0].nonly_b, 1);
	assert_int_equal(om.finding[0].mixed, 0);
	assert_true(kd_view_eq(om.finding[0].only_b[0], KD_V("bbbb")));
	ev[3].strict = KD_V("bbbb"); /* reads too: a split by signature does not part it */
	assert_int_equal(findings(ev, 20, &om, &a), 1);
	assert_int_equal(om.finding[0].mixed, 1);
	kd_arena_deinit(&a);
}

static void no_two_bugs(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_om_event ev[EVENTS];
	char boots[EVENTS][32];
	struct kd_overmerge om;
	(void)state;

	fill(ev, 20, 19, boots); /* one odd event */
	assert_int_equal(findings(ev, 20, &om, &a), 0);
	fill(ev, 40, 36, boots); /* enough boots, too small a part */
	assert_int_equal(findings(ev, 40, &om, &a), 0);
	fill(ev, 20, 12, boots); /* eight messages of one boot are one observation */
	for (size_t i = 12; i < 20; i++)
		ev[i].boot = KD_V("host12 0");
	assert_int_equal(findings(ev, 20, &om, &a), 0);
	assert_int_equal(om.boots, 13);
	fill(ev, 20, 12, boots); /* the release explains it */
	for (size_t i = 12; i < 20; i++)
		ev[i].release = KD_V("6.6.41");
	assert_int_equal(findings(ev, 20, &om, &a), 0);
	assert_int_equal(findings(ev, 0, &om, &a), 0);
	kd_arena_deinit(&a);
}

static void distribution(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_spread *d = kd_spread_new();
	struct kd_spread_result r;
	(void)state;

	ok(kd_spread_result(d, &a, &r));
	assert_int_equal(r.have, 0);
	kd_spread_add(d, KD_V("0x20"));
	kd_spread_add(d, KD_V("0x18"));
	kd_spread_add(d, KD_V("0x18"));
	kd_spread_add(d, KD_V("0x1000"));
	kd_spread_add_absent(d);
	ok(kd_spread_result(d, &a, &r));
	assert_int_equal(r.have, 4);
	assert_int_equal(r.absent, 1);
	assert_int_equal(r.distinct, 3);
	assert_true(r.numbers && r.hex);
	assert_int_equal(r.min, 0x18);
	assert_int_equal(r.median, 0x18);
	assert_int_equal(r.max, 0x1000);
	assert_true(kd_view_eq(r.top[0].value, KD_V("0x18")));
	assert_int_equal(r.top[0].n, 2);
	kd_spread_add(d, KD_V("none"));
	ok(kd_spread_result(d, &a, &r));
	assert_false(r.numbers);
	kd_spread_free(d);
	kd_arena_deinit(&a);
}

static void fields(void **state)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{"kind", "null_deref"}, {"function", "widget_lookup"}, {"comm", "reader"}, {"cpu", "1"}, {"pid", "412"},
		{"release", "6.1.20"}, {"access.address", "0x18"}, {"access.direction", "read"}, {"rax", "0x0"},
		{"cr2", "0x18"}, {"access.size", NULL}, {"object.cache", NULL}, {"nonsense", NULL}, {"", NULL},
	};
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_ctx ctx;
	struct kd_source *src;
	struct kd_reports *rs;
	struct kd_scan_opts o = {0};
	(void)state;

	kd_ctx_init(&ctx);
	ok(kd_source_from_memory(kd_view_of(x86_log), "test", &src));
	ok(kd_scan_all(&ctx, src, &o, 4, &rs));
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct kd_view v = kd_field_of(rs->v[0], kd_view_of(rows[i].name), &a);

		if (rows[i].value ? !kd_view_eq(v, kd_view_of(rows[i].value)) : v.n > 0)
			fail_msg("%s: \"%.*s\"", rows[i].name, KD_VARG(v));
	}
	kd_reports_free(rs);
	kd_source_close(src);
	kd_ctx_deinit(&ctx);
	kd_arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_bugs), cmocka_unit_test(no_two_bugs), cmocka_unit_test(distribution), cmocka_unit_test(fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
