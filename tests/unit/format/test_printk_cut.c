// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A log that ends anywhere: no crash, and no text that is neither in the input nor in
 * what the whole log gives.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "collect.h"

static const char log_text[] =
	"Mar  3 12:00:00 host kernel: [   12.345678] BUG: example\n"
	"[   12.345678][  T123]  [<ffffffff81234567>] example+0x1/0x2 [module]\r\n"
	"<4>[   12.345678] ** 5 printk messages dropped ** [   12.345680] text\n"
	"example login: [   13.000000] text over a prompt\n"
	"> > [   12.345678] Modules linked in: aaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbb\n"
	"> > ccccc ddddd [last unloaded: eeeee]\n"
	"4,723,13579,-,caller=T1;text\n SUBSYSTEM=pci\n DEVICE=+pci:0000\n"
	"4,724,13579,-,ncfrag=0/10;hello\n4,724,13579,-,ncfrag=5/10;world\n"
	"4,725,13579,c;one \n4,726,13579,+;two\n"
	"03-03 12:00:00.123  root     0     0 W kernel  : logcat\n"
	"{\"MESSAGE\":\"json text\",\"_TRANSPORT\":\"kernel\"}\n"
	"{\"MESSAGE\":[98,121,116,101,115],\"_TRANSPORT\":\"kernel\"}\n"
	"{\n   \"dmesg\": [\n      {\n         \"pri\": 6,\n         \"msg\": \"listed\"\n      }\n   ]\n}\n"
	"__CURSOR=s=1\nMESSAGE\n\x0d\0\0\0\0\0\0\0two\nlines\r\nxy\nPRIORITY=4\n\n"
	"__CURSOR=s=2\nMESSAGE=exported\n\n"
	"<14>1 2024-03-03T12:00:00.123Z host kernel - - [x y=\"]\"] [ 12.3] structured\n"
	"&lt;TASK&gt; page<br>\n\033[1;31mred\033[0m text\n10%\r20%\r[   14.000000] after CR\r\r\n"
	"```\n[Sun Mar  3 12:00:00 2024] fenced\n```\n"
	"    BUG: indented\n     example+0x1/0x2\n"
	"Panic#1 Part1\n<6>[   16.000000] newest\nPanic#1 Part2\n<6>[   15.000000] oldest\n";

/* The entities and colours that log_text has, decoded the plain way. */
static void decode_plainly(struct kd_view v, struct kd_buf *out)
{
	while (v.n) {
		if (kd_view_skip(&v, KD_V("&lt;"))) {
			kd_buf_addc(out, '<');
		} else if (kd_view_skip(&v, KD_V("&gt;"))) {
			kd_buf_addc(out, '>');
		} else if (!kd_view_skip(&v, KD_V("\033[0m")) && !kd_view_skip(&v, KD_V("\033[1;31m"))) {
			kd_buf_addc(out, *v.p);
			v = kd_view_from(v, 1);
		}
	}
}

static bool within(struct kd_view text, struct kd_view input, struct kd_view decoded)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);

	if (kd_view_has(input, text) || kd_view_has(decoded, text))
		return true;
	decode_plainly(input, &b);
	return kd_view_has(kd_buf_view(&b), text);
}

static void decoded_texts(struct kd_view in, struct kd_buf *out)
{
	struct collected c;

	collect(&c, in, NULL);
	kd_vec_each (l, &c.lines) {
		kd_buf_add(out, l->text);
		kd_buf_addc(out, '\n');
	}
	collected_free(&c);
}

static void check_piece(struct kd_view piece, struct kd_view decoded)
{
	struct collected c;

	collect(&c, piece, NULL);
	kd_vec_each (l, &c.lines) {
		if (!within(l->text, piece, decoded))
			fail_msg("after a cut to %zu bytes: '%.*s'", piece.n, KD_VARG(l->text));
		assert_true(l->off + l->len <= piece.n);
	}
	collected_free(&c);
}

static void test_cut_end(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf all = KD_BUF_INIT(1 << 20);
	struct kd_view in = kd_view(log_text, sizeof(log_text) - 1);

	(void)state;
	decoded_texts(in, &all);
	for (size_t n = 0; n <= in.n; n++)
		check_piece(kd_view_head(in, n), kd_buf_view(&all));
}

static void test_cut_start(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf all = KD_BUF_INIT(1 << 20);
	struct kd_view in = kd_view(log_text, sizeof(log_text) - 1);

	(void)state;
	decoded_texts(in, &all);
	for (size_t n = 0; n <= in.n; n++)
		check_piece(kd_view_from(in, n), kd_buf_view(&all));
}

/* The raw bytes of the logical lines cover the log: nothing is dropped but record ends. */
static void test_covers_input(void **state)
{
	static const char text[] = "plain\n[   12.345678] a\n10%\r20%\r[   14.000000] b\r\r\n\n> c\r\n\033[1md\n";
	struct collected c;
	uint64_t at = 0;

	(void)state;
	collect(&c, kd_view(text, sizeof(text) - 1), NULL);
	kd_vec_each (l, &c.lines) {
		assert_int_equal(l->off, at);
		at += l->len;
	}
	assert_int_equal(at, sizeof(text) - 1);
	collected_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_end),
		cmocka_unit_test(test_cut_start),
		cmocka_unit_test(test_covers_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
