/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path.h: the name of a file of a dump's kernel, by its dentry and mount.
 *
 *	struct kd_path p;
 *	kd_path_of(k, vfsmount, dentry, &p);             // members of a struct path
 *	puts(p.text);                                    // "/var/log/kern.log", "pipe:[1234]", "" with p.why
 *
 * As fs/d_path.c has it, and counted from the root of the mount namespace (of a process that changed its root, too).
 * Names without a place in the tree: pipes, sockets, anonymous inodes. A file whose name was removed is marked as the
 * kernel does: " (deleted)". Bounded: 4095 bytes, 1024 steps.
 */
#ifndef KD_CORE_PATH_H
#define KD_CORE_PATH_H

#include "core/datum.h"
#include "core/walk.h"

enum { KD_PATH_MAX = 4096 };

struct kd_path {
	char text[KD_PATH_MAX]; /* what is known of it; of a path that could not be followed to the root the end: ".../a/b" */
	const char *why; /* NULL: it is whole */
	bool deleted;
};

void kd_path_of(struct kd_kernel *k, uint64_t vfsmount, uint64_t dentry, struct kd_path *ret);

/* The struct path at that address. */
void kd_path_at(struct kd_kernel *k, uint64_t path, struct kd_path *ret);

/* The last component alone; false: it cannot be read. */
bool kd_path_name(struct kd_kernel *k, uint64_t dentry, char *ret, size_t max);

#endif
