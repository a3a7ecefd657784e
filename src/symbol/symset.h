/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symset.h: the debug info of one running kernel and of its modules: found, checked to be of that
 * build, opened.
 *
 *	struct kd_symset_want want = {.release = KD_V("6.1.0-56-cloud-amd64"), .build = …};
 *	struct kd_symset_options o = {.paths = debug, .npaths = n};
 *	kd_auto(kd_symset_freep) struct kd_symset *s = kd_symset_new(ctx, &want, &o);
 *	struct kd_kdx *k = kd_symset_get(s, KD_VNULL, KD_VNULL);      // the kernel; NULL: not found
 *	k = kd_symset_get(s, KD_V("xfs"), KD_VNULL);                  // a module
 *	for (i = 0; i < kd_symset_tries(s, &t); i++) … t[i].what, t[i].why
 *
 * Places, in this order (the table of find.c): what the caller names (files, packages, boot images; folders are
 * searched); the cache, by build-id; .build-id folders; the folders where distributions put debug info and
 * modules; the boot image of the release; debuginfod servers. What is of another build is refused, and the
 * reason says which two facts differ; with `force` it is taken and marked. The network is asked only when
 * the caller names servers: DEBUGINFOD_URLS, which distributions set, plays no part.
 */
#ifndef KD_SYMBOL_SYMSET_H
#define KD_SYMBOL_SYMSET_H

#include "symbol/cache.h"
#include "symbol/resolve.h"

/* What the log says about the kernel; absent is absent. */
struct kd_symset_want {
	struct kd_view release; /* "6.1.0-56-cloud-amd64" */
	struct kd_view build; /* "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)", or less of it */
	/* Modules that will be asked for, so that a package is read once for all of them. Borrowed. */
	const struct kd_view *modules;
	size_t nmodules;
};

/* debuginfod servers. Zero members mean the default. */
struct kd_debuginfod {
	const char *const *url; /* "https://…", "http://…", "file:///…"; none: the network is left alone */
	size_t n;
	unsigned connect_s; /* until a server answers; 10 */
	unsigned stall_s; /* without a byte of a file; 90, as long as a server may search in packages */
	uint64_t max_bytes; /* of one file; 4 GiB */
	unsigned forget_s; /* how long "no server has it" counts; 600 */
};

struct kd_symset_options {
	/* files, folders, packages (.deb, .rpm, .tar.…), boot images; "a:b" is two of them */
	const char *const *paths;
	size_t npaths;
	const char *root; /* in front of the usual places, NULL: "" */
	bool only_paths; /* no other place */
	bool force;
	struct kd_kdx_cache cache;
	struct kd_debuginfod net;
};

struct kd_symset_try {
	const char *what; /* a path, or "build-id …" */
	const char *why; /* "used", or why not: one plain sentence */
	bool used;
	bool absent; /* there was nothing: no file was refused */
};

struct kd_symset;

/* Texts are copied. Nothing is opened yet. */
struct kd_symset *kd_symset_new(struct kd_ctx *ctx, const struct kd_symset_want *want,
				const struct kd_symset_options *o);
void kd_symset_free(struct kd_symset *s);
void kd_symset_freep(struct kd_symset **s);

/*
 * The index of the kernel (module absent) or of a module; build_id (hex) when the log has it. NULL: none
 * that may be used; the reasons are among the tries. The answer is kept: asking again costs nothing.
 */
struct kd_kdx *kd_symset_get(struct kd_symset *s, struct kd_view module, struct kd_view build_id);

/* Is what was opened for it of another build, taken by force? The words that say so, else NULL. */
const char *kd_symset_unsure(const struct kd_symset *s, struct kd_view module);

/* What was tried so far, in order. */
size_t kd_symset_tries(const struct kd_symset *s, const struct kd_symset_try **ret);

/* Why an index is not of the kernel or module that is wanted; absent: it is, or nothing contradicts. */
struct kd_view kd_symset_mismatch(struct kd_arena *arena, const struct kd_symset_want *want,
				  struct kd_view module, struct kd_view build_id,
				  const struct kd_kdx_ident *id);

#endif
