/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * box.h: a folder for one test, with files in it; gone at the end.
 */
#ifndef KD_TEST_SOURCE_BOX_H
#define KD_TEST_SOURCE_BOX_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

struct box {
	char dir[64];
};

static inline void box_make(struct box *b)
{
	snprintf(b->dir, sizeof(b->dir), "/tmp/kdoc-source-XXXXXX");
	if (!mkdtemp(b->dir))
		abort();
}

static inline int box_remove(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static inline void box_free(struct box *b)
{
	nftw(b->dir, box_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* Write <dir>/<path>, with its folders. */
static inline void box_file(const struct box *b, const char *path, const char *text)
{
	char full[512], *slash;

	snprintf(full, sizeof(full), "%s/%s", b->dir, path);
	slash = strrchr(full, '/');
	*slash = 0;
	kd_error_free(kd_fs_mkdirs(full, 0700));
	*slash = '/';
	kd_error_free(kd_fs_write_atomic(full, kd_view_of(text), 0600));
}

#endif
