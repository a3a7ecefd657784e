// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "evidence/evidence.h"

static const char log_text[] = "line one\nBUG: unable to handle\nline three\n";

static struct kd_view input(void)
{
	return kd_view(log_text, sizeof(log_text) - 1);
}

static void fails(struct kd_error *err, enum kd_errclass cls)
{
	assert_non_null(err);
	assert_int_equal(err->cls, cls);
	kd_error_free(err);
}

static void log_spans(void **state)
{
	struct kd_evidence e, again, other;
	uint64_t a, b;
	(void)state;

	assert_null(kd_evidence_log(input(), 9, 30, &e));
	assert_string_equal(e.locator, "bytes:9-30");
	assert_true(kd_evidence_id_valid(kd_view_of(e.id)));
	assert_int_equal(e.id[0], 'e');
	assert_true(kd_evidence_span(&e, &a, &b) && a == 9 && b == 30);
	/* From a stream, the same id. */
	assert_null(kd_evidence_log_span(kd_view(log_text + 9, 21), 9, &again));
	assert_string_equal(e.id, again.id);
	/* Another place, another text: another id. */
	assert_null(kd_evidence_log_span(kd_view(log_text + 9, 21), 10, &other));
	assert_string_not_equal(e.id, other.id);
	assert_null(kd_evidence_log(input(), 9, 29, &other));
	assert_string_not_equal(e.id, other.id);
	fails(kd_evidence_log(input(), 9, 9, &e), KD_INVALID);
	fails(kd_evidence_log(input(), 9, sizeof(log_text), &e), KD_INVALID);
	fails(kd_evidence_log(input(), UINT64_MAX, 3, &e), KD_INVALID);
	fails(kd_evidence_log_span(kd_view(log_text, 4), UINT64_MAX - 1, &e), KD_INVALID);
}

/* The id is a promise: this one may never change. */
static void id_is_stable(void **state)
{
	struct kd_sha256 h;
	struct kd_evidence e;
	uint8_t digest[KD_SHA256_LEN], sum[KD_SHA256_LEN];
	char hex[13];
	(void)state;

	assert_null(kd_evidence_log_span(KD_V("abc"), 5, &e));
	kd_sha256_of(KD_V("abc"), digest);
	kd_sha256_init(&h);
	kd_sha256_update(&h, KD_V("kdoc-evidence-1\0log\0bytes:5-8\0"));
	kd_sha256_update(&h, kd_view((const char *)digest, sizeof(digest)));
	kd_sha256_final(&h, sum);
	kd_hex(sum, 6, hex);
	assert_string_equal(e.id + 1, hex);
	assert_string_equal(e.id, "e1cf289c7ab95");
}

static void checks(void **state)
{
	char changed[sizeof(log_text)];
	struct kd_evidence e, bad;
	(void)state;

	assert_null(kd_evidence_log(input(), 9, 30, &e));
	assert_int_equal(kd_evidence_check(&e, input()), KD_CHECK_SAME);
	memcpy(changed, log_text, sizeof(changed));
	changed[12] ^= 1;
	assert_int_equal(kd_evidence_check(&e, kd_view(changed, sizeof(changed) - 1)),
			 KD_CHECK_CHANGED);
	changed[12] ^= 1;
	changed[2] ^= 1; /* outside of the span */
	assert_int_equal(kd_evidence_check(&e, kd_view(changed, sizeof(changed) - 1)),
			 KD_CHECK_SAME);
	assert_int_equal(kd_evidence_check(&e, kd_view(changed, 29)), KD_CHECK_GONE);
	assert_int_equal(kd_evidence_check(&e, KD_VNULL), KD_CHECK_GONE);
	bad = e;
	bad.digest[3] ^= 1;
	assert_int_equal(kd_evidence_check(&bad, input()), KD_CHECK_DAMAGED);
	bad = e;
	memcpy(bad.locator, "bytes:8-30", 11);
	assert_int_equal(kd_evidence_check(&bad, input()), KD_CHECK_DAMAGED);
	bad = e;
	bad.kind = 77;
	assert_int_equal(kd_evidence_check(&bad, input()), KD_CHECK_DAMAGED);
	bad = e;
	memset(bad.locator, 'x', sizeof(bad.locator));
	assert_int_equal(kd_evidence_check(&bad, input()), KD_CHECK_DAMAGED);
	assert_null(kd_evidence_memory(KD_V("0abc"), 0xffff888012345678, KD_V("12345678"), &e));
	assert_int_equal(kd_evidence_check(&e, input()), KD_CHECK_NEEDS);
	assert_int_equal(kd_evidence_check_bytes(&e, KD_V("12345678")), KD_CHECK_SAME);
	assert_int_equal(kd_evidence_check_bytes(&e, KD_V("12345679")), KD_CHECK_CHANGED);
}

