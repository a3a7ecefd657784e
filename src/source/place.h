/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place.h: a place in the source, as a trace or debug info gives it, and its text.
 *
 *	struct kd_place_req req = {.file = KD_V("mm/slub.c"), .func = KD_V("kfree"), .line = 4561};
 *	struct kd_place p;
 *	err = kd_place_open(tree, &req, &p);
 *	if (!err && p.why_not.n)
 *		…                                  // no text, and why
 *	else if (!err)
 *		… kd_place_line(&p, n) for n = p.first … p.last; p.warning
 *	kd_place_deinit(&p);
 *
 * The line is checked against the function: text is never shown as "the place" when the file has no
 * such line, or when the line is in another function than the trace says; then `warning` says
 * what does not fit. A line of an inlined helper is in the helper's file: give that function.
 */
#ifndef KD_SOURCE_PLACE_H
#define KD_SOURCE_PLACE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"
#include "source/body.h"
#include "source/tree.h"

enum kd_place_fit {
	KD_PLACE_FITS, /* the line is within the function */
	KD_PLACE_NO_LINE, /* no line was given: the function's whole body */
	KD_PLACE_NO_FUNCTION, /* no function was given: lines around the line */
	KD_PLACE_OTHER_FUNCTION, /* the line is not within the function: the tree is another one */
	KD_PLACE_NOT_THERE, /* the file has no such function, or no such line */
};

struct kd_place_req {
	struct kd_view file; /* as debug info or a report has it */
	struct kd_view func; /* absent: whatever is around the line */
	uint32_t line; /* 0: not known */
};

struct kd_place {
	struct kd_arena arena;
	struct kd_buf text; /* the file */
	struct kd_bodies bodies;
	struct kd_view path; /* in the tree */
	struct kd_body body; /* of the function; name absent: none */
	uint32_t first, last; /* lines to show; 0: none */
	uint32_t marked; /* the line that was asked for, or 0 */
	enum kd_place_fit fit;
	struct kd_view warning; /* absent: nothing speaks against it */
	struct kd_view why_not; /* absent: there is text */
	const char **line; /* starts of lines, by number - 1 */
	uint32_t nlines;
};

/* Errors of the tree; a file or function that is not there is an answer (why_not), no error. */
KD_MUST_CHECK struct kd_error *kd_place_open(struct kd_tree *t, const struct kd_place_req *req,
					     struct kd_place *ret);
void kd_place_deinit(struct kd_place *p);

/* Line n from 1, without its newline; absent when the file is shorter. */
struct kd_view kd_place_line(const struct kd_place *p, uint32_t n);

#endif
