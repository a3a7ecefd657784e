/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h: the text of a function in an exact kernel tree, who calls it, who answers for it.
 *
 *	struct kd_source_request req = {.func = "kfree", .at = "6.1.90", .tree = "/src/linux"};
 *	kd_auto(kd_source_answer_freep) struct kd_source_answer *a = NULL;
 *	err = kd_source_show(ctx, &req, &a);
 *	if (a->has_place) …                // a->place.first … last
 *	else … a->defs                     // none, or several: never the first one of them
 *
 * (base/source.h is another thing: where bytes of an input come from.)
 */
#ifndef KD_VERB_SOURCE_H
#define KD_VERB_SOURCE_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "evidence/evidence.h"
#include "source/history.h"
#include "source/index.h"
#include "source/maintainers.h"
#include "source/place.h"
#include "source/refs.h"
#include "source/tree.h"
#include "symbol/symset.h"

#define KD_SOURCE_CALLERS_DEFAULT 50
#define KD_SOURCE_CALLER_FILES_MAX 4000 /* files looked at for callers */
#define KD_SOURCE_HISTORY_DEFAULT 10
#define KD_SOURCE_HISTORY_MS 20000

struct kd_source_request {
	const char *func; /* NULL: the function around file and line */
	const char *at; /* release or revision; NULL: what the tree holds */
	const char *tree; /* NULL: the trees of source.tree in the configuration */
	const char *file;
	uint32_t line; /* 0: none */
	bool callers, history;
	const char *const *debug; /* vmlinux or indexes: is the file the one that was compiled? */
	size_t ndebug;
	uint64_t limit; /* of callers and commits; 0: the defaults */
	unsigned history_ms; /* time for it; 0: KD_SOURCE_HISTORY_MS */
	void (*progress)(void *user, uint64_t files); /* while an index is built; optional */
	void *user;
};

/* A definition of the name, and what is to be known about it. */
struct kd_source_def {
	struct kd_srcindex_def def;
	struct kd_view note; /* "static: only its own file sees it", "arch/arm64 only" … or absent */
	bool out; /* ruled out by file or line */
};

struct kd_source_caller {
	struct kd_view file, in, text;
	uint32_t line;
	enum kd_ref_kind kind;
};

struct kd_source_tried { /* a tree that could not serve */
	struct kd_view tree, why;
};

/* Is this text what the compiler read? By the MD5 in the line table of the debug info (clang writes it). */
enum kd_source_compiled {
	KD_COMPILED_NOT_ASKED, /* no debug info was given */
	KD_COMPILED_UNKNOWN, /* it has no sum of this file */
	KD_COMPILED_SAME,
	KD_COMPILED_OTHER,
};

struct kd_source_answer {
	struct kd_arena arena;
	struct kd_tree *tree;
	const struct kd_tree_info *info;
	struct kd_source_tried *tried;
	size_t ntried;
	struct kd_view func, key; /* as asked, as looked up */
	bool has_index;
	struct kd_srcindex_info index;
	struct kd_source_def *defs;
	size_t ndefs;
	struct kd_view choice; /* why this one: "the only definition", or why none */
	bool has_place; /* place has text */
	struct kd_place place;
	enum kd_source_compiled compiled; /* the file of the place */
	bool has_evidence;
	struct kd_evidence evidence; /* of the lines shown */
	/* callers */
	struct kd_source_caller *callers;
	size_t ncallers;
	uint64_t callers_more; /* beyond the limit */
	uint64_t files_looked, files_left; /* that mention the name; left: not looked at */
	/* history: git only */
	bool has_history, history_cut;
	struct kd_view history_why_not;
	struct kd_blame blame;
	struct kd_commit_line *commits;
	size_t ncommits;
	/* maintainers */
	bool has_maintainers;
	struct kd_view maintainers_why_not;
	struct kd_maint_answer maint;
	/* behind the views above */
	struct kd_buf maint_text;
	struct kd_maintainers maint_lines;
};

/*
 * KD_INVALID: neither function nor file, or no tree is known. Errors of kd_tree_open() when no tree
 * could serve. No definition, or several, is an answer.
 */
struct kd_error *kd_source_show(struct kd_ctx *ctx, const struct kd_source_request *req,
				struct kd_source_answer **ret) KD_MUST_CHECK;
void kd_source_answer_free(struct kd_source_answer *a);
void kd_source_answer_freep(struct kd_source_answer **a);

/*
 * All functions of a tree, or of a file of it, for programs: by file and line for a file, by name
 * for a tree. *ret_count: so many.
 */
struct kd_error *kd_source_list(struct kd_ctx *ctx, const struct kd_source_request *req,
				struct kd_error *(*fn)(void *user, struct kd_view name,
						       const struct kd_srcindex_def *d),
				void *user, uint64_t *ret_count) KD_MUST_CHECK;

/* A tree for the request: --tree, else the first of source.tree that has `at`. `tried` may be NULL. */
struct kd_error *kd_source_open_tree(struct kd_ctx *ctx, const char *tree, const char *at,
				     struct kd_arena *arena, struct kd_source_tried **tried, size_t *ntried,
				     struct kd_tree **ret) KD_MUST_CHECK;

/* Who answers for a file of the tree; text and lines are what the answer points into. */
struct kd_error *kd_source_maintainers(struct kd_tree *tree, struct kd_view path, struct kd_view content,
				       struct kd_arena *arena, struct kd_buf *text,
				       struct kd_maintainers *lines,
				       struct kd_maint_answer *ret) KD_MUST_CHECK;

#endif
