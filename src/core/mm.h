/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm.h: the memory map of a process in a dump.
 *
 *	kd_vmas_walk(k, mm, see, &x, why);                // v->start, v->end, v->flags, v->file …; in rising order
 *	kd_vma_flags(v->flags, text, sizeof(text));         // "rw-p mayread …"
 *	kd_vma_name(k, mm, v, &path);                       // "/usr/lib/libc.so.6", "[heap]", "[vdso]"
 *
 * By what the kernel has: a maple tree (mm_struct.mm_mt, since 6.1), or a list (mmap, vm_next). Names are those of
 * /proc/PID/maps (fs/proc/task_mmu.c); bits of flags are those of include/linux/mm.h that have kept their place.
 */
#ifndef KD_CORE_MM_H
#define KD_CORE_MM_H

#include "core/path.h"

enum { KD_VMAS_MAX = 1 << 20, KD_VMA_FLAGS = 160 };

struct kd_vma {
	uint64_t addr; /* of struct vm_area_struct */
	uint64_t start, end;
	struct kd_datum flags, file, pgoff; /* file: struct file, 0: none */
	bool misplaced; /* the tree has it at other addresses than its own: start and end are its own */
};

/* why: empty, or why not all are there. false: it could not be begun with. */
bool kd_vmas_walk(struct kd_kernel *k, uint64_t mm, bool (*visit)(void *user, const struct kd_vma *v), void *user,
		  char why[KD_WALK_WHY]);

/* "rw-p" as /proc/PID/maps has it, then the names of other bits. */
void kd_vma_flags(uint64_t flags, char *ret, size_t max);

/* Empty text without why: it has none. */
void kd_vma_name(struct kd_kernel *k, uint64_t mm, const struct kd_vma *v, struct kd_path *ret);

#endif
