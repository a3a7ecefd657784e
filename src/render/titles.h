/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * titles.h: one JSON array with one small object per report, for outside tools and
 * corpora: title, alt, type, frame, func, corrupted, suppressed, panicked, executor,
 * start_line, end_line, guilty_file. Titles are syzbot's (docs/titles.md).
 *
 *	struct kd_titles_render t;
 *	struct kd_scan_sink sink;
 *	kd_titles_begin(&t, &out, &err_out, &sink);
 *	err = kd_scan_list(ctx, &req, &sink, &sum);
 *	err = kd_titles_end(&t, err);
 *
 * suppressed and panicked are facts of the whole log and stand in each of its objects.
 */
#ifndef KD_RENDER_TITLES_H
#define KD_RENDER_TITLES_H

#include "base/json.h"
#include "render/out.h"
#include "verb/scan.h"

struct kd_titles_render {
	struct kd_json j;
	struct kd_out *err;
};

/* Problems are told as text in err: the array has no place for them. */
void kd_titles_begin(struct kd_titles_render *t, struct kd_out *out, struct kd_out *err,
		     struct kd_scan_sink *sink);
KD_MUST_CHECK struct kd_error *kd_titles_end(struct kd_titles_render *t, struct kd_error *err);

#endif
