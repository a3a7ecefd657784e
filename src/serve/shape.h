/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shape.h: an answer of any length → a tool result of a bounded length, as text and as structuredContent.
 *
 *	struct kd_shape s = {.status = "answered", .body = out, .limit = kd_shape_limit(detail), .answers = answers};
 *	kd_shape_note(&s, KD_V("the log was cut"));
 *	s.next = row->next;
 *	kd_shape_text(&s, &members);      // "content":[…],"structuredContent":{…}
 *
 * Text and structuredContent say the same, each within the limit: some clients show a model only the one, some only the
 * other. What does not fit is kept under a handle that the tool `more` opens, and the answer says how much there is.
 */
#ifndef KD_SERVE_SHAPE_H
#define KD_SERVE_SHAPE_H

#include "base/buf.h"
#include "base/jsonin.h"
#include "base/view.h"
#include "serve/answer.h"
#include "serve/verbtool.h"

enum {
	KD_SHAPE_NOTES = 10, /* notes of an answer, */
	KD_SHAPE_NOTE_MAX = 240, /* bytes of one */
	KD_SHAPE_EVIDENCE = 24, /* ids of evidence; of a brief answer fewer */
	KD_SHAPE_OMITTED = 24, /* places that a JSON answer leaves out by name */
};

struct kd_shape {
	const char *status; /* "answered", "nothing", "error", "refused" */
	struct kd_view body; /* the whole answer; borrowed */
	size_t from; /* byte of it to begin with */
	size_t limit; /* bytes of the result's text */
	struct kd_view handle; /* under which the body is kept already; KD_VNULL: it is put into answers when it does not fit */
	struct kd_answers *answers;
	struct kd_view notes[KD_SHAPE_NOTES];
	size_t nnotes, more_notes, note_bytes;
	const struct kd_vt_next *next; /* .tool NULL at the end; NULL: none */
	bool error;
};

size_t kd_shape_limit(enum kd_vt_detail detail);

/* Without blanks around it; borrowed. They get a quarter of the limit, which has to be set before. */
void kd_shape_note(struct kd_shape *s, struct kd_view note);

/* Members of the result: content, structuredContent, isError. */
void kd_shape_text(const struct kd_shape *s, struct kd_buf *ret);

/*
 * The same of a JSON answer: the part at the JSON pointer `at` ("" for all), with arrays, texts and depth cut until it fits,
 * and {"omitted": {"/reports": 12}} that says where how much is left out. KD_INVALID: no such part; KD_BADDATA: no JSON.
 */
KD_MUST_CHECK struct kd_error *kd_shape_json(const struct kd_shape *s, struct kd_view at, struct kd_buf *ret);

/* Lines that tell a shell's user what to type next ("NEXT  kdoc …") are taken out; bytes, in place of dst. */
void kd_shape_clean(struct kd_view text, struct kd_buf *ret);

/* ---- shared by shape.c and shapejson.c ---- */

struct kd_json;
void kd_shape_tail_text(const struct kd_shape *s, bool cut, struct kd_buf *b);
void kd_shape_tail_json(const struct kd_shape *s, struct kd_json *j);
void kd_shape_finish(const struct kd_shape *s, struct kd_view text, struct kd_view structured, struct kd_buf *ret);
size_t kd_shape_escaped(struct kd_view v); /* bytes as a JSON string, without the quotes */

#endif
