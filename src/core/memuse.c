// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/memuse.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "core/words.h"

enum { USERS_MAX = 1 << 20 };

struct job {
	struct kd_kernel *k;
	struct kd_memuse *m;
	struct kd_arena *arena;
	struct kd_hashmap seen; /* by mm */
	struct kd_word mm, total_vm, signal, score, counts, counters, count, percpu;
	uint64_t counter_size;
	unsigned *cpu;
	size_t ncpus;
	size_t room;
};

static void words(struct job *j)
{
	struct kd_kernel *k = j->k;

	j->mm = kd_word_of(k, "task_struct", "mm");
	j->signal = kd_word_of(k, "task_struct", "signal");
	j->score = kd_word_of(k, "signal_struct", "oom_score_adj");
	j->total_vm = kd_word_of(k, "mm_struct", "total_vm");
	j->counts = kd_word_of(k, "mm_struct", "rss_stat.count");
	j->counters = kd_word_of(k, "mm_struct", "rss_stat");
	j->count = kd_word_of(k, "percpu_counter", "count");
	j->percpu = kd_word_of(k, "percpu_counter", "counters");
	j->counter_size = kd_word_sizeof(k, "percpu_counter");
}

/* --- processes --------------------------------------------------------------------------------------- */

/* count and what each CPU has of it. */
static bool sum(struct job *j, uint64_t at, int64_t *ret)
{
	uint64_t base, v;

	if (!kd_word_signed(j->k, at, &j->count, ret))
		return false;
	if (!kd_word_get(j->k, at, &j->percpu, &base))
		return true; /* CONFIG_SMP=n: that is all */
	for (size_t i = 0; i < j->ncpus; i++) {
		uint64_t slot;

		if (kd_word_percpu(j->k, base, j->cpu[i], &slot) && kd_space_uint(kd_kernel_space(j->k), slot, 4, &v, NULL))
			*ret += (int32_t)(uint32_t)v;
	}
	return true;
}

static bool counter(struct job *j, uint64_t mm, size_t i, int64_t *ret)
{
	uint64_t v;

	if (j->counts.known) {
		if ((i + 1) * 8 > j->counts.whole || !kd_word_at(j->k, mm + j->counts.off + 8 * i, &v))
			return false;
		*ret = (int64_t)v;
		return true;
	}
	return j->counters.known && j->counter_size && (i + 1) * j->counter_size <= j->counters.whole &&
	       sum(j, mm + j->counters.off + i * j->counter_size, ret);
}

static bool read_user(struct job *j, uint64_t task, uint64_t mm, struct kd_mem_user *u)
{
	struct kd_task t;
	uint64_t v;

	*u = (struct kd_mem_user){.task = task, .mm = mm, .pid = -1};
	if (kd_task_read(j->k, task, &t)) {
		u->pid = t.tgid;
		memcpy(u->comm, t.comm, sizeof(u->comm));
	}
	for (size_t i = 0; i < KD_MEM_KINDS; i++) {
		int64_t pages;

		if (!counter(j, mm, i, &pages))
			return false;
		u->bytes[i] = pages > 0 ? (uint64_t)pages * j->m->page : 0; /* may be below 0 while CPUs have the rest */
	}
	u->rss = u->bytes[KD_MEM_FILE] + u->bytes[KD_MEM_ANON] + u->bytes[KD_MEM_SHMEM];
	u->has_total = kd_word_get(j->k, mm, &j->total_vm, &v);
	u->total_vm = u->has_total ? v * j->m->page : 0;
	u->has_score = kd_word_get(j->k, task, &j->signal, &v) && kd_word_signed(j->k, v, &j->score, &u->oom_score_adj);
	return true;
}

static bool one_task(void *user, uint64_t task)
{
	struct job *j = user;
	struct kd_hashmap_entry *e;
	struct kd_mem_user u;
	uint64_t mm;
	bool is_new;

	if (!kd_word_get(j->k, task, &j->mm, &mm)) {
		j->m->unreadable++;
		return true;
	}
	if (!mm)
		return true;
	e = kd_hashmap_add(&j->seen, kd_view((const char *)&mm, sizeof(mm)), &is_new);
	if (!e)
		return false;
	if (!is_new)
		return true;
	if (!read_user(j, task, mm, &u)) {
		j->m->unreadable++;
		return true;
	}
	if (j->m->n == j->room) {
		j->room = j->room ? 2 * j->room : 256;
		j->m->v = kd_xrealloc(j->m->v, j->room * sizeof(u));
	}
	j->m->rss += u.rss;
	j->m->swap += u.bytes[KD_MEM_SWAP];
	j->m->v[j->m->n++] = u;
	return true;
}

