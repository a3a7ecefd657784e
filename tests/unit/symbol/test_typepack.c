// SPDX-License-Identifier: GPL-2.0-or-later
/* Types packed and unpacked: every kind comes back word for word; every cut and flipped bit is refused or gives some BTF. */
#include "../base/check.h"

#include <stdlib.h>

#include "../format/bytes_out.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "format/btf.h"
#include "symbol/typepack.h"

struct blob {
	struct out types, strings;
};

static uint32_t text(struct blob *b, const char *s)
{
	const uint32_t at = (uint32_t)b->strings.n;

	put_text(&b->strings, s);
	return at;
}

static void words(struct blob *b, const uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(&b->types, v[i], 4);
}

#define WORDS(b, ...)                                                                              \
	do {                                                                                       \
		const uint32_t v_[] = {__VA_ARGS__};                                               \
		words(b, v_, KD_ARRAY_LEN(v_));                                                    \
	} while (0)
#define INFO(kind, n) ((uint32_t)(kind) << 24 | (uint32_t)(n))

/* All kinds, with references forwards and backwards, to void and to nowhere. */
static void all_kinds(struct blob *b)
{
	uint32_t next, x;

	text(b, "");
	WORDS(b, text(b, "int"), INFO(KD_BTF_INT, 0), 4, 0x01000020);
	WORDS(b, 0, INFO(KD_BTF_PTR, 0), 4);
	WORDS(b, 0, INFO(KD_BTF_ARRAY, 0), 0, 1, 2, 7);
	WORDS(b, text(b, "list"), INFO(KD_BTF_STRUCT, 2) | 1U << 31, 16);
	next = text(b, "next");
	WORDS(b, next, 2, 0, text(b, "prev"), 2, 64 | 3 << 24);
	x = text(b, "either");
	WORDS(b, x, INFO(KD_BTF_UNION, 2), 8, next, 1, 0, 0, 900, 0);
	x = text(b, "state");
	WORDS(b, x, INFO(KD_BTF_ENUM, 3), 4, text(b, "ON"), 1);
	WORDS(b, text(b, "OFF"), 0xffffffff);
	WORDS(b, text(b, "MIN"), 0x80000000);
	WORDS(b, text(b, "later"), INFO(KD_BTF_FWD, 0) | 1U << 31, 0);
	WORDS(b, text(b, "u32"), INFO(KD_BTF_TYPEDEF, 0), 1);
	WORDS(b, 0, INFO(KD_BTF_VOLATILE, 0), 0);
	WORDS(b, 0, INFO(KD_BTF_CONST, 0), 0xffffffff);
	WORDS(b, 0, INFO(KD_BTF_RESTRICT, 0), 2);
	WORDS(b, text(b, "f"), INFO(KD_BTF_FUNC, 0), 13);
	x = text(b, "a");
	WORDS(b, 0, INFO(KD_BTF_FUNC_PROTO, 2), 1, x, 2, 0, 0);
	WORDS(b, text(b, "jiffies"), INFO(KD_BTF_VAR, 0), 1, 1);
	x = text(b, ".data");
	WORDS(b, x, INFO(KD_BTF_DATASEC, 2), 64, 14, 0, 8, 14, 8, 8);
	WORDS(b, text(b, "double"), INFO(KD_BTF_FLOAT, 0), 8);
	WORDS(b, text(b, "tag"), INFO(KD_BTF_DECL_TAG, 0), 4, 0xffffffff);
	WORDS(b, text(b, "user"), INFO(KD_BTF_TYPE_TAG, 0), 1);
	x = text(b, "wide");
	WORDS(b, x, INFO(KD_BTF_ENUM64, 1), 8, text(b, "W"), 0xffffffff, 1);
}

static void blob_of(const struct blob *b, struct kd_buf *to)
{
	const uint32_t head[] = {0x0001eb9f, 24, 0, (uint32_t)b->types.n, (uint32_t)b->types.n, (uint32_t)b->strings.n};

	for (size_t i = 0; i < KD_ARRAY_LEN(head); i++)
		kd_buf_add_le32(to, head[i]);
	kd_buf_add(to, out_view(&b->types));
	kd_buf_add(to, out_view(&b->strings));
}

static void there_and_back(struct kd_view in, bool packed)
{
	kd_auto(kd_buf_deinit) struct kd_buf p = KD_BUF_INIT(1 << 20);
	kd_auto(kd_freep) char *out = NULL;
	size_t n = 0;

	kd_typepack(in, &p);
	assert_int_equal(p.p[0], packed);
	out = kd_typepack_open(kd_buf_view(&p), &n);
	assert_non_null(out);
	assert_int_equal(n, in.n);
	assert_memory_equal(out, in.p, n);
}

