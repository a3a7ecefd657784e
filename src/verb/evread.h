/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evread.h: an answer of kdoc as JSON, and the evidence in it: objects with a locator and a digest.
 *
 *	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_ANSWER_MAX);
 *	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
 *	err = kd_answer_read("answer.json", &text, &doc);
 *	kd_answer_evidence(kd_jsonin_root(doc), fn, user);
 *	kd_answer_input(kd_jsonin_root(doc), &name);          // what it was made of
 */
#ifndef KD_VERB_EVREAD_H
#define KD_VERB_EVREAD_H

#include "base/buf.h"
#include "base/jsonin.h"
#include "evidence/evidence.h"

#define KD_ANSWER_MAX ((size_t)64 << 20)

/* "-": standard input. KD_BADDATA: no JSON; KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_answer_read(const char *path, struct kd_buf *text, struct kd_jsonin **ret);

/* Called for each; id absent when none is stated. */
typedef void kd_answer_fn(void *user, struct kd_view locator, struct kd_view digest, struct kd_view id);
void kd_answer_evidence(struct kd_jval v, kd_answer_fn *fn, void *user);

/* The record of such an object. false: kind, locator, digest and id do not belong together. */
bool kd_answer_record(struct kd_view locator, struct kd_view digest, struct kd_view id, struct kd_evidence *ret);

bool kd_answer_input(struct kd_jval root, struct kd_view *ret);

#endif
