/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * skilllint.h: does what a skill or a command says about kdoc exist, and can every agent program read it?
 *
 *	struct kd_skill_words w = {.check = is_command_line, .user = NULL};
 *	err = kd_skills_lint("skills", &w, &sheet);       // NULL: those of this program; sheet.none: something was found
 *
 * Read are NAME/SKILL.md, and *.md in folders called command or commands. Looked at:
 *
 *   front matter   name (small letters, digits, hyphens, at most 64, as the folder or file is called), description (it says
 *                  when to use it), "last checked on kernel …", there or in the text
 *   size           KD_SKILL_BUDGET, KD_COMMAND_BUDGET
 *   code           `kdoc VERB --option …` in code spans, code blocks, indented lines: the caller knows verbs; `--option` alone; a span
 *                  that is one word with an underscore, or such a word with arguments, is a tool (verb/toolnames.h): a function of
 *                  the kernel is written with (), a struct with "struct"
 *   placeholders   $ARGUMENTS, in commands; everything else is expanded by some program and not by others, or runs something
 *
 * Tables: "findings" (file, line, class, what), "texts" (file, kind, bytes, budget).
 */
#ifndef KD_VERB_SKILLLINT_H
#define KD_VERB_SKILLLINT_H

#include "base/sheet.h"
#include "verb/skill.h"

/* The words behind "kdoc" of a command line, or an option alone. false: *why says what does not exist. */
struct kd_skill_words {
	bool (*check)(void *user, const struct kd_view *words, size_t n, struct kd_buf *why);
	void *user;
};

KD_MUST_CHECK struct kd_error *kd_skills_lint(const char *dir, const struct kd_skill_words *words, struct kd_sheet *s);

/* One text; found is called with the line (1 is the first), a class and a sentence. place: the name that it has to have. */
struct kd_skill_finder {
	const struct kd_skill_words *words;
	void (*found)(void *user, unsigned line, const char *cls, struct kd_view what);
	void *user;
};

void kd_skill_lint_text(struct kd_view text, struct kd_view place, bool command, const struct kd_skill_finder *f);

#endif
