// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers of servers of embeddings, in their shapes and in none. */
#include "history/embed_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

enum { NONE = 0 };

static int parse(bool ollama, const char *text, size_t n, struct kd_embed_answer *ret)
{
	struct kd_error *err = kd_embed_parse(ollama, kd_view_of(text), n, ret);
	const int cls = err ? (int)err->cls : NONE;

	kd_error_free(err);
	return cls;
}

static void is_right(bool ollama, const char *text)
{
	struct kd_embed_answer a = {0};

	assert_int_equal(parse(ollama, text, 2, &a), NONE);
	assert_int_equal(a.dims, 3);
	assert_true(a.v[0] > .99f && a.v[0] < 1.01f && a.v[3] < -1.99f && a.v[5] > 3.99f);
	kd_free(a.v);
}

static void test_shapes(void **state)
{
	(void)state;
	is_right(false, "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[1,0,0]},"
			"{\"object\":\"embedding\",\"index\":1,\"embedding\":[-2.0,0,4e0]}],\"usage\":{\"total_tokens\":8}}");
	is_right(false, "{\"data\":[{\"index\":1,\"embedding\":[-2,0,4]},{\"index\":0,\"embedding\":[1,0,0]}]}");
	is_right(false, "{\"data\":[{\"embedding\":[1,0,0]},{\"embedding\":[-2,0,4]}]}");
	is_right(true, "{\"model\":\"m\",\"embeddings\":[[1,0,0],[-2,0,4]],\"total_duration\":1}");
}

static void test_wrong(void **state)
{
	static const char *const bad[] = {
		"", "[]", "{", "{\"data\":{}}", "{\"data\":[]}", "{\"data\":[{\"index\":0,\"embedding\":[1]}]}",
		"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}",
		"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":2,\"embedding\":[1]}]}",
		"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[]}]}",
		"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[null]}]}",
		"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1e300]}]}",
		"{\"data\":[{\"index\":0,\"embedding\":\"AAAA\"},{\"index\":1,\"embedding\":[1]}]}",
		"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1,2]}]}",
		"{\"error\":{\"message\":\"no\"}}",
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_embed_answer a = {0};

		assert_int_not_equal(parse(false, bad[i], 2, &a), NONE);
		kd_free(a.v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_shapes), cmocka_unit_test(test_wrong)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
