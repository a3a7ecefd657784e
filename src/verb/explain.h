/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain.h: a report annotated line by line for a reader who learns.
 *
 *	struct kd_explain_request req = {.name = "crash.log"};
 *	kd_auto(kd_explanation_freep) struct kd_explanation *e = NULL;
 *	err = kd_explain(ctx, src, &req, &e);
 *
 * Each line of the report carries notes: what it says in this report, what it does not
 * prove, what to look at next. A note about a kind of line that repeats (frames) is
 * given once, where it first matters. The playbook of the kind and the notes that hold
 * for the context (interrupt, KASLR, sanitizer, panic_on_oops) follow.
 */
#ifndef KD_VERB_EXPLAIN_H
#define KD_VERB_EXPLAIN_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/source.h"
#include "report/scan.h"
#include "verb/playbook.h"

enum kd_note_type {
	KD_NOTE_SAYS, /* what the line says here */
	KD_NOTE_NOT,  /* what it does not prove */
	KD_NOTE_NEXT, /* what to look at next */
};

struct kd_note {
	uint8_t type; /* enum kd_note_type */
	struct kd_view text;
};

struct kd_expl_line {
	uint64_t no;	     /* line number in the log */
	struct kd_view text; /* without its prefix */
	uint8_t role;	     /* enum kd_role */
	struct kd_note *notes;
	size_t nnotes;
};

/* A general note that applies to this report: topic and why it applies. */
struct kd_expl_general {
	const char *section; /* heading in the playbook "general" */
	const struct kd_playbook_section *body;
	struct kd_view why; /* "the stack was printed from an interrupt (line 14)" */
};

struct kd_explain_request {
	const char *name;
	uint32_t report; /* from 1; 0: the first domino */
};

struct kd_explanation {
	struct kd_arena arena;
	struct kd_reports *reports; /* owned */
	struct kd_view input; /* its name without folders */
	struct kd_view arg;   /* as the user wrote it, quoted for a shell */
	struct kd_view damaged; /* why a packed input could not be read to its end; else absent */
	const struct kd_report *r; /* NULL: the log holds no report */
	uint32_t number, total;
	struct kd_expl_line *lines;
	size_t nlines;
	const struct kd_playbook *playbook; /* NULL: none for this kind */
	struct kd_expl_general *general;
	size_t ngeneral;
	bool limited;
};

/* KD_NOTFOUND when request.report does not exist in the log. */
struct kd_error *kd_explain(struct kd_ctx *ctx, struct kd_source *src,
			    const struct kd_explain_request *req,
			    struct kd_explanation **ret) KD_MUST_CHECK;

void kd_explanation_free(struct kd_explanation *e);
void kd_explanation_freep(struct kd_explanation **e);

/* "says", "does not prove", "look at next"; and the JSON keys. */
const char *kd_note_words(enum kd_note_type t);
const char *kd_note_key(enum kd_note_type t);

#endif
