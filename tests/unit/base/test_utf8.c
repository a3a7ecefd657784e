// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/utf8.h"

#include "base/alloc.h"
#include "check.h"

/* Unicode Standard, 3.9: text and what has to become of it. */
static const struct {
	const char *in, *out;
	size_t replaced;
} cases[] = {
	{"", "", 0},
	{"plain", "plain", 0},
	{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7", 0},
	{"a\xff"
	 "b",
	 "a\xef\xbf\xbd"
	 "b",
	 1},
	{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", 2}, /* overlong */
	{"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3}, /* overlong */
	{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3}, /* a surrogate */
	{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 4}, /* too large */
	{"\xf0\x9f\x90", "\xef\xbf\xbd", 1}, /* cut: one piece */
	{"\xe2\x82"
	 "A",
	 "\xef\xbf\xbd"
	 "A",
	 1},
	/* table 3-11 */
	{"\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64",
	 "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	 "b\xef\xbf\xbd"
	 "c\xef\xbf\xbd\xef\xbf\xbd"
	 "d",
	 6},
	{"0123456789abcdef\xfe", "0123456789abcdef\xef\xbf\xbd", 1},
};

static void sanitise(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(100);
		struct kd_view in = kd_view_of(cases[i].in);
		char *exact = kd_xstrndup(in.p, in.n);

		assert_int_equal(kd_utf8_sanitise(kd_view(exact, in.n), &b), cases[i].replaced);
		assert_view(kd_buf_view(&b), cases[i].out);
		assert_int_equal(kd_utf8_valid(in), !cases[i].replaced);
		assert_true(kd_utf8_valid(kd_buf_view(&b)));
		kd_free(exact);
	}
}

static void every_code_point(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x110000; c++) {
		char p[4];
		struct kd_view v = kd_view(p, kd_utf8_encode(c, p));
		bool is_scalar = c < 0xd800 || (c > 0xdfff && c <= 0x10ffff);
		uint32_t back;

		assert_true(kd_utf8_next(&v, &back));
		assert_int_equal(back, is_scalar ? c : KD_UTF8_BAD);
		assert_int_equal(v.n, 0);
	}
}

/* Every three bytes: what next() calls good encodes back to the same bytes. */
static void every_triple(void **state)
{
	(void)state;
	for (uint32_t x = 0; x < 1 << 24; x += 7) {
		char p[3] = {(char)(x >> 16), (char)(x >> 8), (char)x}, q[4];
		struct kd_view v = kd_view(p, 3);
		uint32_t c;
		bool ok = kd_utf8_next(&v, &c);
		size_t n = 3 - v.n;

		if (n < 1 || n > 3 || (ok && (kd_utf8_encode(c, q) != n || memcmp(p, q, n))))
			fail_msg("%06x", x);
	}
}

static void find_bad(void **state)
{
	struct kd_view v = KD_V("ok \xff ok \xe2\x82 ok");
	size_t off, len;

	(void)state;
	assert_true(kd_utf8_find_bad(v, 0, &off, &len));
	assert_int_equal(off, 3);
	assert_int_equal(len, 1);
	assert_true(kd_utf8_find_bad(v, off + len, &off, &len));
	assert_int_equal(off, 8);
	assert_int_equal(len, 2);
	assert_false(kd_utf8_find_bad(v, off + len, &off, &len));
	assert_false(kd_utf8_find_bad(v, 1000, &off, &len));
	assert_int_equal(kd_utf8_good_prefix(v), 3);
	assert_int_equal(kd_utf8_good_prefix(KD_VNULL), 0);
}

static void terminal(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(200);

	(void)state;
	assert_int_equal(
		kd_utf8_printable(KD_V("a\tb\n\x1b[31m\xff\xc2\x9b\xe2\x80\xae\xc3\xa9\x7f"), &b),
		5);
	assert_view(kd_buf_view(&b), "a\tb\n\\x1b[31m\\xff\\u{009b}\\u{202e}\xc3\xa9\\x7f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sanitise),     cmocka_unit_test(every_code_point),
		cmocka_unit_test(every_triple), cmocka_unit_test(find_bad),
		cmocka_unit_test(terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
