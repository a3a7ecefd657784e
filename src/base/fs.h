/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fs.h: files and directories.
 *
 *	static struct kd_error *one(void *user, const struct kd_fs_entry *e) { … }
 *	struct kd_fs_walk_opts o = {.max_entries = 10000, .max_depth = 8};
 *	err = kd_fs_walk("/var/crash", &o, one, &state);
 *
 *	err = kd_fs_write_atomic(path, bytes, 0600);   // all of it or nothing
 *
 * Reading of whole logs and dumps goes through base/source.h instead.
 */
#ifndef KD_BASE_FS_H
#define KD_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct kd_fs_entry {
	const char *path; /* root of the walk + "/" + … ; borrowed during the call */
	const char *name; /* its last part */
	unsigned depth; /* 1 for an entry of the root */
	uint64_t size;
	int64_t mtime; /* seconds */
};

/* Zero members mean the default. */
struct kd_fs_walk_opts {
	size_t max_entries; /* of all kinds, in all directories; 100000 */
	unsigned max_depth; /* 32 */
	bool hidden; /* names that begin with a dot too */
	/* Called for what is not visited (special files, links to directories, no permission). */
	void (*skipped)(void *user, const char *path, const char *why);
};

/*
 * Call fn for each regular file below root (a link to a file counts as one),
 * in byte order of the names; links to directories are not followed. An error
 * of fn ends the walk. KD_LIMIT when a maximum is passed: files before that
 * were visited. opts may be NULL.
 */
KD_MUST_CHECK struct kd_error *
kd_fs_walk(const char *root, const struct kd_fs_walk_opts *opts,
	   struct kd_error *(*fn)(void *user, const struct kd_fs_entry *e), void *user);

/* Write a temporary file beside path, sync it, rename it onto path, sync the directory. */
KD_MUST_CHECK struct kd_error *kd_fs_write_atomic(const char *path, struct kd_view data,
						  mode_t mode);

/* All of the bytes to an open file, at its position or at an offset; path is for the message. */
KD_MUST_CHECK struct kd_error *kd_fs_write(int fd, const char *path, struct kd_view data);
KD_MUST_CHECK struct kd_error *kd_fs_write_at(int fd, const char *path, uint64_t off, struct kd_view data);

/* Is there anything of that name? */
bool kd_fs_exists(const char *path);

/* mkdir -p; existing directories are fine and keep their mode. */
KD_MUST_CHECK struct kd_error *kd_fs_mkdirs(const char *path, mode_t mode);

/* Append a whole regular file to ret. KD_LIMIT when it is longer than max bytes. */
KD_MUST_CHECK struct kd_error *kd_fs_read_small(const char *path, size_t max, struct kd_buf *ret);

enum kd_fs_xdg { KD_XDG_DATA, KD_XDG_CACHE, KD_XDG_CONFIG, KD_XDG_STATE };

/*
 * "<XDG folder>/kdoc/<rel>" on the heap (rel may be ""). As the XDG base
 * directory specification has it, a relative XDG_*_HOME is ignored. Nothing is
 * created. KD_NOTFOUND when HOME is not set either.
 */
KD_MUST_CHECK struct kd_error *kd_fs_xdg_path(enum kd_fs_xdg which, const char *rel, char **ret);

#endif
