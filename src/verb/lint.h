/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lint.h: does a report say more than it can show, and does what it names exist?
 *
 *	struct kd_lint_options o = {.log = logs, .nlogs = 1, .evidence = answers, .nevidence = 1, .tree = "/src/linux"};
 *	err = kd_lint(ctx, reports, n, &o, &sheet);       // sheet.none: something was found
 *
 * A report is Markdown or text that a person or a model wrote, or a JSON answer of kdoc. Words are judged by
 * case/overclaim.h; what is mentioned (case/mention.h) is looked for in the logs, the answers, the tree and the index of
 * git. What was not looked for stands in the table "coverage" with the reason: no finding there does not mean right.
 */
#ifndef KD_VERB_LINT_H
#define KD_VERB_LINT_H

#include "base/ctx.h"
#include "base/sheet.h"
#include "case/overclaim.h"

struct kd_lint_options {
	const char *const *log; /* logs or dumps (the log in them) */
	size_t nlogs;
	const char *const *evidence; /* JSON answers of kdoc with evidence and claims */
	size_t nevidence;
	const char *tree; /* source: folder, tarball, repository; NULL: none */
	const char *at; /* its release or revision; NULL: as it is */
	const char *store; /* index of git; NULL: the usual one */
	const char *memory; /* the team's memory, whose ledger holds claims; NULL: the usual one, if it is there */
};

/*
 * Tables: "findings" (file, line, column, class, words, why, instead), "coverage" (what, mentioned, checked, wrong, reason).
 * Errors: a report, log or answer that cannot be read; a tree that is none.
 */
KD_MUST_CHECK struct kd_error *kd_lint(struct kd_ctx *ctx, const char *const *reports, size_t n, const struct kd_lint_options *o,
				       struct kd_sheet *s);

#endif
