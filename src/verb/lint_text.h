/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lint_text.h: a report as text: as it is, or what is said in a JSON answer of kdoc.
 *
 *	kd_auto(kd_lint_text_deinit) struct kd_lint_text t = KD_LINT_TEXT_INIT;
 *	err = kd_lint_text_read(ctx, "report.md", &t);
 *	kd_prose_read(kd_buf_view(&t.text), …);
 *	kd_lint_text_place(&t, &prose, offset, &line, &column);   // where that stands in the file
 *
 * Of an answer each string that says something is a paragraph of its own; ids, locators, quotations of logs, commands are
 * left out by the name of their member: they are what the answer shows, and `kdoc evidence check` is for them.
 */
#ifndef KD_VERB_LINT_TEXT_H
#define KD_VERB_LINT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/vec.h"
#include "case/prose.h"

struct kd_lint_piece {
	size_t at, raw; /* in the text, in the file */
};

struct kd_lint_text {
	struct kd_buf text;
	struct kd_buf file; /* of an answer: the JSON */
	KD_VEC(struct kd_lint_piece) piece; /* of an answer */
	bool answer;
};

#define KD_LINT_TEXT_INIT                                                                                                      \
	((struct kd_lint_text){.text = KD_BUF_INIT(KD_PROSE_MAX), .file = KD_BUF_INIT(KD_PROSE_MAX)})

KD_MUST_CHECK struct kd_error *kd_lint_text_read(struct kd_ctx *ctx, const char *path, struct kd_lint_text *t);
void kd_lint_text_deinit(struct kd_lint_text *t);

/* Line and column of the file, from 1. */
void kd_lint_text_place(const struct kd_lint_text *t, const struct kd_prose *p, size_t offset, uint64_t *line_ret, uint64_t *column_ret);

#endif