static void every_kind_comes_back(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(1 << 20);
	struct blob *b = kd_xcalloc(1, sizeof(*b));
	struct kd_btf btf;

	(void)state;
	all_kinds(b);
	blob_of(b, &in);
	assert_ok(kd_btf_open(kd_buf_view(&in), NULL, &btf)); /* what the test made is BTF */
	assert_int_equal(btf.end, KD_BTF_NKINDS);
	kd_btf_deinit(&btf);
	there_and_back(kd_buf_view(&in), true);
	kd_free(b);
}

/* What has no packed form stays as it is. */
static void others_stay(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(1 << 20);
	struct blob *b = kd_xcalloc(1, sizeof(*b));

	(void)state;
	all_kinds(b);
	blob_of(b, &in);
	for (size_t n = 7; n < in.n; n += 7)
		there_and_back(kd_view(in.p, n), false); /* cut */
	in.p[24 + 6] = 5; /* a number of members where there are none */
	there_and_back(kd_buf_view(&in), false);
	in.p[24 + 6] = 0;
	in.p[24 + 1] = 0x7f; /* a name outside of the strings */
	there_and_back(kd_buf_view(&in), false);
	there_and_back(KD_V("anything"), false);
	memset(b, 0, sizeof(*b));
	text(b, "");
	text(b, "shared");
	WORDS(b, 1, INFO(KD_BTF_FLOAT, 0), 4, 2, INFO(KD_BTF_FLOAT, 0), 8, 3, INFO(KD_BTF_FLOAT, 0), 16);
	in.n = 0;
	blob_of(b, &in); /* names that are ends of another: apart they need more room */
	there_and_back(kd_buf_view(&in), false);
	kd_free(b);
}

/* Names in another order, and one that nobody uses: the same types under the same ids. */
static void names_in_any_order(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(1 << 20), p = KD_BUF_INIT(1 << 20);
	struct blob *b = kd_xcalloc(1, sizeof(*b));
	kd_auto(kd_freep) char *out = NULL;
	struct kd_btf btf;
	size_t n = 0;

	(void)state;
	text(b, "");
	text(b, "unused and long enough");
	text(b, "second");
	text(b, "first");
	WORDS(b, 31, INFO(KD_BTF_FLOAT, 0), 4, 24, INFO(KD_BTF_FLOAT, 0), 8, 31, INFO(KD_BTF_FLOAT, 0), 16);
	blob_of(b, &in);
	kd_typepack(kd_buf_view(&in), &p);
	assert_int_equal(p.p[0], 1);
	out = kd_typepack_open(kd_buf_view(&p), &n);
	assert_non_null(out);
	assert_true(n < in.n);
	assert_ok(kd_btf_open(kd_view(out, n), NULL, &btf));
	assert_int_equal(btf.end, 4);
	assert_true(kd_view_eq(kd_btf_name_of(&btf, 1), KD_V("first")));
	assert_true(kd_view_eq(kd_btf_name_of(&btf, 2), KD_V("second")));
	assert_true(kd_view_eq(kd_btf_name_of(&btf, 3), KD_V("first")));
	kd_btf_deinit(&btf);
	kd_free(b);
}

static void damage_is_seen_or_harmless(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(1 << 20), p = KD_BUF_INIT(1 << 20);
	struct blob *b = kd_xcalloc(1, sizeof(*b));
	unsigned refused = 0;
	size_t n;

	(void)state;
	all_kinds(b);
	blob_of(b, &in);
	kd_typepack(kd_buf_view(&in), &p);
	for (size_t cut = 0; cut < p.n; cut++)
		assert_null(kd_typepack_open(kd_view(p.p, cut), &n));
	for (size_t bit = 8; bit < p.n * 8; bit++) {
		char *out;

		p.p[bit / 8] ^= (char)(1 << bit % 8);
		out = kd_typepack_open(kd_buf_view(&p), &n);
		refused += !out;
		if (out) {
			struct kd_btf btf;
			struct kd_error *err = kd_btf_open(kd_view(out, n), NULL, &btf);

			if (!err)
				kd_btf_deinit(&btf);
			kd_error_free(err);
		}
		kd_free(out);
		p.p[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_true(refused > 100);
	kd_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_comes_back), cmocka_unit_test(others_stay),
		cmocka_unit_test(names_in_any_order), cmocka_unit_test(damage_is_seen_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
