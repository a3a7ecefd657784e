// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/rcuwait.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/tasks.h"

enum { OFFSET_MAX = 4096 /* __is_kvfree_rcu_offset() */, RECORDS_MAX = 8192 /* pointers in a page of 64 KiB */, BLOCKS_MAX = 1 << 16 };

struct reading {
	struct kd_kernel *k;
	struct kd_rcuwaits *ret;
	struct kd_walk_end end;
	size_t cap;
	unsigned cpu;
	enum kd_rcuwait_how how;
	struct kd_field next, func, nr, records; /* callback_head, kvfree_rcu_bulk_data */
};

static bool take(struct reading *r, uint64_t at, uint64_t func)
{
	if (r->ret->n == KD_RCUWAITS_MAX) {
		kd_walk_wrong(&r->end, "more than %d objects wait for RCU: the others were not looked at", KD_RCUWAITS_MAX);
		return false;
	}
	if (r->ret->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 256;
		r->ret->v = kd_xrealloc(r->ret->v, r->cap * sizeof(*r->ret->v));
	}
	r->ret->v[r->ret->n++] = (struct kd_rcuwait){.at = at, .func = func, .cpu = r->cpu, .how = (uint8_t)r->how};
	return true;
}

/*
 * An rcu_head of kfree_rcu(): func is where in the object it is; of an object that came without one (the head is a dynamic
 * one), since 5.9 in kvfree_rcu() of one argument, it is the object itself.
 */
static bool see_head(void *user, uint64_t index, uint64_t head)
{
	struct reading *r = user;
	uint64_t func;

	(void)index;
	if (!kd_walk_word(r->k, head + r->func.off, "an rcu_head", &func, &r->end))
		return true;
	if (r->how == KD_RCUWAIT_CALL)
		return take(r, head, func);
	return take(r, func < OFFSET_MAX ? head - func : func, 0);
}

static void heads(struct reading *r, uint64_t at)
{
	struct kd_walk_end one;
	uint64_t first;

	if (!kd_walk_word(r->k, at, "a list of RCU", &first, &r->end))
		return;
	kd_walk_chain(r->k, first, r->next.off, KD_RCUWAITS_MAX, see_head, r, &one);
	if (*one.why)
		kd_walk_wrong(&r->end, "%s", one.why);
}

/* A page of pointers. */
static bool block(struct reading *r, uint64_t at)
{
	uint64_t n, p;

	if (!kd_space_uint(kd_kernel_space(r->k), at + r->nr.off, 8, &n, NULL) || n > RECORDS_MAX) {
		kd_walk_wrong(&r->end, "the pointers of kfree_rcu() at 0x%" PRIx64 " cannot be read, or are too many", at);
		return true;
	}
	for (uint64_t i = 0; i < n; i++)
		if (kd_walk_word(r->k, at + r->records.off + 8 * i, "a pointer of kfree_rcu()", &p, &r->end) && p && !take(r, p, 0))
			return false;
	return true;
}

struct blocks {
	struct reading *r;
	uint64_t list; /* offset of the list in the block */
};

static bool see_block(void *user, uint64_t index, uint64_t entry)
{
	const struct blocks *b = user;

	(void)index;
	return block(b->r, entry - b->list);
}

/* Heads of blocks at `at`, as many as the array has. */
static void bulks(struct reading *r, uint64_t at, const struct kd_field *array)
{
	struct kd_field link;
	struct blocks b = {.r = r};
	struct kd_walk_end one;
	uint64_t first;

	if (kd_kernel_field(r->k, "kvfree_rcu_bulk_data", "list", &link)) {
		b.list = link.off;
		for (uint64_t i = 0; i + 16 <= array->size; i += 16) {
			kd_walk_list(r->k, at + i, BLOCKS_MAX, see_block, &b, &one);
			if (*one.why)
				kd_walk_wrong(&r->end, "%s", one.why);
		}
	} else if (kd_kernel_field(r->k, "kvfree_rcu_bulk_data", "next", &link)) {
		for (uint64_t i = 0; i + 8 <= array->size; i += 8) {
			if (!kd_walk_word(r->k, at + i, "a list of RCU", &first, &r->end))
				continue;
			kd_walk_chain(r->k, first, link.off, BLOCKS_MAX, see_block, &b, &one);
			if (*one.why)
				kd_walk_wrong(&r->end, "%s", one.why);
		}
	}
}

