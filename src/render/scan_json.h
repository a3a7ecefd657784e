/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan_json.h: what a scan found, as kdoc.scan/1 (docs/schema/scan.json).
 *
 *	struct kd_scan_json_render r;
 *	struct kd_scan_sink sink;
 *	kd_scan_json_begin(&r, &out, &sink);
 *	err = kd_scan_list(ctx, &req, &sink, &sum);
 *	err = kd_scan_json_end(&r, err, &sum);
 *
 * Streaming: each report is written when it is found. An input has "reports" and "log",
 * or "error"; one that broke off in the middle has all three.
 */
#ifndef KD_RENDER_SCAN_JSON_H
#define KD_RENDER_SCAN_JSON_H

#include "base/json.h"
#include "render/out.h"
#include "verb/scan.h"

struct kd_scan_json_render {
	struct kd_out *out;
	struct kd_json j;
	bool in_input, in_reports;
};

/* Fills *sink; r and out stay where they are until the end. */
void kd_scan_json_begin(struct kd_scan_json_render *r, struct kd_out *out,
			struct kd_scan_sink *sink);

/* Takes err, the scan's result; completes the document when it is NULL. */
KD_MUST_CHECK struct kd_error *kd_scan_json_end(struct kd_scan_json_render *r, struct kd_error *err,
						const struct kd_scan_summary *sum);

/* The members of an error object: class, message, remedy, offset. */
void kd_render_problem_json(struct kd_json *j, const struct kd_input_problem *p);

#endif
