// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a dump: opened, counted, searched for VMCOREINFO, its memory translated, its log read, its stacks unwound, its caches
 * counted, its waits and queues followed. */
#include <stdlib.h>

#include "base/alloc.h"
#include "core/ident.h"
#include "core/klog.h"
#include "core/lists.h"
#include "core/lockup.h"
#include "core/meminfo.h"
#include "core/memuse.h"
#include "core/pages.h"
#include "core/rcustate.h"
#include "core/runqueue.h"
#include "core/search.h"
#include "core/tasks.h"
#include "core/unwind.h"
#include "core/waitgraph.h"
#include "core/workqueue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20 };

static void walk_some(struct kd_pages *p)
{
	uint64_t at = kd_pages_next(p, 0), next;
	char b;

	for (int i = 0; i < 200 && at != UINT64_MAX; i++) {
		(void)kd_pages_read(p, at, &b, 1, NULL);
		if (at > UINT64_MAX - 8192)
			return;
		next = kd_pages_next(p, at + 4096);
		if (next < at + 4096)
			abort();
		at = next;
	}
}

static void look_at_left_out(struct kd_space *s)
{
	const struct kd_pages_info *info = kd_pages_info(kd_space_pages(s));

	for (uint64_t at = 0; at < 64; at++) {
		const enum kd_left_out was = kd_left_out_of(s, info->top / 64 * at);

		if (!kd_left_out_words(was, at & 1) || (info->level >= 0 && was && !(info->level & 30)))
			abort();
	}
}

static void read_some(struct kd_pages *p)
{
	const struct kd_pages_info *info = kd_pages_info(p);
	unsigned char buf[9000];
	uint64_t missing;

	for (uint64_t at = 0; at < 64; at++) {
		uint64_t paddr = info->top / 64 * at + at * 7;
		enum kd_page_state s = kd_pages_read(p, paddr, buf, 1 + at * 100, &missing);

		if (s != KD_PAGE_OK && (missing < paddr || missing >= paddr + 1 + at * 100))
			abort();
		if (!kd_page_state_words(s))
			abort();
	}
}

struct memory {
	struct kd_slub *slub;
	const char *why;
	struct kd_cache_usage usage;
	uint8_t state[KD_SLAB_OBJECTS_MAX];
	int left;
};

struct visit {
	struct kd_kernel *k;
	struct kd_unwinder *u;
	struct kd_arena *arena;
	int left;
};

static void unwind(struct visit *v, const struct kd_core_regs *regs, bool exact, uint64_t end)
{
	struct kd_core_stack st;
	struct kd_error *err = kd_unwind(v->u, &(struct kd_unwind_from){.regs = regs, .exact = exact, .stack_end = end, .on_cpu = exact}, v->arena, &st);

	if (!err && (st.n > KD_STACK_FRAMES || (st.end == KD_STACK_BROKEN && !st.why[0])))
		abort();
	kd_error_free(err);
}

static bool one_task(void *user, uint64_t addr)
{
	struct visit *v = user;
	char why[KD_TASKS_WHY];
	struct kd_core_regs regs;
	struct kd_task t;

	if (kd_task_read(v->k, addr, &t) && kd_task_regs(v->k, &t, &regs, why))
		unwind(v, &regs, false, t.stack_end);
	return --v->left > 0;
}

/* --- hangs ------------------------------------------------------------------------------------------- */

static void see_queue(void *user, const struct kd_rq *rq)
{
	(void)user;
	(void)rq;
}

static void see_runnable(void *user, const struct kd_rq *rq, const struct kd_rq_task *t)
{
	(void)rq;
	(void)t;
	++*(size_t *)user;
}

static void see_queue_end(void *user, const struct kd_rq *rq, const struct kd_rq_end *end)
{
	(void)user;
	(void)rq;
	if (end->tasks > KD_RQ_TASKS)
		abort();
}

static void see_pool(void *user, const struct kd_pool *p)
{
	(void)user;
	(void)p;
}

static void see_worker(void *user, const struct kd_pool *p, const struct kd_worker *w)
{
	(void)p;
	(void)w;
	++*(size_t *)user;
}

static void see_work(void *user, const struct kd_pool *p, const struct kd_work *w)
{
	(void)p;
	(void)w;
	++*(size_t *)user;
}

static void see_pool_end(void *user, const struct kd_pool *p, const struct kd_pool_end *e)
{
	(void)user;
	(void)p;
	(void)e;
}

static void see_inactive(void *user, const struct kd_inactive *i)
{
	(void)i;
	++*(size_t *)user;
}

static void graph(struct kd_kernel *k, struct kd_unwinder *u, struct kd_arena *arena)
{
	kd_auto(kd_waits_freep) struct kd_waits *w = NULL;
	struct kd_waitgraph g;
	struct kd_error *err = kd_waits_new(k, u, &w);

	if (!err)
		err = kd_waitgraph_read(k, w, arena, &g);
	for (size_t i = 0; !err && i < g.n; i++)
		if (g.task[i].owner >= (int32_t)g.n || g.task[i].lock >= (int32_t)g.nlocks || g.task[i].cycle >= (int32_t)g.ncycles ||
		    (g.task[i].wait.trust == KD_WAIT_PROVEN && !u))
			abort();
	kd_error_free(err);
}

