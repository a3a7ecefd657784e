/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symset_internal.h: what symset.c, which keeps the answers, and find*.c, which look for files, share.
 */
#ifndef KD_SYMBOL_SYMSET_INTERNAL_H
#define KD_SYMBOL_SYMSET_INTERNAL_H

#include "base/arena.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "symbol/symset.h"

enum { TRIES_MAX = 4096, FILES_MAX = 1 << 17, MODULES_MAX = 65536, DEPTH_MAX = 16, GIVEN_MAX = 256 };

/* A file below one of the caller's folders, or one that it named. */
struct candidate {
	const char *path;
	uint64_t off, size; /* one of several in the file (kdxpack.h); size 0: the file itself */
	struct kd_view stem; /* "xfs" of xfs.ko.debug.xz; of a kernel: absent */
	unsigned depth; /* below the folder that was named; a build tree's own vmlinux is at 1 */
	bool by_content; /* the caller named the file itself, and its name does not tell what it is */
};

struct opened {
	struct kd_kdx *k; /* NULL: there is none */
	const char *unsure;
};

struct find_package;

struct kd_symset {
	struct kd_ctx *ctx;
	struct kd_arena arena;
	struct kd_symset_want want;
	struct kd_symset_options o;
	KD_VEC(struct candidate) files;
	KD_VEC(const char *) folders; /* that the caller named */
	KD_VEC(struct find_package *) packages;
	KD_VEC(const char *) images; /* bzImage and the like that the caller named */
	KD_VEC(struct kd_symset_try) tries;
	KD_VEC(struct opened) opened;
	struct kd_hashmap by_module;
};

/* What is looked for. */
struct find_query {
	struct kd_view module; /* absent: the kernel */
	struct kd_view build_id; /* hex; absent when nothing says it */
};

/*
 * A place, or a way, to look for the debug info of one file. Rows of the table in find.c, asked in order; to add
 * one: a row there, its line in docs/verbs/decode.md, a case in tests/unit/symbol/test_find.c.
 */
struct find_ops {
	const char *name;
	bool given; /* the caller named it: asked with only_paths, too */
	/*
	 * true: taken into *ret. Whatever was looked at is among the tries: what is of no use with its reason, and, in
	 * one line each, places that have nothing. It may set q->build_id when it learns it.
	 */
	bool (*find)(struct kd_symset *s, struct find_query *q, struct opened *ret);
};

bool find_given(struct kd_symset *s, struct find_query *q, struct opened *ret); /* find_given.c */
bool find_package_ask(struct kd_symset *s, struct find_query *q, struct opened *ret); /* find_package.c */
bool find_image(struct kd_symset *s, struct find_query *q, struct opened *ret); /* find_image.c */
bool find_server(struct kd_symset *s, struct find_query *q, struct opened *ret); /* find_server.c */

/* All of them in order. */
struct opened find_all_places(struct kd_symset *s, struct kd_view module, struct kd_view build_id);

/* --- symset.c ----------------------------------------------------------------------------- */

/* One line about a place: the same one is said once. absent: there is nothing there to refuse. */
void find_note(struct kd_symset *s, const char *what, bool used, const char *why);
void find_absent(struct kd_symset *s, const char *what, const char *why);

/* Take the index, or close it and say why not. what: its name for people; path: where the file lies, may be NULL. */
bool find_take(struct kd_symset *s, struct kd_kdx *k, const char *what, const char *path,
	       const struct find_query *q, struct opened *ret);

/* The index of a file, by the cache; then find_take(). */
bool find_try_file(struct kd_symset *s, const char *path, const struct find_query *q, struct opened *ret);

/* --- find.c ------------------------------------------------------------------------------- */

/* The cache and the .build-id folders, for a build-id that became known. */
bool find_by_build_id(struct kd_symset *s, struct find_query *q, struct opened *ret);

bool find_same_module(struct kd_view a, struct kd_view b);
/* "xfs" of xfs.ko, xfs.ko.xz, xfs.ko.debug, xfs.kdx. */
bool find_module_stem(struct kd_view name, struct kd_view *ret);
/* Is it what vmlinux files are called? "vmlinux", "vmlinux-6.1.0.debug.xz", … */
bool find_kernel_name(struct kd_view name);
/* "vmlinuz-6.1.0", "bzImage", "Image.gz" */
bool find_image_name(struct kd_view name);
struct kd_view find_basename(struct kd_view path);
/* DIR/ab/cdef.debug; absent without a build-id. */
struct kd_view find_build_id_path(struct kd_symset *s, struct kd_view dir, struct kd_view build_id);

/* --- find_given.c ------------------------------------------------------------------------- */

/* By build-id, in .build-id trees of the folders that the caller named. */
bool find_in_folders(struct kd_symset *s, const struct find_query *q, struct opened *ret);
void find_add_path(struct kd_symset *s, struct kd_view path);

/* --- find_package.c ----------------------------------------------------------------------- */

struct find_package *find_package_new(const char *path);
void find_package_free(struct find_package *p);

/* --- find_image.c ------------------------------------------------------------------------- */

/* A boot image: its vmlinux when it has symbols; else what it says about itself. path: of the file; what: for people. */
bool find_in_image(struct kd_symset *s, const char *path, const char *what, struct find_query *q,
		   struct opened *ret);

#endif
