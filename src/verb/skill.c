// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/skill.h"

#include "base/alloc.h"
#include "verb/skill_table.h"

static const struct kd_view ARGUMENTS = {"$ARGUMENTS", 10};

const struct kd_skill *kd_skills(size_t *ret_n)
{
	*ret_n = kd_skill_table_n;
	return kd_skill_table;
}

const struct kd_skill *kd_skill_named(struct kd_view name)
{
	for (size_t i = 0; i < kd_skill_table_n; i++)
		if (kd_view_eq(kd_view_of(kd_skill_table[i].name), name))
			return &kd_skill_table[i];
	return NULL;
}

bool kd_skill_fill(struct kd_view text, struct kd_view args, struct kd_buf *ret)
{
	struct kd_view before;

	while (kd_view_take_until(&text, ARGUMENTS, &before)) {
		kd_buf_add(ret, before);
		kd_buf_add(ret, args);
	}
	kd_buf_add(ret, text);
	return !ret->overflow;
}

/* ---- layouts of agent programs ---- */

/* OpenCode reads skill/ and command/, too: their names of old. */
static const struct kd_agent_layout agents[KD_NAGENTS] = {
	[KD_AGENT_OPENCODE] = {"opencode", "OpenCode", KD_AGENT_OPENCODE, KD_AGENT_OPENCODE_USER, {"opencode.json", "opencode.jsonc"}, "mcp",
			       ".opencode/skills/", ".opencode/commands/", ".opencode/skill/", ".opencode/command/", ".md"},
	[KD_AGENT_CLAUDE] = {"claude", "Claude Code", KD_AGENT_CLAUDE, KD_AGENT_CLAUDE_USER, {".mcp.json"}, "mcpServers",
			     ".claude/skills/", ".claude/commands/", NULL, NULL, ".md"},
	[KD_AGENT_CODEX] = {"codex", "Codex", KD_AGENT_CODEX, KD_AGENT_CODEX, {".codex/config.toml"}, "mcp_servers",
			    ".agents/skills/", NULL, NULL, NULL, NULL},
	[KD_AGENT_GEMINI] = {"gemini", "Gemini CLI", KD_AGENT_GEMINI, KD_AGENT_GEMINI, {".gemini/settings.json"}, "mcpServers",
			     ".gemini/skills/", ".gemini/commands/kdoc/", NULL, NULL, ".toml"},
	[KD_AGENT_OPENCODE_USER] = {"opencode-user", "OpenCode", KD_AGENT_OPENCODE, KD_AGENT_OPENCODE_USER,
				    {".config/opencode/opencode.json", ".config/opencode/opencode.jsonc"}, "mcp",
				    ".config/opencode/skills/", ".config/opencode/commands/", NULL, NULL, ".md"},
	[KD_AGENT_CLAUDE_USER] = {"claude-user", "Claude Code", KD_AGENT_CLAUDE, KD_AGENT_CLAUDE_USER, {".claude.json"}, "mcpServers",
				  ".claude/skills/", ".claude/commands/", NULL, NULL, ".md"},
};

const struct kd_agent_layout *kd_agent_layout(enum kd_agent agent)
{
	return &agents[agent];
}

const char *kd_agent_name(unsigned agent)
{
	return agent < KD_NAGENTS ? agents[agent].name : NULL;
}

const char *kd_agent_title(unsigned agent)
{
	return agent < KD_NAGENTS ? agents[agent].title : NULL;
}

/* Between quotes: what YAML and TOML both read in "…". */
static void add_quoted(struct kd_buf *b, struct kd_view v)
{
	kd_buf_addc(b, '"');
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '"' || v.p[i] == '\\')
			kd_buf_addc(b, '\\');
		kd_buf_addc(b, v.p[i]);
	}
	kd_buf_addc(b, '"');
}

/* The lines of a TOML string between """. */
static void add_toml_lines(struct kd_buf *b, struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '\\' || (v.p[i] == '"' && kd_view_starts(kd_view_from(v, i), KD_V("\"\""))))
			kd_buf_addc(b, '\\');
		kd_buf_addc(b, v.p[i]);
	}
}

static void add_body(const struct kd_skill *s, struct kd_view args, struct kd_buf *b)
{
	kd_skill_fill(kd_view_trim(s->text), args, b);
	kd_buf_printf(b, "\n\nLast checked on %s.\n", s->checked);
}

static void add_markdown(const struct kd_skill *s, bool command, struct kd_view args, struct kd_buf *b)
{
	kd_buf_add(b, KD_V("---\n"));
	if (!command)
		kd_buf_printf(b, "name: %s\n", s->name);
	kd_buf_add(b, KD_V("description: "));
	add_quoted(b, kd_view_of(s->description));
	kd_buf_add(b, KD_V("\n---\n"));
	add_body(s, args, b);
}

static void add_toml(const struct kd_skill *s, struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(KD_SKILL_BYTES);

	add_body(s, KD_V("{{args}}"), &body);
	kd_buf_add(b, KD_V("description = "));
	add_quoted(b, kd_view_of(s->description));
	kd_buf_add(b, KD_V("\nprompt = \"\"\"\n"));
	add_toml_lines(b, kd_buf_view(&body));
	kd_buf_add(b, KD_V("\"\"\"\n"));
	b->overflow |= body.overflow;
}

struct kd_error *kd_skill_render(const struct kd_skill *s, enum kd_agent agent, struct kd_buf *path, struct kd_buf *text)
{
	const bool command = s->command && agents[agent].commands;
	struct kd_view stem = kd_view_of(s->name);

	if (!command) {
		kd_buf_printf(path, "%s%s/SKILL.md", agents[agent].skills, s->name);
		add_markdown(s, false, s->command ? KD_V("(what the user wrote behind the name of this skill)") : ARGUMENTS, text);
	} else if (agents[agent].form == KD_AGENT_GEMINI) { /* the folder is the first half of the name: /kdoc:triage */
		kd_view_skip(&stem, KD_V("kdoc-"));
		kd_buf_printf(path, "%s%.*s%s", agents[agent].commands, KD_VARG(stem), agents[agent].ending);
		add_toml(s, text);
	} else {
		kd_buf_printf(path, "%s%s%s", agents[agent].commands, s->name, agents[agent].ending);
		add_markdown(s, true, ARGUMENTS, text);
	}
	if (path->overflow || text->overflow)
		return kd_error_new(KD_LIMIT, "%s: longer than %zu bytes for %s", s->name, text->max, agents[agent].title);
	return NULL;
}
