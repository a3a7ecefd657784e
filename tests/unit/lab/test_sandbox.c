// SPDX-License-Identifier: GPL-2.0-or-later
/* What a program in the sandbox can and cannot do. Skipped where no sandbox works. */
#include "box.h"
#include "lab/build.h"
#include "lab/embedded.h"
#include "lab/sandbox.h"
#include "lab/toolchain.h"

struct test {
	struct kd_ctx ctx;
	struct box box;
	char out[128], log[128];
	enum kd_sandbox_kind kind;
};

static void begin(struct test *t)
{
	kd_ctx_init(&t->ctx);
	box_begin(&t->box);
	snprintf(t->out, sizeof(t->out), "%s/out", t->box.dir);
	snprintf(t->log, sizeof(t->log), "%s/log", t->box.dir);
	assert_ok(kd_fs_mkdirs(t->out, 0755));
	t->kind = kd_sandbox_kind(&t->ctx);
}

static void end(struct test *t)
{
	box_end(&t->box);
	kd_ctx_deinit(&t->ctx);
}

static struct kd_error *sh(struct test *t, const char *script, struct kd_sandbox_req req,
			   struct kd_sandbox_result *r)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct kd_sandbox_bind bind[] = {{t->out, t->out, true}};

	req.argv = argv;
	req.bind = bind;
	req.nbinds = 1;
	req.log = t->log;
	return kd_sandbox_run(&t->ctx, &req, r);
}

#define NEEDS(t, k)                                                                                \
	do {                                                                                       \
		if ((t).kind < (k) || ((k) == KD_SANDBOX_BWRAP && (t).kind != KD_SANDBOX_BWRAP))   \
			skip();                                                                    \
	} while (0)

static void output(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};
	kd_auto(kd_buf_deinit) struct kd_buf log = KD_BUF_INIT(1 << 20);
	struct kd_error *err;

	(void)state;
	begin(&t);
	NEEDS(t, KD_SANDBOX_BWRAP);
	err = sh(&t, "echo one; echo 'x.c:1:2: error: bad' >&2; echo two; exit 3",
		 (struct kd_sandbox_req){0}, &r);
	assert_error(err, KD_IO, "status 3: x.c:1:2: error: bad");
	assert_int_equal(r.lines, 3);
	assert_ok(kd_fs_read_small(t.log, 65536, &log));
	assert_true(kd_view_has(kd_buf_view(&log), KD_V("two\n")));
}

static void no_network(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};

	(void)state;
	begin(&t);
	NEEDS(t, KD_SANDBOX_BWRAP);
	/* lo alone, two lines of heading before it */
	assert_ok(sh(&t, "[ $(wc -l < /proc/net/dev) -eq 3 ] && ! grep -q eth /proc/net/dev",
		     (struct kd_sandbox_req){0}, &r));
}

static void read_only(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};
	char script[512];

	(void)state;
	begin(&t);
	NEEDS(t, KD_SANDBOX_BWRAP);
	box_put(&t.box, "secret", KD_V("x"));
	/* the folders above a bind are of the sandbox's own memory */
	snprintf(script, sizeof(script),
		 "! touch /usr/kdoc-was-here 2>/dev/null && ! test -e %s/secret && "
		 "touch %s/new && ! test -e /etc/passwd && ! test -d /home && "
		 "touch %s/written",
		 t.box.dir, t.box.dir, t.out);
	assert_ok(sh(&t, script, (struct kd_sandbox_req){0}, &r));
	assert_true(box_has(&t.box, "out/written"));
	assert_false(box_has(&t.box, "new"));
}

static void environment(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};

	(void)state;
	begin(&t);
	NEEDS(t, KD_SANDBOX_BWRAP);
	assert_ok(sh(&t, "[ -z \"$KDOC_SOURCE_ROOT\" ] && [ \"$LC_ALL\" = C ] && [ $HOME = /tmp ]",
		     (struct kd_sandbox_req){0}, &r));
}

static void time_limit(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};

	(void)state;
	begin(&t);
	NEEDS(t, KD_SANDBOX_BWRAP);
	assert_error(sh(&t, "sleep 100 & sleep 100", (struct kd_sandbox_req){.limit_s = 1}, &r),
		     KD_TIMEOUT, "within 1 s");
	assert_true(r.ms < 20000);
}