static bool either(struct kd_kernel *k, const char *type, const char *path, const char *older, struct kd_field *ret)
{
	return kd_kernel_field(k, type, path, ret) || kd_kernel_field(k, type, older, ret);
}

/* struct kfree_rcu_cpu: what comes in; krw_arr: what waits. */
static void batches(struct reading *r, uint64_t krc)
{
	struct kd_field head, bulk, work, head_free, bulk_free;
	uint64_t size;

	if (!kd_kernel_field(r->k, "kfree_rcu_cpu", "head", &head) || !either(r->k, "kfree_rcu_cpu", "bulk_head", "bkvhead", &bulk) ||
	    !kd_kernel_field(r->k, "kfree_rcu_cpu", "krw_arr", &work) || !kd_kernel_sizeof(r->k, "kfree_rcu_cpu_work", &size) || !size ||
	    !kd_kernel_field(r->k, "kfree_rcu_cpu_work", "head_free", &head_free) ||
	    !either(r->k, "kfree_rcu_cpu_work", "bulk_head_free", "bkvhead_free", &bulk_free)) {
		kd_walk_wrong(&r->end, "how kfree_rcu() keeps its batches is not known");
		return;
	}
	r->how = KD_RCUWAIT_NEW;
	heads(r, krc + head.off);
	bulks(r, krc + bulk.off, &bulk);
	r->how = KD_RCUWAIT_BATCH;
	for (uint64_t at = 0; at + size <= work.size; at += size) {
		heads(r, krc + work.off + at + head_free.off);
		bulks(r, krc + work.off + at + bulk_free.off, &bulk_free);
	}
}

static void callbacks(struct reading *r, uint64_t rdp)
{
	struct kd_field list, bypass;

	r->how = KD_RCUWAIT_CALL;
	if (!kd_kernel_field(r->k, "rcu_data", "cblist.head", &list)) {
		kd_walk_wrong(&r->end, "how call_rcu() keeps its callbacks is not known");
		return;
	}
	heads(r, rdp + list.off);
	if (kd_kernel_field(r->k, "rcu_data", "nocb_bypass.head", &bypass)) /* CONFIG_RCU_NOCB_CPU */
		heads(r, rdp + bypass.off);
}

static int by_at(const void *a, const void *b)
{
	const uint64_t x = ((const struct kd_rcuwait *)a)->at, y = ((const struct kd_rcuwait *)b)->at;

	return x < y ? -1 : x > y;
}

void kd_rcuwaits_read(struct kd_kernel *k, struct kd_rcuwaits *ret)
{
	struct reading r = {.k = k, .ret = ret};
	kd_auto(kd_freep) unsigned *cpus = kd_xcalloc(KD_CPUS_MAX, sizeof(*cpus));
	const size_t n = kd_kernel_cpus(k, cpus, KD_CPUS_MAX);
	bool known = true;
	uint64_t at;

	*ret = (struct kd_rcuwaits){.n = 0};
	if (!kd_kernel_field(k, "callback_head", "next", &r.next) || !kd_kernel_field(k, "callback_head", "func", &r.func) ||
	    !kd_kernel_field(k, "kvfree_rcu_bulk_data", "nr_records", &r.nr) ||
	    !kd_kernel_field(k, "kvfree_rcu_bulk_data", "records", &r.records)) {
		known = false;
		kd_walk_wrong(&r.end, "how this kernel chains it is not known");
	}
	for (size_t i = 0; known && i < n; i++) {
		r.cpu = cpus[i];
		if (!kd_kernel_percpu(k, "krc", r.cpu, &at))
			kd_walk_wrong(&r.end, "the dump's symbols have no krc, kfree_rcu()'s batches");
		else
			batches(&r, at);
		if (!kd_kernel_percpu(k, "rcu_data", r.cpu, &at))
			kd_walk_wrong(&r.end, "the dump's symbols have no rcu_data, call_rcu()'s callbacks");
		else
			callbacks(&r, at);
	}
	if (!n)
		kd_walk_wrong(&r.end, "which CPUs there are is not known");
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_at);
	memcpy(ret->why, r.end.why, sizeof(ret->why));
}

void kd_rcuwaits_deinit(struct kd_rcuwaits *w)
{
	kd_free(w->v);
	*w = (struct kd_rcuwaits){.n = 0};
}

const struct kd_rcuwait *kd_rcuwaits_in(const struct kd_rcuwaits *w, uint64_t start, uint64_t end)
{
	size_t lo = 0, hi = w->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (w->v[mid].at < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->n && w->v[lo].at < end ? &w->v[lo] : NULL;
}
