/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lint_log.h: logs as a place to look things up: lines without their prefixes, numbers.
 *
 *	kd_auto(kd_lint_log_deinit) struct kd_lint_log l = KD_LINT_LOG_INIT;
 *	err = kd_lint_log_add(ctx, "crash.log", &l);
 *	kd_lint_log_numbers(&l, json_text);          // numbers of something else
 *	kd_lint_log_sort(&l);                        // once, before the first question
 *	kd_lint_log_has_line(&l, KD_V("RIP: 0010:foo+0x1/0x2"))
 */
#ifndef KD_VERB_LINT_LOG_H
#define KD_VERB_LINT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/vec.h"
#include "base/view.h"

#define KD_LINT_LOG_MAX ((size_t)256 << 20) /* bytes of all logs without prefixes */
#define KD_LINT_NUMBERS_MAX 8000000

struct kd_lint_log {
	struct kd_buf text; /* lines, blanks made one */
	KD_VEC(uint64_t) number;
	bool cut; /* something did not fit: what is not found may be there */
};

#define KD_LINT_LOG_INIT ((struct kd_lint_log){.text = KD_BUF_INIT(KD_LINT_LOG_MAX)})

/* KD_LIMIT is none: what does not fit is left out, and cut says so. */
KD_MUST_CHECK struct kd_error *kd_lint_log_add(struct kd_ctx *ctx, const char *path, struct kd_lint_log *l);
void kd_lint_log_numbers(struct kd_lint_log *l, struct kd_view text);
void kd_lint_log_sort(struct kd_lint_log *l);
void kd_lint_log_deinit(struct kd_lint_log *l);

/* A line as somebody quotes it: prefixes, blanks and "…" for what was left out do not count. */
bool kd_lint_log_has_line(const struct kd_lint_log *l, struct kd_view line);
/* words stand in it, and are no part of longer ones. */
bool kd_lint_log_has_words(const struct kd_lint_log *l, struct kd_view words);
bool kd_lint_log_has_number(const struct kd_lint_log *l, uint64_t value);

#endif
