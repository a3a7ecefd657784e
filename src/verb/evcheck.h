/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evcheck.h: the evidence in one of kdoc's answers, checked once more against what it was taken from.
 *
 *	err = kd_evidence_recheck(ctx, "answer.json", NULL, &sheet);      // the input that the answer names
 *
 * An answer is any JSON of kdoc; its evidence are the objects in it with a locator and a digest. Spans of a log are read
 * from the unpacked log (of a dump: from the log in it), memory from the dump. Of evidence of other kinds it is said
 * that it was not checked.
 */
#ifndef KD_VERB_EVCHECK_H
#define KD_VERB_EVCHECK_H

#include "base/ctx.h"
#include "base/sheet.h"
#include "evidence/evidence.h"

struct kd_dump;

/*
 * s->none: something is not what it was. KD_BADDATA: the answer is no JSON, or has no evidence; errors of the input.
 * input NULL: what the answer's "file" or "input" names, relative to the working folder.
 */
KD_MUST_CHECK struct kd_error *kd_evidence_recheck(struct kd_ctx *ctx, const char *answer, const char *input, struct kd_sheet *s);

/* The same of an answer that was read already; name is for messages. */
KD_MUST_CHECK struct kd_error *kd_evidence_recheck_text(struct kd_ctx *ctx, struct kd_view answer, const char *name, const char *input,
							struct kd_sheet *s);
/*
 * Memory of a dump whose space was asked for (kd_dump_need_space). KD_CHECK_NEEDS: it is of another dump; GONE: *why says what the dump
 * lacks (in the arena).
 */
enum kd_check kd_evidence_memory_again(struct kd_dump *d, const struct kd_evidence *e, struct kd_arena *a, struct kd_view *why);

#endif
