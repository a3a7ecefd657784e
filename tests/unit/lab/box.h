/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * box.h: a temporary folder of one test, and files in it.
 *
 *	kd_auto(box_end) struct box b;
 *	box_begin(&b);
 *	box_put(&b, "boot/vmlinuz-1", bytes);      // folders are made
 *	… box_path(&b, "boot/vmlinuz-1") …         // borrowed until the next call but three
 */
#ifndef KD_TEST_LAB_BOX_H
#define KD_TEST_LAB_BOX_H

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/check.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/proc.h"

struct box {
	char dir[64];
	char path[4][512];
	unsigned next;
};

static inline void box_begin(struct box *b)
{
	*b = (struct box){.dir = "/tmp/kdoc-test-lab-XXXXXX"};
	assert_non_null(mkdtemp(b->dir));
}

static inline void box_end(struct box *b)
{
	const char *const argv[] = {"rm", "-rf", "--", b->dir, NULL};
	struct kd_proc_req req = {.argv = argv};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	kd_error_free(kd_proc_run(&req, &r));
}

static inline const char *box_path(struct box *b, const char *name)
{
	char *p = b->path[b->next++ % 4];

	snprintf(p, sizeof(b->path[0]), "%s/%s", b->dir, name);
	return p;
}

static inline void box_put(struct box *b, const char *name, struct kd_view data)
{
	char *p = kd_xstrndup(box_path(b, name), strlen(b->dir) + 1 + strlen(name));
	char *slash = strrchr(p, '/');

	*slash = '\0';
	assert_ok(kd_fs_mkdirs(p, 0755));
	*slash = '/';
	assert_ok(kd_fs_write_atomic(p, data, 0644));
	kd_free(p);
}

static inline bool box_has(struct box *b, const char *name)
{
	struct stat sb;

	return !lstat(box_path(b, name), &sb);
}

/* Little-endian bytes at a place of a buffer that is long enough. */
static inline void put_le(char *p, uint64_t x, unsigned n)
{
	for (unsigned i = 0; i < n; i++, x >>= 8)
		p[i] = (char)(x & 0xff);
}

#endif
