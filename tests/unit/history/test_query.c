// SPDX-License-Identifier: GPL-2.0-or-later
/* Words, frames' classes, and the query that a report becomes. */
#include "history/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/frames.h"
#include "history/kindwords.h"
#include "history/record.h"
#include "history/releases.h"
#include "history/term.h"
#include "history/words.h"

static void collect(void *user, struct kd_view w)
{
	struct kd_buf *b = user;

	kd_buf_printf(b, "%s%.*s", b->n ? " " : "", KD_VARG(w));
}

static void expect(void (*how)(struct kd_view, kd_word_fn *, void *), const char *text, const char *want)
{
	struct kd_buf b = KD_BUF_INIT(4096);

	how(kd_view_of(text), collect, &b);
	assert_string_equal(b.n ? b.p : "", want);
	kd_buf_deinit(&b);
}

static void words(void **state)
{
	char buf[KD_WORD_MAX + 16];

	(void)state;
	expect(kd_split_words, "if (tcp_sk(x)->y == 0x1f) foo_2;", "tcp_sk foo_2");
	expect(kd_split_words, "a ab abc 10UL 3com_x", "abc");
	expect(kd_split_words_lower, "Fix use-after-free, in Foo_bar(2)!", "fix use-after-free in foo_bar");
	expect(kd_word_parts, "nfsd4_openReply", "nfsd nfsd4 open reply openreply");
	expect(kd_word_parts, "__do_sys_ioctl", "do sys ioctl");
	expect(kd_word_parts, "TCPv6 x 123", "tc pv tcpv6");
	expect(kd_word_parts, "USBHost", "usb host usbhost");
	expect(kd_word_parts, "net/ipv4/tcp_input", "net ipv ipv4 tcp input");
	assert_true(kd_view_eq(kd_word_function(KD_V("foo.isra.0.cold"), buf), KD_V("foo")));
	assert_true(kd_view_eq(kd_word_function(KD_V("__x64_sys_read"), buf), KD_V("__do_sys_read")));
	assert_true(kd_view_eq(kd_word_function(KD_V("__se_compat_sys_ioctl"), buf), KD_V("__do_sys_ioctl")));
	assert_true(kd_view_eq(kd_word_function(KD_V("bar.3"), buf), KD_V("bar")));
	assert_true(kd_word_is_common(KD_V("return")));
	assert_false(kd_word_is_common(KD_V("returned")));
}

static void terms(void **state)
{
	(void)state;
	assert_int_equal(kd_term_field(kd_term(KD_FIELD_PATH, KD_V("mm/slub.c"))), KD_FIELD_PATH);
	assert_true(kd_term(KD_FIELD_PATH, KD_V("a")) != kd_term(KD_FIELD_DIR, KD_V("a")));
	/* stored in files: never another */
	assert_true(kd_term(KD_FIELD_FUNC, KD_V("tcp_sendmsg")) == UINT64_C(0x307df786502bc9f));
	for (unsigned amount = 1, last = 0; amount < 100; amount++) {
		const unsigned level = kd_amount_level(amount);

		assert_in_range(level, last, 7);
		last = level;
		assert_true(kd_level_weight(level) >= 1);
	}
}

static void classes(void **state)
{
	(void)state;
	assert_int_equal(kd_frame_class(KD_V("dump_stack_lvl"), KD_VNULL), KD_FRAME_MACHINERY);
	assert_int_equal(kd_frame_class(KD_V("__kasan_report"), KD_VNULL), KD_FRAME_MACHINERY);
	assert_int_equal(kd_frame_class(KD_V("foo"), KD_V("arch/x86/entry/common.c")), KD_FRAME_MACHINERY);
	assert_int_equal(kd_frame_class(KD_V("worker_thread"), KD_VNULL), KD_FRAME_GENERIC);
	assert_int_equal(kd_frame_class(KD_V("foo"), KD_V("mm/memory.c")), KD_FRAME_GENERIC_PATH);
	assert_int_equal(kd_frame_class(KD_V("ext4_writepages"), KD_V("fs/ext4/inode.c")), KD_FRAME_SPECIFIC);
	assert_true(kd_kind_of_word(KD_V("dangling")) & 1u << KD_ERR_UAF);
	assert_int_equal(kd_kind_of_word(KD_V("angling")), 0);
	assert_true(kd_word_is_guard(KD_V("prevent")));
}

