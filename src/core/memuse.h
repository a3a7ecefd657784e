/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memuse.h: who has the memory of a dump's machine: processes by what is theirs, the kernel by its own counters.
 *
 *	struct kd_memuse m;
 *	err = kd_memuse_read(kernel, &arena, &m);
 *	m.v[0].rss                                          // bytes, the largest first
 *
 * A process's counters are one per-CPU counter each (mm_struct.rss_stat[], since 6.2: its count and what the CPUs have not added to it
 * yet), or a plain array (rss_stat.count[] before; up to 64 pages of each thread may be missing in it). The machine's are
 * vm_zone_stat and vm_node_stat, numbered by enum zone_stat_item and node_stat_item of the BTF; what CPUs have not added yet is not in
 * them, which is said by calling them rough. Order of MM_FILEPAGES … of include/linux/mm_types_task.h: file, anonymous, swap, shared.
 */
#ifndef KD_CORE_MEMUSE_H
#define KD_CORE_MEMUSE_H

#include "base/arena.h"
#include "core/kernel.h"
#include "core/tasks.h"

enum { KD_MEM_FILE, KD_MEM_ANON, KD_MEM_SWAP, KD_MEM_SHMEM, KD_MEM_KINDS };
enum { KD_MEM_MACHINE = 24 };

struct kd_mem_user {
	uint64_t task, mm;
	int32_t pid; /* of the process */
	char comm[KD_TASK_COMM];
	uint64_t bytes[KD_MEM_KINDS];
	uint64_t rss; /* file, anonymous, shared */
	bool has_total;
	uint64_t total_vm;
	bool has_score;
	int64_t oom_score_adj;
};

struct kd_mem_counter {
	const char *name; /* "free", "slab, not reclaimable" */
	const char *key;
	uint64_t bytes;
};

struct kd_memuse {
	struct kd_mem_user *v; /* one per mm_struct, the largest first */
	size_t n;
	size_t unreadable; /* whose counters are not in the dump */
	const char *why; /* why there are none; NULL */
	char tasks_why[KD_TASKS_WHY]; /* why not all were looked at; empty */
	uint64_t page; /* bytes */
	bool has_ram;
	uint64_t ram; /* bytes that the kernel manages */
	uint64_t rss, swap; /* of all processes */
	struct kd_mem_counter counter[KD_MEM_MACHINE];
	size_t ncounters;
};

/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_memuse_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_memuse *ret);

#endif