static void hangs(struct kd_kernel *k, struct kd_unwinder *u, const struct kd_cpus *cpus, struct kd_arena *arena)
{
	static const struct kd_rq_ops queues = {see_queue, see_runnable, see_queue_end};
	static const struct kd_pool_ops pools = {see_pool, see_worker, see_work, see_pool_end};
	struct kd_list_check list;
	struct kd_lockup l;
	struct kd_memuse m;
	struct kd_rcu r;
	uint64_t at;
	size_t n = 0;

	graph(k, u, arena);
	(void)kd_rcu_read(k, arena, &r);
	(void)kd_runqueues_each(k, &queues, &n);
	(void)kd_pools_each(k, &pools, &n);
	(void)kd_inactive_each(k, see_inactive, &n);
	kd_error_free(kd_lockup_read(k, u, cpus, arena, &l));
	kd_error_free(kd_memuse_read(k, arena, &m));
	if (kd_kernel_symbol(k, "modules", &at)) {
		kd_list_check(k, at, 100, &list);
		if (list.next.n > 100 || list.whole != (list.next.state == KD_LIST_WHOLE && list.prev.state == KD_LIST_WHOLE))
			abort();
	}
}

static void stacks(struct kd_pages *p, struct kd_kernel *k)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_unwinder_freep) struct kd_unwinder *u = NULL;
	struct kd_modules mods;
	struct kd_ksym sym;
	struct kd_cpus cpus;
	struct kd_error *err;
	char why[KD_TASKS_WHY];

	kd_modules_read(k, &arena, &mods);
	for (size_t i = 0; i < mods.n && i < 8; i++)
		(void)kd_module_symbol(k, &mods.v[i], mods.v[i].text, &sym);
	err = kd_unwinder_new(k, &mods, &u);
	if (!err)
		err = kd_cpus_read(k, kd_pages_info(p)->notes, &arena, &cpus);
	if (!err) {
		struct visit v = {.k = k, .u = u, .arena = &arena, .left = 50};

		for (size_t i = 0; i < cpus.n && i < 8; i++)
			if (cpus.v[i].regs)
				unwind(&v, cpus.v[i].regs, true, cpus.v[i].task.stack_end);
		kd_tasks_walk(k, one_task, &v, why);
		hangs(k, u, &cpus, &arena);
	}
	kd_error_free(err);
}

static bool one_slab(void *user, const struct kd_slab *slab)
{
	struct memory *m = user;
	char why[KD_SLAB_WHY] = "";
	int cpu;

	kd_slab_states(m->slub, slab, m->state, &cpu, why);
	for (unsigned i = 0; i < slab->objects; i++)
		if (m->state[i] == KD_OBJECT_UNKNOWN && !why[0])
			abort();
	return --m->left > 0;
}

static bool hit(void *user, uint64_t at, uint64_t value)
{
	int *left = user;

	(void)at;
	(void)value;
	return --*left > 0;
}

/* Struct pages, caches, areas, counters; words that are near to what is there. */
static void memory(struct kd_dump *d)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_ident_freep) struct kd_ident *id = NULL;
	const struct kd_search_what w = {.value = 1, .mask = ~(uint64_t)0, .size = 8};
	struct memory *m = kd_xcalloc(1, sizeof(*m));
	struct kd_error *err = kd_ident_new(d, &id);
	struct kd_search_stats st;
	struct kd_ident_facts f;
	struct kd_meminfo info;
	struct kd_zones zones;
	uint64_t missing;
	int left = 100;

	if (!err) {
		m->left = 50;
		m->slub = kd_ident_slub(id, &m->why);
		for (size_t i = 0; m->slub && i < kd_slub_ncaches(m->slub) && i < 20; i++) {
			kd_cache_usage(m->slub, kd_slub_cache(m->slub, i), &m->usage);
			kd_ident_word(id, kd_slub_cache(m->slub, i)->addr + 8, &arena, &f);
		}
		if (m->slub)
			kd_slub_each_slab(m->slub, one_slab, m, &missing);
		for (size_t i = 0; i < kd_ident_vmaps(id)->n && i < 20; i++)
			kd_ident_word(id, kd_ident_vmaps(id)->v[i].start + 16, &arena, &f);
		kd_meminfo_read(kd_ident_mem(id), &info);
		kd_zones_read(kd_ident_mem(id), &arena, &zones);
		err = kd_search(kd_dump_ctx(d), kd_ident_mem(id), kd_dump_pages(d), &w, 0, 1 << 24, hit, &left, &st);
	}
	kd_error_free(err);
	kd_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kd_klog_options o = {.level = true, .caller = true};
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	kd_auto(kd_kernel_freep) struct kd_kernel *k = NULL;
	struct kd_bytes *bytes = kd_bytes_of_view(kd_view((const char *)data, size), "fuzz");
	struct kd_error *err = kd_pages_of_bytes(bytes, &p);
	struct kd_pages_survey survey;
	struct kd_klog log;

	if (!err) {
		read_some(p);
		walk_some(p);
		kd_error_free(kd_pages_survey(p, &survey));
		err = kd_space_new(p, &s);
	}
	if (!err) {
		look_at_left_out(s);
		kd_error_free(kd_klog_read(s, &o, &text, &log));
		err = kd_kernel_open(s, &k);
	}
	if (!err) {
		struct kd_dump *d;
		struct kd_ctx ctx;

		stacks(p, k);
		kd_ctx_init(&ctx);
		d = kd_dump_of(&ctx, p, s, k);
		memory(d);
		kd_dump_close(d);
		kd_ctx_deinit(&ctx);
	}
	kd_error_free(err);
	return 0;
}
