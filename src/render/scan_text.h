/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan_text.h: what a scan found, as a table for a terminal.
 *
 *	struct kd_scan_text_render r;
 *	struct kd_scan_sink sink;
 *	kd_scan_text_begin(&r, &out, &err_out, &sink);
 *	err = kd_scan_list(ctx, &req, &sink, &sum);
 *	kd_scan_text_end(&r, &sum);
 *	kd_scan_text_deinit(&r);
 *
 * Each log with reports has a heading, a table and notes about how it was read. Logs
 * without reports are named when the user named them, and counted when they were found
 * in a directory.
 */
#ifndef KD_RENDER_SCAN_TEXT_H
#define KD_RENDER_SCAN_TEXT_H

#include "render/out.h"
#include "verb/scan.h"

struct kd_scan_text_render {
	struct kd_out *out, *err;
	struct kd_buf first; /* for the next commands: the first log with a report, quoted */
	struct kd_buf several; /* the first few of them */
	unsigned nseveral;
	bool heading; /* of the current log is written */
	bool any; /* something is written */
	bool has_first;
	uint64_t silent,
		silent_foreign; /* logs in directories without report; … without kernel text */
};

void kd_scan_text_begin(struct kd_scan_text_render *r, struct kd_out *out, struct kd_out *err,
			struct kd_scan_sink *sink);
void kd_scan_text_end(struct kd_scan_text_render *r, const struct kd_scan_summary *sum);
void kd_scan_text_deinit(struct kd_scan_text_render *r);

/* "kdoc: crash.log: is an ELF core dump (vmcore), not a log; …": one line. */
void kd_render_problem_text(struct kd_out *o, const struct kd_input_problem *p);

#endif
