/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * skill.h: what a model has to know to work with kdoc: skills (knowledge, read when it is needed) and commands (a step of the
 * workflow that a person calls by name). The texts are those of skills/, compiled in by tools/embed-skills: they are as old as the
 * program that they speak of.
 *
 *	const struct kd_skill *s = kd_skill_named(KD_V("kdoc-triage"));
 *	kd_skill_fill(s->text, args, &buf);                      // a prompt: $ARGUMENTS replaced
 *
 *	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(KD_SKILL_PATH), text = KD_BUF_INIT(KD_SKILL_BYTES);
 *	err = kd_skill_render(s, KD_AGENT_GEMINI, &path, &text); // ".gemini/commands/kdoc/triage.toml" and its content
 *
 * The form of a source (SKILL.md of the folder NAME, or commands/NAME.md):
 *
 *	---
 *	name: NAME
 *	description: what it is and when it is to be used, one line
 *	last-checked: kernel 7.2
 *	---
 *	Markdown; $ARGUMENTS, in commands alone, is what the caller wrote behind the name
 *
 * All of the table is static and const.
 */
#ifndef KD_VERB_SKILL_H
#define KD_VERB_SKILL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

enum {
	KD_SKILL_BUDGET = 6144, /* bytes of the source of a skill */
	KD_COMMAND_BUDGET = 2048, /* … of a command */
	KD_SKILL_BYTES = 16 << 10, /* enough for what is rendered */
	KD_SKILL_PATH = 256,
};

struct kd_skill {
	const char *name; /* "crash-triage", "kdoc-triage" */
	const char *description; /* one line */
	const char *checked; /* "kernel 7.2": what it was last checked on */
	bool command; /* called by its name, with arguments */
	struct kd_view text; /* Markdown without front matter */
	struct kd_view source; /* the whole file */
};

/* All: skills by name, then commands by name. *ret_n is their number. */
const struct kd_skill *kd_skills(size_t *ret_n);

/* NULL: there is none of that name. */
const struct kd_skill *kd_skill_named(struct kd_view name);

/* Append text with args in the place of each $ARGUMENTS. false: it did not fit. */
bool kd_skill_fill(struct kd_view text, struct kd_view args, struct kd_buf *ret);

/* ---- layouts of agent programs ---- */

/*
 * Programs, and behind them those that keep what is for all projects of a user in another way than what is for one. Sources:
 * https://opencode.ai/docs/config, https://code.claude.com/docs/en/mcp (scopes), and what tests/run/agents sees them read.
 */
enum kd_agent {
	KD_AGENT_OPENCODE,
	KD_AGENT_CLAUDE,
	KD_AGENT_CODEX,
	KD_AGENT_GEMINI,
	KD_AGENT_PROGRAMS,
	KD_AGENT_OPENCODE_USER = KD_AGENT_PROGRAMS,
	KD_AGENT_CLAUDE_USER,
	KD_NAGENTS,
};

/* Names are below the folder of an installation. */
struct kd_agent_layout {
	const char *name, *title; /* "opencode-user", "OpenCode" */
	enum kd_agent form; /* the program */
	enum kd_agent user; /* for all projects of a user, below the home folder */
	const char *settings[3]; /* the first one is made; NULL at the end */
	const char *section; /* in them, where the entry stands */
	const char *skills, *commands; /* folders, "/" at their ends; commands NULL: they are skills there */
	const char *former_skills, *former_commands; /* where an older kdoc put them; NULL: there */
	const char *ending; /* of a command */
};

const struct kd_agent_layout *kd_agent_layout(enum kd_agent agent);

/* NULL past the end. */
const char *kd_agent_name(unsigned agent);
const char *kd_agent_title(unsigned agent); /* "Claude Code" */

/*
 * One skill or command as a file of that program: path below the folder where it is installed, and its content, both appended.
 * KD_LIMIT when a buffer is too small.
 */
KD_MUST_CHECK struct kd_error *kd_skill_render(const struct kd_skill *s, enum kd_agent agent, struct kd_buf *path, struct kd_buf *text);

#endif
