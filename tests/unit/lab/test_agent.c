// SPDX-License-Identifier: GPL-2.0-or-later
#include "../base/check.h"

#include "base/alloc.h"

#include "lab/agent.h"

static void messages(void **state)
{
	struct kd_agent_msg m;

	(void)state;
	assert_true(kd_agent_parse(KD_V("fact cmdline console=ttyS0 quiet"), &m));
	assert_int_equal(m.kind, KD_AGENT_FACT);
	assert_view(m.word, "cmdline");
	assert_view(m.text, "console=ttyS0 quiet");
	assert_true(kd_agent_parse(KD_V("ready\r"), &m) && m.kind == KD_AGENT_READY);
	assert_true(kd_agent_parse(KD_V("begin 12 345"), &m) && m.kind == KD_AGENT_BEGIN);
	assert_true(m.id == 12 && m.number == 345);
	assert_true(kd_agent_parse(KD_V("end 12 139"), &m) && m.number == 139 && m.has_number);
	assert_true(kd_agent_parse(KD_V("end 12 -"), &m) && !m.has_number);
	assert_true(kd_agent_parse(KD_V("out 3  two blanks"), &m));
	assert_view(m.text, " two blanks");
	assert_true(kd_agent_parse(KD_V("out 3 "), &m) && !m.text.n);
	assert_true(kd_agent_parse(KD_V("out 3"), &m) && !m.text.n);
	assert_true(kd_agent_parse(KD_V("eof 7"), &m) && m.kind == KD_AGENT_EOF && m.id == 7);
}

static void no_messages(void **state)
{
	static const char *const lines[] = {"",		 "readyx",     "begin",	  "begin x 1",
					    "begin 1",	 "begin 1 x",  "begin 1 -", "end 1 18446744073709551616",
					    "file -1 2", "eof 1 2",    "fact",	  "out x y"};
	struct kd_agent_msg m;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(lines); i++)
		if (kd_agent_parse(kd_view_of(lines[i]), &m))
			fail_msg("'%s' was taken for a message", lines[i]);
}

/* RFC 4648, section 10. */
static void base64(void **state)
{
	static const char *const t[][2] = {{"", ""},	       {"Zg==", "f"},	     {"Zm8=", "fo"},
					   {"Zm9v", "foo"},    {"Zm9vYg==", "foob"}, {"Zm9vYmE=", "fooba"},
					   {"Zm9vYmFy", "foobar"}};
	static const char *const bad[] = {"Z", "Zm8", "Zg=x", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm!v"};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(t); i++) {
		kd_buf_clear(&b);
		assert_true(kd_agent_base64(kd_view_of(t[i][0]), &b));
		assert_view(kd_buf_view(&b), t[i][1]);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		kd_buf_clear(&b);
		if (kd_agent_base64(kd_view_of(bad[i]), &b))
			fail_msg("'%s' was taken for base64", bad[i]);
	}
	kd_buf_deinit(&b);
	b = KD_BUF_INIT(5);
	assert_false(kd_agent_base64(KD_V("Zm9vYmFy"), &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(no_messages),
		cmocka_unit_test(base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
