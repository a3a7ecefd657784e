/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openfiles.h: the files that all tasks of a dump have open, each once; the dirty inodes of a file system.
 *
 *	struct kd_open_files o = {0};
 *	kd_open_files_read(k, &o);                              // o.v[i].vfsmount, .f.dentry, .task …
 *	kd_open_files_deinit(&o);
 *	kd_dirty_inodes_walk(k, super_block, see, &me, &end);   // visit(user, i_state, inode)
 *
 * A file that several tables or descriptors lead to is one file. What is open without a descriptor (mapped and closed, the program
 * itself, swap files, those of the kernel's own) is in no table. Sources: include/linux/fdtable.h, include/linux/fs.h (I_DIRTY_SYNC,
 * I_DIRTY_DATASYNC, I_DIRTY_PAGES: the low three bits of i_state; super_block.s_inodes).
 */
#ifndef KD_CORE_OPENFILES_H
#define KD_CORE_OPENFILES_H

#include "base/vec.h"
#include "core/files.h"
#include "core/tasks.h"

enum { KD_OPEN_FILES_MAX = 1 << 22, KD_INODES_MAX = 1 << 24, KD_INODE_DIRTY = 7 };

struct kd_open_file {
	struct kd_file f; /* fd: in the table of task */
	uint64_t vfsmount; /* 0: not readable */
	uint64_t task; /* the first that has it */
	size_t tables; /* tables that lead to it; threads of a process share one */
};

struct kd_open_files {
	KD_VEC(struct kd_open_file) v; /* by mount, then by file */
	size_t unread; /* tables that are not (all) there; why: of the first */
	char why[KD_WALK_WHY];
	char tasks_why[KD_TASKS_WHY]; /* why not all tasks were found; empty */
	bool cut; /* more than KD_OPEN_FILES_MAX descriptors */
};

void kd_open_files_read(struct kd_kernel *k, struct kd_open_files *ret);
void kd_open_files_deinit(struct kd_open_files *o);

/* Each inode of the super_block that is dirty; index: its i_state. */
void kd_dirty_inodes_walk(struct kd_kernel *k, uint64_t sb, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

#endif