#define KASAN                                                                                                          \
	"BUG: KASAN: use-after-free in foo_release+0x1a/0x40 drivers/foo/core.c:12\n"                                  \
	"Read of size 8 at addr ffff888012345678 by task syz-executor.0/77\n"                                          \
	"CPU: 1 PID: 77 Comm: syz-executor.0 Not tainted 6.1.0-rc3-syzkaller-00012-gabc #1\n"                          \
	"Workqueue: foo_wq foo_work [foo]\n"                                                                           \
	"Call Trace:\n"                                                                                                \
	" <TASK>\n"                                                                                                    \
	" dump_stack_lvl+0x1/0x2 lib/dump_stack.c:106\n"                                                               \
	" foo_release+0x1a/0x40 drivers/foo/core.c:12\n"                                                               \
	" foo_close+0x33/0x50 [foo]\n"                                                                                 \
	" __fput+0x1/0x2 fs/file_table.c:1\n"                                                                          \
	"Allocated by task 70:\n"                                                                                      \
	" foo_open+0x1/0x2 drivers/foo/core.c:5\n"                                                                     \
	"Freed by task 71:\n"                                                                                          \
	" foo_free+0x1/0x2 /build/linux/drivers/foo/free.c:6\n"                                                        \
	"The buggy address belongs to the object at ffff\n"                                                            \
	" which belongs to the cache foo_cache of size 64\n"

static double weight_of(const struct kd_query_weight *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(v[i].name, kd_view_of(name)))
			return v[i].weight;
	return 0;
}

static struct kd_view knows(void *user, struct kd_view func)
{
	(void)user;
	return kd_view_eq(func, KD_V("foo_close")) ? KD_V("drivers/foo/file.c") : KD_VNULL;
}

static void check_kasan(struct kd_arena *a, const char *text)
{
	struct kd_fixquery q;

	assert_null(kd_fixquery_parse(a, kd_view_of(text), &q));
	kd_fixquery_weigh(a, &q, knows, NULL);
	assert_int_equal(q.when, KD_WHEN_CANDIDATE);
	assert_int_equal(q.date, kd_mainline_date(KD_V("6.1")) - 5 * 7 * 86400);
	assert_true(q.syzbot);
	assert_true(q.kinds & 1u << KD_ERR_UAF);
	assert_false(q.kinds & 1u << KD_ERR_LEAK);
	assert_true(kd_view_eq(q.order.v[0], KD_V("foo_release")));
	assert_int_equal(q.order.n, 2);
	assert_true(weight_of(q.funcs.v, q.funcs.n, "foo_release") > .99);
	assert_true(weight_of(q.funcs.v, q.funcs.n, "foo_close") < weight_of(q.funcs.v, q.funcs.n, "foo_release"));
	assert_true(weight_of(q.funcs.v, q.funcs.n, "foo_open") > .49 && weight_of(q.funcs.v, q.funcs.n, "foo_open") < .51);
	assert_true(weight_of(q.funcs.v, q.funcs.n, "dump_stack_lvl") <= 0);
	assert_true(weight_of(q.paths.v, q.paths.n, "drivers/foo/core.c") > .99);
	assert_true(weight_of(q.paths.v, q.paths.n, "drivers/foo/free.c") > 0);
	assert_true(weight_of(q.paths.v, q.paths.n, "drivers/foo/file.c") > 0);
	assert_int_equal(q.modules.n, 1);
	assert_true(q.extra.n >= 3); /* foo_wq, foo_work, foo_cache */
}

static void report(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(64 << 20);
	struct kd_buf mail = KD_BUF_INIT(65536);
	struct kd_view rest = KD_V(KASAN), line;

	(void)state;
	check_kasan(&a, KASAN);
	/* the same in a mail, with time stamps and callers */
	while (kd_view_take_until(&rest, KD_V("\n"), &line))
		kd_buf_printf(&mail, "> > <4>[   12.345678][   T77] %.*s\n", KD_VARG(line));
	check_kasan(&a, mail.p);
	kd_buf_deinit(&mail);
	kd_arena_deinit(&a);
}

static void generic_alone(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(64 << 20);
	struct kd_fixquery q;

	(void)state;
	assert_null(kd_fixquery_parse(&a, KD_V("WARNING: CPU: 0 at kernel/workqueue.c:1\nCall Trace:\n process_one_work+0x1/0x2\n worker_thread+0x1/0x2\n"), &q));
	kd_fixquery_weigh(&a, &q, NULL, NULL);
	assert_true(weight_of(q.funcs.v, q.funcs.n, "process_one_work") >= .5);
	assert_true(q.kinds & 1u << KD_ERR_WARN);
	kd_arena_deinit(&a);
}

