/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_analyze.h: everything that is known at once about a dump: its header, what happened, and the diagnoses that fit the
 * reports in its log or find something in its memory.
 *
 *	struct kd_core_analysis a;
 *	err = kd_core_analyze(ctx, "vmcore", &how, &arena, &a);      // lives as long as the arena
 *	for (i = 0; i < a.n; i++) … a.v[i].title, a.v[i].sheet
 *
 * A part that could not be made is there with the reason; the others are answered.
 */
#ifndef KD_VERB_CORE_ANALYZE_H
#define KD_VERB_CORE_ANALYZE_H

#include "base/ctx.h"
#include "base/sheet.h"

struct kd_dump_options;

enum { KD_ANALYSIS_PARTS = 12 };

struct kd_analysis_part {
	const char *verb; /* whose answer it is: "core deadlock" */
	const char *title;
	struct kd_view why; /* why it was asked: "the log has a hung task" */
	struct kd_view problem; /* why there is no answer; absent: there is */
	struct kd_sheet sheet;
};

struct kd_core_analysis {
	struct kd_analysis_part *v;
	size_t n;
	struct kd_view host; /* nodename of the kernel; absent */
	struct kd_view date; /* "2026-11-21", of the crash; absent: not known */
	struct kd_view dump; /* kd_dump_id() */
};

KD_MUST_CHECK struct kd_error *kd_core_analyze(struct kd_ctx *ctx, const char *path, const struct kd_dump_options *how,
					       struct kd_arena *arena, struct kd_core_analysis *ret);

/*
 * A name for a file about it: "HOST-DATE.md", of letters, digits, '.', '-' and '_' alone, with the dump's id where host or
 * date are not known. The arena's.
 */
struct kd_view kd_core_analysis_name(const struct kd_core_analysis *a, struct kd_arena *arena);

#endif