static int by_rss(const void *a, const void *b)
{
	const struct kd_mem_user *x = a, *y = b;

	if (x->rss != y->rss)
		return x->rss > y->rss ? -1 : 1;
	return x->mm < y->mm ? -1 : x->mm > y->mm;
}

/* --- the machine ------------------------------------------------------------------------------------- */

static const struct row {
	const char *type, *item, *key, *name;
	bool node; /* of vm_node_stat */
	uint64_t bytes; /* 1: it counts bytes, not pages; 1024: KiB */
} rows[] = {
	{"zone_stat_item", "NR_FREE_PAGES", "free", "free", false, 0},
	{"node_stat_item", "NR_ANON_MAPPED", "anonymous", "anonymous", true, 0},
	{"node_stat_item", "NR_FILE_PAGES", "page_cache", "page cache", true, 0},
	{"node_stat_item", "NR_SHMEM", "shared", "shared (tmpfs)", true, 0},
	{"node_stat_item", "NR_SLAB_RECLAIMABLE_B", "slab_reclaimable", "slab, reclaimable", true, 0},
	{"node_stat_item", "NR_SLAB_UNRECLAIMABLE_B", "slab_unreclaimable", "slab, not reclaimable", true, 0},
	{"node_stat_item", "NR_SLAB_RECLAIMABLE", "slab_reclaimable", "slab, reclaimable", true, 0},
	{"node_stat_item", "NR_SLAB_UNRECLAIMABLE", "slab_unreclaimable", "slab, not reclaimable", true, 0},
	{"node_stat_item", "NR_KERNEL_STACK_KB", "kernel_stacks", "kernel stacks", true, 1024},
	{"node_stat_item", "NR_PAGETABLE", "page_tables", "page tables", true, 0},
	{"zone_stat_item", "NR_PAGETABLE", "page_tables", "page tables", false, 0},
	{"node_stat_item", "NR_FILE_DIRTY", "dirty", "dirty", true, 0},
	{"node_stat_item", "NR_WRITEBACK", "writeback", "being written", true, 0},
	{"node_stat_item", "NR_UNEVICTABLE", "unevictable", "unevictable", true, 0},
};

static void machine(struct job *j)
{
	static const char *const names[] = {"vm_zone_stat", "vm_node_stat", "_totalram_pages"};
	uint64_t addr[KD_ARRAY_LEN(names)], v;

	kd_word_symbols(j->k, names, KD_ARRAY_LEN(names), addr);
	j->m->has_ram = addr[2] && kd_word_at(j->k, addr[2], &v);
	j->m->ram = j->m->has_ram ? v * j->m->page : 0;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows) && j->m->ncounters < KD_MEM_MACHINE; i++) {
		const uint64_t base = addr[rows[i].node];
		uint64_t item;

		if (!base || !kd_kernel_enumerator(j->k, rows[i].type, rows[i].item, &item) || item > 512 ||
		    !kd_word_at(j->k, base + 8 * item, &v))
			continue;
		j->m->counter[j->m->ncounters++] = (struct kd_mem_counter){
			.name = rows[i].name, .key = rows[i].key,
			.bytes = (int64_t)v > 0 ? v * (rows[i].bytes ? rows[i].bytes : j->m->page) : 0};
	}
}

struct kd_error *kd_memuse_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_memuse *ret)
{
	struct kd_memuse m = {.page = 4096};
	struct job j = {.k = k, .m = &m, .arena = arena, .seen = KD_HASHMAP_INIT(USERS_MAX, arena)};
	struct kd_mem_user *grown;

	(void)kd_view_dec(kd_vmcoreinfo_get(kd_space_vmcoreinfo(kd_kernel_space(k)), KD_V("PAGESIZE")), &m.page);
	words(&j);
	j.cpu = kd_arena_array(arena, KD_CPUS_MAX, unsigned);
	if (!j.cpu)
		return kd_error_new(KD_LIMIT, "no room for the CPUs");
	j.ncpus = kd_kernel_cpus(k, j.cpu, KD_CPUS_MAX);
	j.ncpus = j.ncpus < KD_CPUS_MAX ? j.ncpus : KD_CPUS_MAX;
	if (!j.mm.known || (!j.counts.known && !j.counters.known))
		m.why = "where a process's counters of memory are is not known";
	else
		kd_tasks_walk(k, one_task, &j, m.tasks_why);
	machine(&j);
	kd_hashmap_deinit(&j.seen);
	if (m.n)
		qsort(m.v, m.n, sizeof(*m.v), by_rss);
	grown = m.v;
	m.v = kd_arena_array(arena, m.n + 1, struct kd_mem_user);
	if (m.v && m.n)
		memcpy(m.v, grown, m.n * sizeof(*m.v));
	kd_free(grown);
	if (!m.v)
		return kd_error_new(KD_LIMIT, "no room for %zu processes", m.n);
	*ret = m;
	return NULL;
}
