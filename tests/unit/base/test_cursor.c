// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cursor.h"

#include "base/alloc.h"
#include "check.h"

static const char bytes[] = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";

static struct kd_cursor of(size_t n, bool big)
{
	return kd_cursor_of(kd_view(bytes, n), 0x1000, big);
}

static void numbers(void **state)
{
	struct kd_cursor c = of(16, false);
	uint16_t h;
	uint32_t w;
	uint64_t q;
	uint8_t b;

	(void)state;
	assert_true(kd_cursor_next_u8(&c, &b) && b == 1);
	assert_true(kd_cursor_next_u16(&c, &h) && h == 0x0302);
	assert_true(kd_cursor_next_u32be(&c, &w) && w == 0x04050607);
	assert_true(kd_cursor_next_u64le(&c, &q) && q == 0x0f0e0d0c0b0a0908);
	assert_int_equal(kd_cursor_left(&c), 1);
	assert_int_equal(kd_cursor_offset(&c), 0x100f);
	c = of(16, true);
	assert_true(kd_cursor_next_u16(&c, &h) && h == 0x0102);
	assert_true(kd_cursor_next_u16le(&c, &h) && h == 0x0403);
	assert_true(kd_cursor_next_u32(&c, &w) && w == 0x05060708);
	assert_true(kd_cursor_next_u64(&c, &q) && q == 0x090a0b0c0d0e0f10);
	c = of(16, true);
	assert_true(kd_cursor_next_u64be(&c, &q) && q == 0x0102030405060708);
	assert_true(kd_cursor_next_u32le(&c, &w) && w == 0x0c0b0a09);
	assert_true(kd_cursor_next_u16be(&c, &h) && h == 0x0d0e);
	assert_true(kd_cursor_seek(&c, 1));
	assert_true(kd_cursor_next_uint(&c, 2, &q) && q == 0x0203);
	assert_false(kd_cursor_next_uint(&c, 3, &q));
}

static void ends(void **state)
{
	struct kd_cursor c = of(3, false);
	struct kd_error *err;
	uint32_t w = 99;
	uint16_t h;
	struct kd_view v;

	(void)state;
	assert_true(kd_cursor_next_u16(&c, &h));
	assert_false(kd_cursor_next_u32(&c, &w));
	assert_int_equal(w, 99);
	assert_int_equal(c.pos, 2);
	assert_false(kd_cursor_next_bytes(&c, SIZE_MAX, &v));
	assert_false(kd_cursor_skip(&c, SIZE_MAX));
	assert_false(kd_cursor_seek(&c, 4));
	assert_true(kd_cursor_skip(&c, 1));
	err = kd_cursor_error(&c, "BTF header");
	assert_int_equal(err->offset, 0x1002);
	assert_error(err, KD_BADDATA, "BTF header: the data ends too early at offset 0x1002");
	c = kd_cursor_of(KD_VNULL, 0, false);
	assert_false(kd_cursor_next_u16(&c, &h));
	assert_true(kd_cursor_next_bytes(&c, 0, &v));
}

static void text(void **state)
{
	struct kd_cursor c = kd_cursor_of(KD_V("one\0\0three"), 0, false);
	struct kd_view v;

	(void)state;
	assert_true(kd_cursor_next_cstr(&c, &v));
	assert_view(v, "one");
	assert_true(kd_cursor_next_cstr(&c, &v));
	assert_view(v, "");
	assert_false(kd_cursor_next_cstr(&c, &v));
	assert_true(kd_cursor_next_bytes(&c, 5, &v));
	assert_view(v, "three");
	assert_int_equal(kd_cursor_left(&c), 0);
	assert_error(kd_cursor_error(&c, "x"), KD_BADDATA, "a text has no end at offset 0x5");
}

static void alignment(void **state)
{
	struct kd_cursor c = of(16, false);

	(void)state;
	assert_true(kd_cursor_align(&c, 8) && c.pos == 0);
	assert_true(kd_cursor_skip(&c, 5) && kd_cursor_align(&c, 4) && c.pos == 8);
	assert_true(kd_cursor_skip(&c, 8) && kd_cursor_align(&c, 4) && c.pos == 16);
	c = of(3, false);
	assert_true(kd_cursor_skip(&c, 3));
	assert_false(kd_cursor_align(&c, 4));
}

/* DWARF 5, 7.6, figures 5 and 6, and the limits. */
static void leb128(void **state)
{
	static const struct {
		struct kd_view in;
		bool ok;
		uint64_t u;
		bool sok;
		int64_t s;
	} cases[] = {
		{KD_V("\x02"), true, 2, true, 2},
		{KD_V("\x7f"), true, 127, true, -1},
		{KD_V("\x80\x01"), true, 128, true, 128},
		{KD_V("\xb9\x64"), true, 12857, true, -3527},
		{KD_V("\xff\x7e"), true, 16255, true, -129},
		{KD_V("\x80\x80\x00"), true, 0, true, 0},
		{KD_V("\x80"), false, 0, false, 0},
		{KD_V("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true, UINT64_MAX, false, 0},
		{KD_V("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), false, 0, false, 0},
		{KD_V("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f"), false, 0, true, INT64_MIN},
		{KD_V("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"), true, INT64_MAX, true,
		 INT64_MAX},
		{KD_V("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), false, 0, true, -1},
		{KD_V("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), true, 0, true, 0},
		{KD_V("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f"), false, 0, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		struct kd_cursor c = kd_cursor_of(cases[i].in, 0, false);
		uint64_t u = 0;
		int64_t s = 0;

		assert_int_equal(kd_cursor_next_uleb128(&c, &u), cases[i].ok);
		assert_true(u == cases[i].u);
		assert_int_equal(c.pos, cases[i].ok ? c.data.n : 0);
		c = kd_cursor_of(cases[i].in, 0, false);
		assert_int_equal(kd_cursor_next_sleb128(&c, &s), cases[i].sok);
		assert_true(s == cases[i].s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),   cmocka_unit_test(ends),   cmocka_unit_test(text),
		cmocka_unit_test(alignment), cmocka_unit_test(leb128),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
