/* SPDX-License-Identifier: GPL-2.0-or-later */
/* embed_ask.h: one request to a server of embeddings (embed.h). */
#ifndef KD_HISTORY_EMBED_ASK_H
#define KD_HISTORY_EMBED_ASK_H

#include "history/embed.h"

struct kd_embed_answer {
	uint32_t dims; /* that every vector must have; 0: those of the first */
	float *v; /* n * dims, on the heap */
};

/*
 * Vectors of n texts in their order. KD_NETWORK, KD_TIMEOUT; KD_BADDATA: the answer is none, lacks one, has one of another
 * size or with what is no number; the server's own message where it gave one.
 */
KD_MUST_CHECK struct kd_error *kd_embed_ask(struct kd_ctx *ctx, const struct kd_embed *e, const struct kd_view *texts, size_t n,
					    struct kd_embed_answer *ret);

/* The answer's part of it: for tests. */
KD_MUST_CHECK struct kd_error *kd_embed_parse(bool ollama, struct kd_view text, size_t n, struct kd_embed_answer *ret);

#endif
