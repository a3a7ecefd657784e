// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hash.h"
#include "base/md5.h"
#include "base/sha1.h"

#include "base/alloc.h"
#include "check.h"

static void expect(struct kd_view v, const char *hex)
{
	uint8_t sum[KD_SHA256_LEN];
	char got[2 * KD_SHA256_LEN + 1];

	kd_sha256_of(v, sum);
	kd_hex(sum, sizeof(sum), got);
	assert_string_equal(got, hex);
}

/* FIPS 180-4 examples (NIST, Example Values: SHA-256), and the empty message. */
static void known(void **state)
{
	static char million[1000000];

	(void)state;
	expect(KD_V(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect(KD_V("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect(KD_V("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
	       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(million, 'a', sizeof(million));
	expect(kd_view(million, sizeof(million)),
	       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* However the input is cut into pieces, and at every length around the block size. */
static void pieces(void **state)
{
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	for (size_t n = 0; n <= sizeof(text); n++)
		for (size_t step = 1; step < 130; step += 21) {
			uint8_t a[KD_SHA256_LEN], b[KD_SHA256_LEN];
			struct kd_sha256 s;

			kd_sha256_of(kd_view(text, n), a);
			kd_sha256_init(&s);
			for (size_t i = 0; i < n; i += step)
				kd_sha256_update(&s,
						 kd_view(text + i, n - i < step ? n - i : step));
			kd_sha256_final(&s, b);
			assert_memory_equal(a, b, sizeof(a));
		}
}

static void table_hash(void **state)
{
	char text[64];
	unsigned ones[64] = {0};

	(void)state;
	assert_true(kd_hash64(KD_V("abc"), 1) == kd_hash64(KD_V("abc"), 1));
	assert_true(kd_hash64(KD_V("abc"), 1) != kd_hash64(KD_V("abc"), 2));
	assert_true(kd_hash64(KD_V(""), 1) != kd_hash64(KD_V("\0"), 1));
	for (size_t n = 1; n < 40; n++) /* each byte of each length counts */
		for (size_t i = 0; i < n; i++) {
			uint64_t h;

			memset(text, 'x', sizeof(text));
			h = kd_hash64(kd_view(text, n), 7);
			text[i] = 'y';
			assert_true(h != kd_hash64(kd_view(text, n), 7));
		}
	for (unsigned i = 0; i < 4096; i++) {
		uint64_t h;

		snprintf(text, sizeof(text), "fn_%u", i);
		h = kd_hash64(kd_view_of(text), 0);
		for (unsigned b = 0; b < 64; b++)
			ones[b] += h >> b & 1;
	}
	for (unsigned b = 0; b < 64; b++) /* 2048 ± 6 sigma */
		assert_in_range(ones[b], 2048 - 192, 2048 + 192);
}

/* Sums by md5sum(1) of the bytes (7 i + 3) mod 256; the ends of blocks are where a padding goes wrong. */
static void md5_of_lengths(void **state)
{
	const struct {
		size_t n;
		const char *sum;
	} rows[] = {
		{0, "d41d8cd98f00b204e9800998ecf8427e"},
		{1, "8666683506aacd900bbd5a74ac4edf68"},
		{3, "c9aee4810523ef8658121b8d492c6b41"},
		{55, "52c0e574e1198de5fe3f8f11440dcb1b"},
		{56, "46c9907fc908ee68b1e7b8e71286a518"},
		{57, "1c805dd236c35cab25fcb1bc73802c51"},
		{63, "a62f6d59e837867693f042f5b8f5a236"},
		{64, "7160b8fb5e9e4023d549c3971fbaeead"},
		{65, "70bd662e7aefbda85a0f7244167b7897"},
		{119, "e84905d4214f4d1ca56c2cdcc152b143"},
		{120, "e3eb5a6c8669ea01a8c185b8abc8a5dc"},
		{128, "10b2da1a82f16d99a81a7203fe9f02cb"},
		{1000, "10046f077f2082ac19676b8079f1cb1a"},
	};
	uint8_t bytes[1000], sum[KD_MD5_LEN];
	char hex[2 * KD_MD5_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(7 * i + 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kd_md5_of(kd_view((char *)bytes, rows[i].n), sum);
		kd_hex(sum, sizeof(sum), hex);
		assert_string_equal(hex, rows[i].sum);
	}
}

static void expect_sha1(struct kd_view v, const char *hex)
{
	uint8_t sum[KD_SHA1_LEN], plain[KD_SHA1_LEN];
	char got[2 * KD_SHA1_LEN + 1];

	kd_sha1_of(v, sum);
	kd_hex(sum, sizeof(sum), got);
	assert_string_equal(got, hex);
	kd_sha1_of_plain(v, plain);
	assert_memory_equal(sum, plain, sizeof(sum));
}

/* FIPS 180-4 examples (NIST, Example Values: SHA-1), the empty message, and git's name of an empty blob. */
static void sha1_known(void **state)
{
	static char million[1000000];

	(void)state;
	expect_sha1(KD_V(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	expect_sha1(KD_V("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
	expect_sha1(KD_V("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
		    "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	expect_sha1(KD_V("blob 0\0"), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
	memset(million, 'a', sizeof(million));
	expect_sha1(kd_view(million, sizeof(million)), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

/* However it is cut, at each length around the block size, with and without the processor's help. */
static void sha1_pieces(void **state)
{
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	for (size_t n = 0; n <= sizeof(text); n++)
		for (size_t step = 1; step < 130; step += 21) {
			uint8_t a[KD_SHA1_LEN], b[KD_SHA1_LEN];
			struct kd_sha1 s;

			kd_sha1_of_plain(kd_view(text, n), a);
			kd_sha1_init(&s);
			for (size_t i = 0; i < n; i += step)
				kd_sha1_update(&s, kd_view(text + i, n - i < step ? n - i : step));
			kd_sha1_final(&s, b);
			assert_memory_equal(a, b, sizeof(a));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5_of_lengths),
		cmocka_unit_test(known),
		cmocka_unit_test(pieces),
		cmocka_unit_test(sha1_known),
		cmocka_unit_test(sha1_pieces),
		cmocka_unit_test(table_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
