/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lint_known.h: the evidence and the claims of answers of kdoc, the evidence looked at once more.
 *
 *	kd_auto(kd_lint_known_deinit) struct kd_lint_known k = KD_LINT_KNOWN_INIT(&arena);
 *	err = kd_lint_known_add(ctx, "answer.json", logs, nlogs, &k);
 *	switch (kd_lint_known_evidence(&k, id)) …
 *	const struct kd_claim_lookup look = kd_lint_known_claims(&k);
 */
#ifndef KD_VERB_LINT_KNOWN_H
#define KD_VERB_LINT_KNOWN_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/hashmap.h"
#include "case/overclaim.h"
#include "verb/lint_log.h"

#define KD_LINT_KNOWN_MAX 200000

enum kd_lint_evidence {
	KD_LINT_NO_EVIDENCE, /* no answer has it */
	KD_LINT_EVIDENCE_UNCHECKED, /* known; nobody could look */
	KD_LINT_EVIDENCE_HOLDS,
	KD_LINT_EVIDENCE_FAILS, /* other bytes are there now */
};

struct kd_lint_known {
	struct kd_hashmap evidence; /* id → enum kd_lint_evidence */
	struct kd_hashmap claim; /* id → struct kd_claim_seen */
	struct kd_arena *arena;
	size_t answers;
	const char *why; /* evidence was not looked at again: the reason; NULL */
};

#define KD_LINT_KNOWN_INIT(a)                                                                                                  \
	((struct kd_lint_known){.evidence = KD_HASHMAP_INIT(KD_LINT_KNOWN_MAX, a),                                             \
				.claim = KD_HASHMAP_INIT(KD_LINT_KNOWN_MAX, a),                                                \
				.arena = (a)})

/*
 * An answer; its evidence is looked for in the logs, and without any in the input that it names. Its numbers are added to
 * `numbers`. Errors of reading the answer alone.
 */
KD_MUST_CHECK struct kd_error *kd_lint_known_add(struct kd_ctx *ctx, const char *answer, const char *const *logs, size_t nlogs,
						 struct kd_lint_log *numbers, struct kd_lint_known *k);
void kd_lint_known_deinit(struct kd_lint_known *k);

enum kd_lint_evidence kd_lint_known_evidence(const struct kd_lint_known *k, struct kd_view id);
struct kd_claim_lookup kd_lint_known_claims(struct kd_lint_known *k);

#endif
