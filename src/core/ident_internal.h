/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ident_internal.h: what ident.c, ident_where.c and ident_tags.c share. */
#ifndef KD_CORE_IDENT_INTERNAL_H
#define KD_CORE_IDENT_INTERNAL_H

#include "core/ident.h"

struct ident_task {
	uint64_t addr, stack, stack_end;
	int32_t pid;
	char comm[KD_TASK_COMM];
};

struct ident_page {
	uint64_t paddr, addr;
};

struct kd_ident {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_mem *m;
	struct kd_pageinfo *pi;
	struct kd_slub *slub;
	char slub_why[KD_SLAB_WHY];
	bool tried_slub, tried_vmaps, tried_tasks, tried_rcu;
	struct kd_vmaps vmaps;
	struct kd_rcuwaits rcu;
	struct kd_arena arena;
	struct ident_task *task; /* by address */
	struct ident_task **by_stack;
	size_t ntasks, cap;
	char tasks_why[KD_TASKS_WHY];
	uint64_t task_size;
	struct ident_page *page; /* of areas of vmalloc, by physical address */
	size_t npages;
	bool tried_pages;
};

struct ident_answer {
	struct kd_ident *id;
	struct kd_arena *arena;
	struct kd_ident_facts *f;
	uint64_t value;
	bool brief; /* the first fact is enough */
	bool plain; /* by its value a number as any other */
};

/* Is there room, and is more wanted? */
void kd_ident_add(struct ident_answer *a, enum kd_fact_kind kind, bool guessed, uint64_t start, uint64_t size, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* ident_where.c */
void kd_ident_task(struct ident_answer *a);
void kd_ident_stack(struct ident_answer *a);
void kd_ident_percpu(struct ident_answer *a);
const struct ident_task *kd_ident_task_of(struct kd_ident *id, uint64_t addr); /* whose task_struct addr is in */
/* "->member" of a type at an offset, as facts say it; absent: none. */
struct kd_view kd_ident_member(struct kd_ident *id, uint32_t type, uint64_t off, struct kd_arena *arena);

/* The value of a per-CPU pointer, by its symbol or as a member of pcpu_hot (6.2 to 6.14). */
bool kd_ident_percpu_pointer(struct kd_ident *id, enum kd_mem_symbol s, const char *member, unsigned cpu, uint64_t *ret);

/* ident_region.c */
void kd_ident_region(struct ident_answer *a);

/* ident_tags.c */
void kd_ident_tags(struct ident_answer *a);

#endif
