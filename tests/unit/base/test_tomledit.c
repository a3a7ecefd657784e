// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/tomledit.h"
#include "check.h"

static struct kd_tomlplace find(const char *text)
{
	struct kd_tomlplace at;

	assert_ok(kd_tomledit_find(kd_view_of(text), "mcp_servers", "kdoc", &at));
	return at;
}

static void test_foreign(void **state)
{
	static const char *const mine[] = {
		"[mcp_servers.kdoc]\n",
		"model = \"x\"\n [ mcp_servers . \"kdoc\" ]\n",
		"[mcp_servers.kdoc.env]\nA = \"1\"\n",
		"[mcp_servers]\nkdoc = {command = \"x\"}\n",
		"[mcp_servers]\nkdoc.command = \"x\"\n",
		"mcp_servers.kdoc.command = \"x\"\n",
		"mcp_servers = {other = {}}\n",
		"\xef\xbb\xbf[mcp_servers.'kdoc']\r\n",
	};
	static const char *const others[] = {
		"",
		"model = \"x\"",
		"[mcp_servers.other]\ncommand = \"kdoc\"\n",
		"[mcp_servers]\nother = {}\n",
		"[mcp_servers.kdocs]\n",
		"# [mcp_servers.kdoc]\n",
		"a = \"\"\"\n[mcp_servers.kdoc]\n\"\"\"\"\"\nb = '''\n[mcp_servers.kdoc]'''\n",
		"[x]\nmcp_servers.kdoc = 1\n[y]\nkdoc = 1\n",
		"a = \"\\\"[mcp_servers.kdoc]\" # \"\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(mine) / sizeof(*mine); i++)
		if (!find(mine[i]).foreign)
			fail_msg("not seen: %s", mine[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (find(others[i]).foreign)
			fail_msg("seen: %s", others[i]);
	assert_int_equal(find("a = 1\n[mcp_servers.kdoc]\n").foreign_at, 6);
}

static void test_block(void **state)
{
	const struct kd_tomlplace at = find("a = 1\n\n" KD_TOMLEDIT_BEGIN "[mcp_servers.kdoc]\n" KD_TOMLEDIT_END "[x]\nkdoc = 1\n");

	(void)state;
	assert_true(at.has_block && !at.foreign);
	assert_int_equal(at.start, 7);
	assert_int_equal(at.end, 7 + sizeof(KD_TOMLEDIT_BEGIN "[mcp_servers.kdoc]\n" KD_TOMLEDIT_END) - 1);
	assert_true(find(KD_TOMLEDIT_BEGIN KD_TOMLEDIT_END "[mcp_servers.kdoc]\n").foreign);
}

static void test_refused(void **state)
{
	struct kd_tomlplace at;

	(void)state;
	assert_error(kd_tomledit_find(KD_V("a = \"x\nb = 1\n"), "t", "n", &at), KD_BADDATA, "end");
	assert_error(kd_tomledit_find(KD_V("a = '''x\n"), "t", "n", &at), KD_BADDATA, "end");
	assert_error(kd_tomledit_find(KD_V("a = \"x\\"), "t", "n", &at), KD_BADDATA, "end");
	assert_error(kd_tomledit_find(KD_V(KD_TOMLEDIT_BEGIN "[x]\n"), "t", "n", &at), KD_BADDATA, "without");
	assert_error(kd_tomledit_find(KD_V(KD_TOMLEDIT_BEGIN KD_TOMLEDIT_END KD_TOMLEDIT_BEGIN KD_TOMLEDIT_END), "t", "n", &at),
		     KD_BADDATA, "twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
