/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * embed.h: vectors of commits by a language model that a server of the user's runs (llama.cpp, vLLM, Ollama …). Nobody is asked
 * unless an address was configured.
 *
 *	struct kd_embed e;
 *	err = kd_embed_config(config, &e);                // !e.on: not configured
 *	err = kd_embed_all(ctx, &e, store, watch, user);  // commits that have none yet
 *	err = kd_embed_open(store, &e, &v);               // !v.docs: none; by another model: KD_CONFLICT
 *	err = kd_embed_query(ctx, &e, &v, &fixquery);
 *	float near = kd_embed_near(&v, doc);
 *
 * Configuration: embed.url ("http://127.0.0.1:8080"), embed.model, embed.api ("openai": POST URL/v1/embeddings; "ollama": POST
 * URL/api/embed), embed.batch (texts a request, 32), embed.weight (of the part of the score: percent, 100). A key that the server wants is in
 * the environment variable KDOC_EMBED_TOKEN. The shapes: OpenAI's API reference, "Create embeddings"; Ollama's docs/api.md,
 * "Generate Embeddings".
 *
 * A commit's text: subject, message, files and functions, KD_EMBED_TEXT bytes of it. A report's: the lines that say what happened,
 * functions and files of the stack, a person's words.
 *
 * A file "embeddings" beside the segments, little endian: "kdocKDE\n", u32 version, u32 dimensions, u32 length of the model's name,
 * u32 kd_check32 of the name, the name, zeros to KD_EMBED_HEAD; then for each commit, in the order of their numbers, u64 head of its
 * object id, i8 per dimension (length 1 is 127). Answers are appended as they come: an interrupted run goes on where it was.
 */
#ifndef KD_HISTORY_EMBED_H
#define KD_HISTORY_EMBED_H

#include "base/config.h"
#include "base/ctx.h"
#include "history/query.h"
#include "history/store.h"

#define KD_EMBED_VERSION 1u
#define KD_EMBED_HEAD 512u
#define KD_EMBED_DIMS_MAX 8192u
#define KD_EMBED_TEXT 2000u
#define KD_EMBED_BATCH_MAX 1024u

struct kd_embed {
	bool on, ollama;
	char *url, *model; /* the whole address of the request */
	unsigned batch;
	double weight;
};

/* KD_INVALID: what is configured makes no sense. */
KD_MUST_CHECK struct kd_error *kd_embed_config(const struct kd_config *c, struct kd_embed *ret);
void kd_embed_deinit(struct kd_embed *e);

/*
 * KD_CONFLICT: what is there was made by another model or is of another size (again: it is thrown away). KD_NETWORK, KD_BADDATA
 * with what the server said. What came before an error is kept; *ret: how many are new.
 */
KD_MUST_CHECK struct kd_error *kd_embed_all(struct kd_ctx *ctx, const struct kd_embed *e, const struct kd_store *st, bool again,
					    void (*watch)(void *user, uint64_t done, uint64_t total), void *user, uint64_t *ret);

struct kd_embedded {
	uint32_t docs, dims; /* docs: the first so many commits have one; 0: there are none */
	const uint8_t *rows;
	void *map;
	size_t size;
	int8_t *query;
	float weight;
};

KD_MUST_CHECK struct kd_error *kd_embed_open(const struct kd_store *st, const struct kd_embed *e, struct kd_embedded *ret);
void kd_embed_close(struct kd_embedded *v);

KD_MUST_CHECK struct kd_error *kd_embed_query(struct kd_ctx *ctx, const struct kd_embed *e, struct kd_embedded *v,
					      const struct kd_fixquery *q);

/* -1 … 1; doc < v->docs, after kd_embed_query(). */
float kd_embed_near(const struct kd_embedded *v, uint32_t doc);

#endif