static void other_kinds(void **state)
{
	static const char oid[] = "0123456789abcdef0123456789abcdef01234567";
	const struct kd_view words[] = {KD_V("scan"), KD_V("--format=titles"), KD_V("a b")};
	struct kd_evidence e;
	(void)state;

	assert_null(kd_evidence_memory(KD_V("0abc"), 0xffff888012345678, KD_V("12345678"), &e));
	assert_string_equal(e.locator, "mem:0abc:0xffff888012345678+8");
	assert_null(kd_evidence_source(KD_V("v6.12"), KD_V("mm/a:b c.c"), 10, 20, KD_V("x"), &e));
	assert_string_equal(e.locator, "src:v6.12:mm/a%3Ab%20c.c:10-20");
	assert_null(kd_evidence_commit(kd_view_of(oid), KD_V("tree …"), &e));
	assert_null(kd_evidence_message(KD_V(" <20240101.1@example.org> "), KD_V("From: x"), &e));
	assert_string_equal(e.locator, "mid:20240101.1@example.org");
	assert_null(kd_evidence_command(words, 3, KD_V("out"), &e));
	assert_string_equal(e.locator, "cmd:scan%20--format=titles%20a%20b");
	for (unsigned k = 0; k < KD_EVIDENCE_KINDS; k++) {
		enum kd_evidence_kind back;

		assert_true(kd_evidence_kind_by_name(
			kd_view_of(kd_evidence_kind_name((enum kd_evidence_kind)k)), &back));
		assert_int_equal(back, k);
	}
}

static void no_paths(void **state)
{
	const struct kd_view a[] = {KD_V("scan"), KD_V("/tmp/log")},
			     b[] = {KD_V("scan"), KD_V("--out=/tmp/x")};
	struct kd_evidence e;
	(void)state;

	fails(kd_evidence_command(a, 2, KD_V("x"), &e), KD_INVALID);
	fails(kd_evidence_command(b, 2, KD_V("x"), &e), KD_INVALID);
	fails(kd_evidence_command(NULL, 0, KD_V("x"), &e), KD_INVALID);
	fails(kd_evidence_source(KD_V("v6.12"), KD_V("/usr/src/x.c"), 1, 2, KD_V("x"), &e),
	      KD_INVALID);
	fails(kd_evidence_source(KD_V("v6.12"), KD_V("../x.c"), 1, 2, KD_V("x"), &e), KD_INVALID);
	fails(kd_evidence_source(KD_V("v6.12"), KD_V("a//x.c"), 1, 2, KD_V("x"), &e), KD_INVALID);
	fails(kd_evidence_source(KD_V("/tree"), KD_V("x.c"), 1, 2, KD_V("x"), &e), KD_INVALID);
	fails(kd_evidence_source(KD_V("v6.12"), KD_V("x.c"), 5, 2, KD_V("x"), &e), KD_INVALID);
}

static void not_canonical(void **state)
{
	static const char *const bad[] = {
		"",           "bytes:",     "bytes:1",
		"bytes:1-",   "bytes:2-1",  "bytes:1-1",
		"bytes:01-2", "bytes:1-2 ", "bytes:0x1-2",
		"bytes:-1-2", "byte:1-2",   "bytes:1-99999999999999999999",
		"bytes:1-2-3"};
	char huge[2000];
	struct kd_evidence e;
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		fails(kd_evidence_make(KD_EVIDENCE_LOG, kd_view_of(bad[i]), KD_V("x"), &e),
		      KD_INVALID);
	fails(kd_evidence_make((enum kd_evidence_kind)9, KD_V("bytes:1-2"), KD_V("x"), &e),
	      KD_INVALID);
	fails(kd_evidence_commit(KD_V("0123"), KD_V("x"), &e), KD_INVALID);
	fails(kd_evidence_commit(KD_V("0123456789ABCDEF0123456789abcdef01234567"), KD_V("x"), &e),
	      KD_INVALID);
	fails(kd_evidence_memory(KD_V("NOTHEX"), 1, KD_V("x"), &e), KD_INVALID);
	fails(kd_evidence_memory(KD_V("0abc"), 1, KD_VNULL, &e), KD_INVALID);
	memset(huge, 'a', sizeof(huge));
	fails(kd_evidence_message(kd_view(huge, sizeof(huge)), KD_V("x"), &e), KD_LIMIT);
	fails(kd_evidence_make(KD_EVIDENCE_MESSAGE, kd_view(huge, sizeof(huge)), KD_V("x"), &e),
	      KD_LIMIT);
	memset(huge, 0xff, sizeof(huge)); /* each byte becomes three */
	fails(kd_evidence_message(kd_view(huge, 400), KD_V("x"), &e), KD_LIMIT);
	assert_null(kd_evidence_message(kd_view(huge, 100), KD_V("x"), &e));
	assert_false(kd_evidence_id_valid(KD_V("e12")));
	assert_false(kd_evidence_id_valid(KD_V("x0123456789ab")));
	assert_false(kd_evidence_id_valid(KD_V("e0123456789AB")));
	assert_false(kd_evidence_id_valid(KD_VNULL));
}

