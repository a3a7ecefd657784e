// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks packed at once: what comes out is what went in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/pack.h"

enum { PAGE = 4096, ROUNDS = 400 };

/* google/snappy's format_description.txt, read strictly. */
static bool unpack(const unsigned char *p, size_t n, unsigned char *out, size_t room, size_t *ret)
{
	size_t at = 0, want = 0, have = 0;

	for (unsigned shift = 0;; shift += 7) {
		if (at == n || shift > 28)
			return false;
		want |= (size_t)(p[at] & 0x7f) << shift;
		if (!(p[at++] & 0x80))
			break;
	}
	if (want > room)
		return false;
	while (at < n) {
		unsigned tag = p[at++];
		size_t len = (tag >> 2) + 1, off;

		if ((tag & 3) == 0) {
			if (len > 60) {
				size_t bytes = len - 60;

				if (bytes > 2 || n - at < bytes)
					return false;
				len = (size_t)p[at] + (bytes > 1 ? (size_t)p[at + 1] << 8 : 0) + 1;
				at += bytes;
			}
			if (n - at < len || want - have < len)
				return false;
			memcpy(out + have, p + at, len);
			at += len;
		} else if ((tag & 3) == 2) {
			if (n - at < 2)
				return false;
			off = (size_t)p[at] | (size_t)p[at + 1] << 8;
			at += 2;
			if (!off || off > have || want - have < len)
				return false;
			for (size_t i = 0; i < len; i++)
				out[have + i] = out[have + i - off];
		} else {
			return false;
		}
		have += len;
	}
	*ret = have;
	return have == want;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Pages as memory has them: zeros, pointers that differ in few bytes, text, noise. */
static void fill(unsigned char *page, uint32_t *seed)
{
	unsigned what = next_random(seed) % 4;

	for (size_t i = 0; i < PAGE; i++)
		page[i] = what == 0   ? 0
			  : what == 1 ? (unsigned char)(i % 8 ? 0xff - i / 512 : next_random(seed))
			  : what == 2 ? (unsigned char)("kernel page "[i % 12])
				      : (unsigned char)next_random(seed);
	if (what == 0)
		page[next_random(seed) % PAGE] = 1;
}

static void snappy(void **state)
{
	unsigned char page[PAGE], packed[2 * PAGE], back[PAGE];
	uint32_t seed = 3;
	size_t shrunk = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t len = i % 7 ? PAGE : next_random(&seed) % PAGE, n, m;

		fill(page, &seed);
		assert_true(kd_pack_snappy(kd_view((const char *)page, len), packed, sizeof(packed), &n));
		assert_true(unpack(packed, n, back, sizeof(back), &m));
		assert_int_equal(m, len);
		assert_memory_equal(back, page, len);
		memset(back, 0, len);
		assert_true(kd_unpack_snappy(kd_view((const char *)packed, n), back, len));
		assert_memory_equal(back, page, len);
		assert_false(kd_unpack_snappy(kd_view((const char *)packed, n), back, len + 1));
		assert_false(kd_unpack_snappy(kd_view((const char *)packed, n - 1), back, len));
		shrunk += n < len / 2;
		/* One byte too few: it says so, and writes no further (the sanitizer looks). */
		if (n > 1) {
			unsigned char *tight = kd_xmalloc(n - 1);

			assert_false(kd_pack_snappy(kd_view((const char *)page, len), tight, n - 1, &m));
			kd_free(tight);
		}
	}
	assert_true(shrunk > ROUNDS / 4);
}

/* Tags that the packer above does not write: copies of one and four bytes of offset, long literals. */
static void snappy_tags(void **state)
{
	static const unsigned char good[] = {12, 3 << 2, 'a', 'b', 'c', 'd', 0 << 2 | 1, 4, 3 << 2 | 3, 8, 0, 0, 0};
	static const unsigned char long_literal[] = {3, 62 << 2, 2, 0, 0, 'x', 'y', 'z'};
	static const unsigned char bad[][8] = {
		{4, 3 << 2 | 1, 0},		    /* a copy from nowhere */
		{4, 0, 'a', 3 << 2 | 3, 2, 0, 0, 0}, /* from before the start */
		{4, 63 << 2, 255, 255, 255, 255, 'a'}, /* a literal of 4 GiB */
		{255, 255, 255, 255, 255, 255, 1},   /* a length without an end */
	};
	unsigned char out[16];

	(void)state;
	assert_true(kd_unpack_snappy(kd_view((const char *)good, sizeof(good)), out, 12));
	assert_memory_equal(out, "abcdabcdabcd", 12);
	assert_true(kd_unpack_snappy(kd_view((const char *)long_literal, sizeof(long_literal)), out, 3));
	assert_memory_equal(out, "xyz", 3);
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		assert_false(kd_unpack_snappy(kd_view((const char *)bad[i], sizeof(bad[i])), out, 4));
}

static void no_room(void **state)
{
	unsigned char page[PAGE], packed[PAGE];
	uint32_t seed = 5;
	size_t n;

	(void)state;
	for (size_t i = 0; i < PAGE; i++)
		page[i] = (unsigned char)next_random(&seed);
	assert_false(kd_pack_snappy(kd_view((const char *)page, PAGE), packed, PAGE - 1, &n));
	assert_false(kd_pack_zlib(kd_view((const char *)page, PAGE), packed, PAGE - 1, &n));
	assert_false(kd_pack_zstd(kd_view((const char *)page, PAGE), packed, PAGE - 1, &n));
	memset(page, 7, PAGE);
	assert_int_equal(kd_pack_zlib(kd_view((const char *)page, PAGE), packed, PAGE - 1, &n),
			 kd_pack_has_zlib());
	assert_int_equal(kd_pack_zstd(kd_view((const char *)page, PAGE), packed, PAGE - 1, &n),
			 kd_pack_has_zstd());
}

/* The faster reader of zlib streams gives what zlib gives, for good streams and bad ones. */
static void two_readers(void **state)
{
	unsigned char page[PAGE], packed[2 * PAGE], a[PAGE], b[PAGE];
	struct kd_deflate *l = NULL;
	struct kd_error *err = kd_deflate_open(&l);
	uint32_t seed = 5;
	size_t n;

	(void)state;
	if (err || !kd_pack_has_zlib()) { /* it is no part of this system: zlib does it all */
		kd_error_free(err);
		kd_deflate_close(l);
		skip();
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		bool good;

		for (size_t i = 0; i < PAGE; i++)
			page[i] = (unsigned char)(next_random(&seed) & (round % 8 + 1));
		if (!kd_pack_zlib(kd_view((const char *)page, PAGE), packed, sizeof(packed), &n))
			continue;
		if (round % 2)
			packed[next_random(&seed) % n] ^= (unsigned char)(1 + next_random(&seed) % 255);
		if (round % 5 == 4)
			n -= 1 + next_random(&seed) % (n - 1);
		good = kd_unpack_zlib(kd_view((const char *)packed, n), a, PAGE);
		assert_int_equal(kd_unpack_deflate(l, kd_view((const char *)packed, n), b, PAGE), good);
		if (good)
			assert_memory_equal(a, b, PAGE);
		assert_false(kd_unpack_deflate(l, kd_view((const char *)packed, n), b, PAGE - 1));
	}
	kd_deflate_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(snappy), cmocka_unit_test(snappy_tags), cmocka_unit_test(no_room),
					   cmocka_unit_test(two_readers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