static void disk_limit(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};
	char script[256];

	(void)state;
	begin(&t);
	NEEDS(t, KD_SANDBOX_BWRAP);
	snprintf(script, sizeof(script), "head -c 3000000 /dev/zero > %s/big; sleep 60", t.out);
	assert_error(sh(&t, script, (struct kd_sandbox_req){.limit_disk = 1 << 20, .limit_s = 50}, &r),
		     KD_LIMIT, "the limit is 1 MiB");
	kd_sandbox_result_deinit(&r);
	assert_error(sh(&t, "sleep 60", (struct kd_sandbox_req){.keep_free = (uint64_t)1 << 60}, &r),
		     KD_LIMIT, "MiB are free");
	kd_sandbox_result_deinit(&r);
	snprintf(script, sizeof(script), "head -c 3000000 /dev/zero > %s/big", t.out);
	assert_error(sh(&t, script, (struct kd_sandbox_req){.limit_file = 1 << 20}, &r), KD_IO, "");
}

static void fallback(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};
	const char *const argv[] = {"true", NULL};
	const struct kd_sandbox_bind bind[] = {{"/tmp", "/other", false}};
	struct kd_sandbox_req req = {
		.argv = argv, .bind = bind, .nbinds = 1, .kind = KD_SANDBOX_NETNS};

	(void)state;
	begin(&t);
	assert_error(kd_sandbox_run(&t.ctx, &req, &r), KD_UNSUPPORTED, "another name");
	NEEDS(t, KD_SANDBOX_BWRAP);
	kd_sandbox_result_deinit(&r);
	assert_ok(sh(&t, "[ $(wc -l < /proc/net/dev) -ge 1 ] && [ $$ -lt 100 ]",
		     (struct kd_sandbox_req){.kind = KD_SANDBOX_NETNS}, &r));
	assert_int_equal(r.kind, KD_SANDBOX_NETNS);
}

/* ---- configurations and requests ---- */

static void configs(void **state)
{
	static const char *const names[] = {"base.config", "default.config", "kcsan.config",
					    "lockdep.config", "sanitize.config", "tiny.config"};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++) {
		struct kd_view text = kd_lab_embedded(names[i]), line;

		assert_true(text.n > 0);
		while (kd_view_take_until(&text, KD_V("\n"), &line))
			assert_true(kd_view_starts(line, KD_V("CONFIG_")) ||
				    kd_view_starts(line, KD_V("#")));
		assert_int_equal(text.n, 0);
	}
}

static void bad_requests(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_build b;
	struct kd_lab_module m;
	struct kd_lab_kernel k = {.release = (char *)"6.9", .arch = KD_ARCH_X86_64};
	struct kd_lab_module_file f = {.name = "../x.c", .text = KD_V("int x;")};
	struct kd_lab_build_req q = {.tree = "/nonexistent", .config = "nonsense", .out = NULL};
	struct kd_lab_module_req mq = {
		.kernel = &k, .name = "x", .file = &f, .nfiles = 1};

	(void)state;
	begin(&t);
	q.out = mq.out = t.out;
	assert_error(kd_lab_kernel_build(&t.ctx, &q, &b), KD_INVALID, "'nonsense'");
	kd_lab_build_deinit(&b);
	assert_error(kd_lab_module_build(&t.ctx, &mq, &m), KD_NOTFOUND, "linux-headers-6.9");
	kd_lab_module_deinit(&m);
	mq.name = "../x";
	assert_error(kd_lab_module_build(&t.ctx, &mq, &m), KD_INVALID, "a module needs");
	kd_lab_module_deinit(&m);
}

static void config_values(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_freep) char *a = NULL, *b = NULL;

	(void)state;
	begin(&t);
	box_put(&t.box, "out/.config",
		KD_V("# CONFIG_X is not set\nCONFIG_CC_VERSION_TEXT=\"gcc-12 (A b) 12.2.0\"\nCONFIG_Y=y\n"));
	a = kd_lab_config_value(t.out, "CC_VERSION_TEXT");
	b = kd_lab_config_value(t.out, "Y");
	assert_string_equal(a, "gcc-12 (A b) 12.2.0");
	assert_string_equal(b, "y");
	assert_null(kd_lab_config_value(t.out, "X"));
	assert_null(kd_lab_config_value("/nonexistent", "X"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output),      cmocka_unit_test(no_network),
		cmocka_unit_test(read_only),   cmocka_unit_test(environment),
		cmocka_unit_test(time_limit),  cmocka_unit_test(disk_limit),
		cmocka_unit_test(fallback),    cmocka_unit_test(configs),
		cmocka_unit_test(bad_requests), cmocka_unit_test(config_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
