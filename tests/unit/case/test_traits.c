// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"
#include "base/json.h"
#include "common.h"

static bool same_view(struct kd_view a, struct kd_view b)
{
	return kd_view_eq(a, b);
}

/* CPU, task, release, host, addresses and compiler suffixes leave no trace. */
static void what_never_counts(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_traits *x = sample(&a, x86_log).t, *y = sample(&a, other_log).t;
	struct kd_buf bx = KD_BUF_INIT(32768), by = KD_BUF_INIT(32768);
	struct kd_json j;
	(void)state;

	kd_json_init(&j, &bx, KD_JSON_COMPACT);
	kd_traits_write(&j, x);
	ok(kd_json_finish(&j));
	kd_json_init(&j, &by, KD_JSON_COMPACT);
	kd_traits_write(&j, y);
	ok(kd_json_finish(&j));
	assert_true(same_view(kd_buf_view(&bx), kd_buf_view(&by)));
	assert_false(kd_view_has(kd_buf_view(&bx), KD_V("reader")));
	assert_false(kd_view_has(kd_buf_view(&bx), KD_V("6.1.20")));
	assert_false(kd_view_has(kd_buf_view(&bx), KD_V("isra")));
	kd_buf_deinit(&bx);
	kd_buf_deinit(&by);
	kd_arena_deinit(&a);
}

static void twins_of_architectures(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_traits *x = sample(&a, x86_log).t, *y = sample(&a, arm64_log).t;
	(void)state;

	assert_true(same_view(x->kind, y->kind));
	assert_true(same_view(x->func, y->func));
	assert_int_equal(x->dir, KD_TDIR_READ);
	assert_int_equal(y->dir, KD_TDIR_READ);
	assert_true(same_view(x->syscall, y->syscall));
	assert_int_equal(x->nframes, y->nframes);
	for (size_t i = 0; i < x->nframes; i++)
		assert_true(same_view(x->frames[i].func, y->frames[i].func));
	assert_true(same_view(x->frames[x->nframes - 1].func, KD_V("sys_ioctl")));
	kd_arena_deinit(&a);
}

static void names(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"__x64_sys_read", "sys_read"}, {"__arm64_sys_read", "sys_read"}, {"__se_sys_read", "sys_read"},
		{"__do_sys_read", "sys_read"}, {"SyS_read", "sys_read"}, {"sys_read", "sys_read"},
		{"__ia32_compat_sys_ioctl", "sys_ioctl"}, {"foo.isra.0", "foo"}, {"bar.cold", "bar"},
		{"__pi_memcpy", "memcpy"}, {"__x64_sys_", "__x64_sys_"}, {"system_call", "system_call"},
	};
	struct kd_arena a = KD_ARENA_INIT(4096);
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct kd_view v = kd_traits_func(&a, kd_view_of(rows[i].in));

		if (!same_view(v, kd_view_of(rows[i].out)))
			fail_msg("%s: %.*s", rows[i].in, KD_VARG(v));
	}
	kd_arena_deinit(&a);
}

/* What is written is read back, byte for byte. */
static void json(void **state)
{
	static const char *const logs[] = {x86_log, arm64_log, foreign_log};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(logs); i++) {
		struct kd_arena a = KD_ARENA_INIT(1 << 20);
		struct kd_buf b[2] = {KD_BUF_INIT(KD_TRAITS_JSON_MAX), KD_BUF_INIT(KD_TRAITS_JSON_MAX)};
		struct kd_traits *t = sample(&a, logs[i]).t;
		struct kd_json j;

		for (size_t k = 0; k < 2; k++) {
			kd_json_init(&j, &b[k], KD_JSON_COMPACT);
			kd_traits_write(&j, t);
			ok(kd_json_finish(&j));
			ok(kd_traits_read(kd_buf_view(&b[k]), &a, &t));
		}
		assert_true(same_view(kd_buf_view(&b[0]), kd_buf_view(&b[1])));
		kd_buf_deinit(&b[0]);
		kd_buf_deinit(&b[1]);
		kd_arena_deinit(&a);
	}
}

static void hostile_json(void **state)
{
	static const char *const bad[] = {
		"", "[]", "{}", "{\"v\":2,\"kind\":\"a\",\"family\":\"b\"}", "{\"v\":1,\"kind\":\"a\"}",
		"{\"v\":1,\"kind\":\"a\",\"family\":\"b\",\"frames\":[[\"x\",\"f\"]]}",
		"{\"v\":1,\"kind\":\"a\",\"family\":\"b\",\"frames\":[[\"f\",\"f\"],[\"c\",\"f\"]]}",
		"{\"v\":1,\"kind\":\"a\",\"family\":\"b\",\"frames\":[[\"c\"]]}",
		"{\"v\":1,\"kind\":\"a\",\"family\":\"b\",\"marks\":[[\"x\"]]}",
		"{\"v\":1,\"kind\":\"a\",\"family\":\"b\",\"dir\":\"sideways\"}",
		"{\"v\":1,\"kind\":\"a\",\"family\":\"b\",\"line\":-1}",
		"{\"v\":1,\"kind\":7,\"family\":\"b\"}",
	};
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_traits *t;
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		fails(kd_traits_read(kd_view_of(bad[i]), &a, &t), KD_BADDATA);
	ok(kd_traits_read(KD_V("{\"v\":1,\"kind\":\"a\",\"family\":\"b\",\"future\":[1]}"), &a, &t));
	assert_int_equal(t->nframes, 0);
	kd_arena_deinit(&a);
}

/* Mainline under development has an age; stable and vendor kernels live for years. */
static void vintage(void **state)
{
	static const struct {
		const char *release;
		uint32_t vintage;
	} rows[] = {{"6.1.20", 0}, {"6.1.0-18-amd64", 0}, {"5.12.0-rc4-syzkaller", 525}, {"4.16.0+", 361}, {"6.7.0-rc1", 672}};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct kd_arena a = KD_ARENA_INIT(1 << 20);
		char log[2048];

		snprintf(log, sizeof(log),
			 "BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
			 "CPU: 1 PID: 412 Comm: reader Not tainted %s #1\nRIP: 0010:widget_lookup+0x1c/0x80\n"
			 "Call Trace:\n widget_find_slot+0x44/0x90\n", rows[i].release);
		assert_int_equal(sample(&a, log).t->vintage, rows[i].vintage);
		kd_arena_deinit(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_never_counts), cmocka_unit_test(twins_of_architectures), cmocka_unit_test(names),
		cmocka_unit_test(json),		     cmocka_unit_test(hostile_json),	       cmocka_unit_test(vintage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