static void lockdep(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(64 << 20);
	struct kd_fixquery q;
	bool found = false;

	(void)state;
	assert_null(kd_fixquery_parse(&a, KD_V("6.8.0-next-20240105-syzkaller #0 Not tainted\n"
					       "WARNING: possible circular locking dependency detected\n"
					       "foo/1 is trying to acquire lock:\n"
					       "ffff8880 (&type->s_umount_key#28){++++}-{3:3}, at: foo_lock+0x1/0x2 fs/foo.c:1\n"
					       "-> #1 (&x){+.+.}-{0:0}:\n"
					       "       bar_lock+0x1/0x2 fs/bar.c:1\n"), &q));
	assert_int_equal(q.when, KD_WHEN_NEXT);
	for (size_t i = 0; i < q.extra.n; i++)
		found = found || kd_view_eq(q.extra.v[i], KD_V("&x"));
	assert_true(q.kinds & 1u << KD_ERR_LOCK);
	assert_int_equal(q.frames.v[q.frames.n - 1].section, KD_SECTION_CHAIN);
	assert_false(found); /* too short to say anything */
	kd_arena_deinit(&a);
}

static void words_alone(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(64 << 20);
	struct kd_fixquery q;

	(void)state;
	assert_null(kd_fixquery_parse(&a, KD_V("use-after-free in tcp_close\n"), &q));
	assert_int_equal(q.frames.n, 0);
	assert_int_equal(q.extra.n, 1);
	assert_true(kd_view_eq(q.extra.v[0], KD_V("tcp_close")));
	assert_null(kd_fixquery_parse(&a, KD_V(""), &q));
	assert_int_equal(q.extra.n, 0);
	kd_arena_deinit(&a);
}

/* Every prefix of a report, and bytes that are none, end without harm. */
static void cut_anywhere(void **state)
{
	static const char text[] = KASAN "[ 1.2][ C3] ((&a)(){ \xff\xfe a/b.c:99999999999999999999 x+0x [\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n += 3) {
		struct kd_arena a = KD_ARENA_INIT(64 << 20);
		struct kd_fixquery q;

		assert_null(kd_fixquery_parse(&a, kd_view(text, n), &q));
		kd_fixquery_weigh(&a, &q, NULL, NULL);
		kd_arena_deinit(&a);
	}
}

static void record(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_buf b = KD_BUF_INIT(65536);
	const struct kd_view funcs[] = {KD_V("f1"), KD_V("f2"), KD_V("g")};
	const struct kd_record_file files[] = {{'M', 3, 1, KD_V("a b/c.c"), 0, 2}, {'A', 10, 0, KD_V("new\nline"), 2, 1}};
	const struct kd_view parents[] = {KD_V("0123456789012345678901234567890123456789")};
	struct kd_record r = {.author = KD_V("A <a@x>"), .parents = parents, .nparents = 1, .files = files, .nfiles = 2, .funcs = funcs,
			      .nfuncs = 3, .message = KD_V("subject\n\nfile X 1 2 z\n")}, got;

	(void)state;
	kd_record_write(&b, &r);
	assert_null(kd_record_parse(&a, kd_buf_view(&b), &got));
	assert_true(kd_view_eq(got.author, r.author));
	assert_null(got.committer.p);
	assert_int_equal(got.nfiles, 2);
	assert_true(kd_view_eq(got.files[0].path, KD_V("a b/c.c")));
	assert_true(kd_view_eq(got.files[1].path, KD_V("new line")));
	assert_int_equal(got.files[0].nfuncs, 2);
	assert_true(kd_view_eq(got.funcs[got.files[1].func], KD_V("g")));
	assert_true(kd_view_eq(got.message, r.message));
	kd_buf_deinit(&b);
	kd_arena_deinit(&a);
}

static void versions(void **state)
{
	static const char *const in_order[] = {"v5.19", "v6.1-rc3", "v6.1-rc10", "v6.1", "v6.1.2", "v6.1.10", "v6.2-rc1", "v6.2"};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(in_order); i++)
		for (size_t k = 0; k < KD_ARRAY_LEN(in_order); k++) {
			const int c = kd_version_cmp(in_order[i], in_order[k]);

			if ((c > 0) != (i > k) || (c < 0) != (i < k))
				fail_msg("%s and %s: %d", in_order[i], in_order[k], c);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),   cmocka_unit_test(terms),	    cmocka_unit_test(classes), cmocka_unit_test(report),
		cmocka_unit_test(generic_alone), cmocka_unit_test(lockdep), cmocka_unit_test(words_alone), cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(record),  cmocka_unit_test(versions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
