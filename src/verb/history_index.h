/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history_index.h: index git, index status, index verify, index gc. See verb/history.h for how they are asked. */
#ifndef KD_VERB_HISTORY_INDEX_H
#define KD_VERB_HISTORY_INDEX_H

#include "verb/history.h"

struct kd_index_git_options {
	const char *store; /* as kd_history_question */
	const char *const *trees;
	size_t ntrees;
	const char *name; /* of the only tree; NULL: the last part of its path */
	const char *const *refs; /* patterns */
	size_t nrefs;
	unsigned workers;
	bool embed, embed_again; /* vectors of the configured server for commits that have none; for all, those that are there are thrown away */
	void (*watch)(void *user, const char *tree, uint64_t done, uint64_t total);
	void *user;
};

/* Trees one after the other; what was done and how long it took. */
KD_MUST_CHECK struct kd_error *kd_index_git(struct kd_ctx *ctx, const struct kd_index_git_options *o, struct kd_sheet *s);

/* What the store holds and how large its parts are. */
kd_history_answer kd_index_status;
/* Everything is read and checked. */
kd_history_answer kd_index_verify;

struct kd_index_gc_options {
	const char *const *drop; /* names of trees */
	size_t ndrop;
};

/* What nothing names goes, small parts become larger ones. The store is opened for writing. */
kd_history_answer kd_index_gc;

#endif