static void claims(void **state)
{
	const char *const two[] = {"e0123456789ab", "eabcdef012345"}, *const turned[] = {two[1],
											 two[0]};
	const char *const twice[] = {two[0], two[0]}, *const wrong[] = {"c0123456789ab"},
			  *const null[] = {NULL};
	struct kd_claim a, b;
	(void)state;

	assert_null(kd_claim_make(KD_V("the page is not mapped"), KD_CLAIM_SUPPORTED,
				  KD_V("investigate"), two, 2, &a));
	assert_int_equal(a.id[0], 'c');
	assert_true(kd_evidence_id_valid(kd_view_of(a.id)));
	assert_null(kd_claim_make(KD_V("the page is not mapped"), KD_CLAIM_VERIFIED,
				  KD_V("investigate"), turned, 2, &b));
	assert_string_equal(a.id, b.id);
	assert_null(kd_claim_make(KD_V("the page is mapped"), KD_CLAIM_VERIFIED,
				  KD_V("investigate"), turned, 2, &b));
	assert_string_not_equal(a.id, b.id);
	/* Evidence or silence. */
	fails(kd_claim_make(KD_V("x"), KD_CLAIM_SUPPORTED, KD_V("y"), NULL, 0, &a), KD_INVALID);
	fails(kd_claim_make(KD_V("x"), KD_CLAIM_REFUTED, KD_V("y"), NULL, 0, &a), KD_INVALID);
	assert_null(kd_claim_make(KD_V("x"), KD_CLAIM_HYPOTHESIS, KD_V("y"), NULL, 0, &a));
	fails(kd_claim_make(KD_VNULL, KD_CLAIM_HYPOTHESIS, KD_V("y"), NULL, 0, &a), KD_INVALID);
	fails(kd_claim_make(KD_V("x"), KD_CLAIM_HYPOTHESIS, KD_VNULL, NULL, 0, &a), KD_INVALID);
	fails(kd_claim_make(KD_V("x\0y"), KD_CLAIM_HYPOTHESIS, KD_V("y"), NULL, 0, &a), KD_INVALID);
	fails(kd_claim_make(KD_V("x"), (enum kd_claim_status)9, KD_V("y"), two, 2, &a), KD_INVALID);
	fails(kd_claim_make(KD_V("x"), KD_CLAIM_SUPPORTED, KD_V("y"), twice, 2, &a), KD_INVALID);
	fails(kd_claim_make(KD_V("x"), KD_CLAIM_SUPPORTED, KD_V("y"), wrong, 1, &a), KD_INVALID);
	fails(kd_claim_make(KD_V("x"), KD_CLAIM_SUPPORTED, KD_V("y"), null, 1, &a), KD_INVALID);
	fails(kd_claim_make(KD_V("x"), KD_CLAIM_SUPPORTED, KD_V("y"), two, KD_CLAIM_EVIDENCE + 1,
			    &a),
	      KD_LIMIT);
	assert_string_equal(kd_claim_status_name(KD_CLAIM_REFUTED), "refuted");
	assert_string_equal(kd_claim_status_name((enum kd_claim_status)9), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_spans), cmocka_unit_test(id_is_stable),
		cmocka_unit_test(checks),    cmocka_unit_test(other_kinds),
		cmocka_unit_test(no_paths),  cmocka_unit_test(not_canonical),
		cmocka_unit_test(claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
