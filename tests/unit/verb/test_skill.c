// SPDX-License-Identifier: GPL-2.0-or-later
/* Skills as each agent program has them; names of tools; what kdoc may delete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "verb/agent_internal.h"
#include "verb/skilllint.h"
#include "verb/toolnames.h"

static void test_table(void **state)
{
	size_t n;
	const struct kd_skill *s = kd_skills(&n);

	(void)state;
	assert_int_equal(n, 19);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(kd_skill_named(kd_view_of(s[i].name)), &s[i]);
		assert_true(kd_view_ends(s[i].source, s[i].text));
		assert_true(s[i].source.n <= (s[i].command ? KD_COMMAND_BUDGET : KD_SKILL_BUDGET));
		assert_true(s[i].command == kd_view_starts(kd_view_of(s[i].name), KD_V("kdoc-")));
		assert_true(s[i].command == kd_view_has(s[i].text, KD_V("$ARGUMENTS")));
		if (i)
			assert_true(s[i - 1].command < s[i].command || strcmp(s[i - 1].name, s[i].name) < 0);
	}
	assert_null(kd_skill_named(KD_V("crash")));
}

static void test_fill(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(40), small = KD_BUF_INIT(4);

	(void)state;
	assert_true(kd_skill_fill(KD_V("a $ARGUMENTS b $ARGUMENTS"), KD_V("$ARGUMENTS"), &b));
	assert_string_equal(b.p, "a $ARGUMENTS b $ARGUMENTS");
	kd_buf_clear(&b);
	assert_true(kd_skill_fill(KD_V("$ARGUMENTS"), KD_V(""), &b));
	assert_int_equal(b.n, 0);
	assert_false(kd_skill_fill(KD_V("$ARGUMENTS"), KD_V("12345"), &small));
}

static const struct kd_skill odd = {
	.name = "kdoc-odd", .description = "a \"b\" \\c", .checked = "kernel 1", .command = true, .text = {"x \\n \"\"\"\" $ARGUMENTS\n", 21}};

static void rendered(enum kd_agent agent, const char *path, const char *text)
{
	kd_auto(kd_buf_deinit) struct kd_buf p = KD_BUF_INIT(KD_SKILL_PATH), t = KD_BUF_INIT(KD_SKILL_BYTES);

	assert_null(kd_skill_render(&odd, agent, &p, &t));
	assert_string_equal(p.p, path);
	assert_string_equal(t.p, text);
}

static void test_render(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf p = KD_BUF_INIT(KD_SKILL_PATH), t = KD_BUF_INIT(8);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	static const char markdown[] = "---\ndescription: \"a \\\"b\\\" \\\\c\"\n---\nx \\n \"\"\"\" $ARGUMENTS\n\nLast checked on kernel 1.\n";

	(void)state;
	rendered(KD_AGENT_OPENCODE, ".opencode/commands/kdoc-odd.md", markdown);
	rendered(KD_AGENT_CLAUDE, ".claude/commands/kdoc-odd.md", markdown);
	rendered(KD_AGENT_CODEX, ".agents/skills/kdoc-odd/SKILL.md",
		 "---\nname: kdoc-odd\ndescription: \"a \\\"b\\\" \\\\c\"\n---\nx \\n \"\"\"\" (what the user wrote behind the name of this skill)\n\n"
		 "Last checked on kernel 1.\n");
	rendered(KD_AGENT_GEMINI, ".gemini/commands/kdoc/odd.toml",
		 "description = \"a \\\"b\\\" \\\\c\"\nprompt = \"\"\"\nx \\\\n \\\"\\\"\\\"\" {{args}}\n\nLast checked on kernel 1.\n\"\"\"\n");
	err = kd_skill_render(&odd, KD_AGENT_CLAUDE, &p, &t);
	assert_int_equal(err->cls, KD_LIMIT);
	assert_null(kd_agent_name(KD_NAGENTS));
}

/* What is rendered, kdoc may delete again; and nothing else. */
static void test_owns(void **state)
{
	static const char *const others[] = {"", "/", "..", ".claude", ".claude/skills/", ".claude/skills//SKILL.md", ".claude/skills/../SKILL.md",
					     ".claude/skills/a/b/SKILL.md", ".claude/skills/a/skill.md", ".claude/commands/a/b.md",
					     ".claude/commands/.md", ".claude/commands/a.sh", "/.claude/commands/a.md", ".claude/settings.json",
					     ".opencode/command/a.md", ".claude/commands/a\n.md"};
	size_t n;
	const struct kd_skill *s = kd_skills(&n);

	(void)state;
	for (unsigned agent = 0; agent < KD_NAGENTS; agent++)
		for (size_t i = 0; i < n; i++) {
			kd_auto(kd_buf_deinit) struct kd_buf p = KD_BUF_INIT(KD_SKILL_PATH), t = KD_BUF_INIT(KD_SKILL_BYTES);

			assert_null(kd_skill_render(&s[i], agent, &p, &t));
			assert_true(kd_agent_owns(agent, kd_buf_view(&p)));
		}
	for (size_t i = 0; i < KD_ARRAY_LEN(others); i++)
		if (kd_agent_owns(KD_AGENT_CLAUDE, kd_view_of(others[i])))
			fail_msg("owned: %s", others[i]);
}

static void test_tools(void **state)
{
	const char *const *t = kd_tool_names();

	(void)state;
	for (size_t i = 0; t[i]; i++) {
		assert_true(kd_tool_known(kd_view_of(t[i])));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(t[i], t[j]);
	}
	assert_false(kd_tool_known(KD_V("scan")));
	assert_false(kd_tool_known(KD_V("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table), cmocka_unit_test(test_fill),  cmocka_unit_test(test_render),
		cmocka_unit_test(test_owns),  cmocka_unit_test(test_tools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
