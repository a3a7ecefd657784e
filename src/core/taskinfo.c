// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/taskinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "base/vec.h"

/* --- states ------------------------------------------------------------------------------------------ */

/* include/linux/sched.h since 4.14. */
enum { S_INTERRUPTIBLE = 1, S_UNINTERRUPTIBLE = 2, S_STOPPED = 4, S_TRACED = 8, S_DEAD = 0x10, S_ZOMBIE = 0x20, S_PARKED = 0x40,
       S_WAKEKILL = 0x100, S_NOLOAD = 0x400, S_NEW = 0x800, S_RTLOCK = 0x1000, S_REPORT = 0x7f };

static const struct {
	char letter;
	const char *crash, *words;
} states[] = {
	{'R', "RU", "running or runnable"}, {'S', "IN", "interruptible sleep"}, {'D', "UN", "uninterruptible sleep"},
	{'T', "ST", "stopped"}, {'t', "TR", "stopped by a tracer"}, {'X', "DE", "dead"}, {'Z', "ZO", "zombie"},
	{'P', "PA", "parked"}, {'I', "ID", "idle kernel thread"},
};

struct kd_task_state kd_task_state_of(uint64_t state, uint64_t exit_state)
{
	const uint64_t all = (state | exit_state) & S_REPORT;
	struct kd_task_state s = {.letter = 'R', .is_new = state & S_NEW};

	if ((state & (S_UNINTERRUPTIBLE | S_NOLOAD)) == (S_UNINTERRUPTIBLE | S_NOLOAD) && !(all & ~(uint64_t)S_UNINTERRUPTIBLE))
		s.letter = 'I';
	else if (all & S_PARKED)
		s.letter = 'P';
	else if (all & S_ZOMBIE)
		s.letter = 'Z';
	else if (all & S_DEAD)
		s.letter = 'X';
	else if (all & S_TRACED)
		s.letter = 't';
	else if (all & S_STOPPED)
		s.letter = 'T';
	else if (all & S_UNINTERRUPTIBLE || state & S_RTLOCK)
		s.letter = 'D';
	else if (all & S_INTERRUPTIBLE)
		s.letter = 'S';
	s.asleep = strchr("SDTtPI", s.letter) != NULL;
	s.killable = s.letter == 'D' && state & S_WAKEKILL;
	return s;
}

const char *kd_task_state_words(char letter)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(states); i++)
		if (states[i].letter == letter)
			return states[i].words;
	return "not known";
}

const char *kd_task_state_crash(char letter)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(states); i++)
		if (states[i].letter == letter)
			return states[i].crash;
	return "??";
}

enum { PF_KTHREAD = 0x200000 };

void kd_task_flags(uint64_t flags, char *ret, size_t max)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{0x2, "IDLE"}, {0x4, "EXITING"}, {0x20, "WQ_WORKER"}, {0x40, "FORKNOEXEC"}, {0x80, "MCE_PROCESS"},
		{0x100, "SUPERPRIV"}, {0x200, "DUMPCORE"}, {0x400, "SIGNALED"}, {0x800, "MEMALLOC"},
		{0x1000, "NPROC_EXCEEDED"}, {0x8000, "NOFREEZE"}, {0x20000, "KSWAPD"},
		{0x40000, "MEMALLOC_NOFS"}, {0x80000, "MEMALLOC_NOIO"}, {PF_KTHREAD, "KTHREAD"}, {0x400000, "RANDOMIZE"},
		{0x4000000, "NO_SETAFFINITY"},
	};
	uint64_t left = flags;
	size_t n = 0;

	*ret = 0;
	for (size_t i = 0; i < KD_ARRAY_LEN(names) && n < max; i++)
		if (flags & names[i].bit) {
			n += (size_t)snprintf(ret + n, max - n, "%s%s", n ? " " : "", names[i].name);
			left &= ~(uint64_t)names[i].bit;
		}
	if (left && n < max)
		snprintf(ret + n, max - n, "%s0x%jx", n ? " " : "", (uintmax_t)left);
}

/* --- CPUs -------------------------------------------------------------------------------------------- */

bool kd_task_running(struct kd_kernel *k, unsigned cpu, uint64_t *ret)
{
	uint64_t rq;

	return kd_kernel_percpu(k, "runqueues", cpu, &rq) && kd_kernel_read(k, rq, "rq", "curr", ret) && *ret;
}

struct kd_datum kd_task_now(struct kd_kernel *k)
{
	struct kd_datum now = kd_datum_none("no CPU's run queue can be read");
	kd_auto(kd_freep) unsigned *cpus = kd_xmalloc(KD_CPUS_MAX * sizeof(*cpus));
	const size_t n = kd_kernel_cpus(k, cpus, KD_CPUS_MAX);
	uint64_t first, second, rq;

	if (!n || !kd_kernel_percpu(k, "runqueues", cpus[0], &first))
		return now;
	for (size_t i = 0; i < n && i < KD_CPUS_MAX; i++) {
		struct kd_datum clock;

		if (!kd_kernel_percpu(k, "runqueues", cpus[i], &second))
			continue;
		rq = second;
		clock = kd_datum_member(k, rq, "rq", "clock");
		if (!clock.why && (now.why || clock.v > now.v))
			now = clock;
	}
	return now;
}

/* --- memory ------------------------------------------------------------------------------------------ */

uint64_t kd_page_bytes(struct kd_kernel *k)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(kd_kernel_space(k));
	struct kd_view text = kd_vmcoreinfo_get(v, KD_V("PAGESIZE"));
	uint64_t n;

	return kd_view_take_dec(&text, &n) && n >= 4096 && n <= 65536 ? n : 4096;
}

/* A percpu_counter: what all have agreed on, and what each CPU counted since. */
static struct kd_datum percpu_counter(struct kd_kernel *k, uint64_t at)
{
	struct kd_datum sum = kd_datum_signed(k, at, "percpu_counter", "count");
	const struct kd_datum area = kd_datum_member(k, at, "percpu_counter", "counters");
	uint64_t table;
	kd_auto(kd_freep) unsigned *cpus = NULL;
	size_t n;

	if (sum.why || area.why || !area.v) /* CONFIG_SMP=n: the sum is all */
		return sum;
	if (!kd_kernel_symbol(k, "__per_cpu_offset", &table))
		return sum;
	cpus = kd_xmalloc(KD_CPUS_MAX * sizeof(*cpus));
	n = kd_kernel_cpus(k, cpus, KD_CPUS_MAX);
	for (size_t i = 0; i < n && i < KD_CPUS_MAX; i++) {
		const struct kd_datum off = kd_datum_at(k, table + 8 * (uint64_t)cpus[i], 8);
		const struct kd_datum part = off.why ? off : kd_datum_at(k, area.v + off.v, 4);

		if (part.why)
			return kd_datum_none(part.why);
		sum.v += (uint64_t)(int64_t)(int32_t)(uint32_t)part.v;
	}
	return sum;
}

/* enum of include/linux/mm_types_task.h: MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES. */
enum { COUNTERS = 4 };

void kd_mm_counts_read(struct kd_kernel *k, uint64_t mm, struct kd_mm_counts *ret)
{
	struct kd_datum *const to[COUNTERS] = {&ret->file, &ret->anon, &ret->swap, &ret->shmem};
	struct kd_field f, count;
	uint64_t one;

	for (int i = 0; i < COUNTERS; i++)
		*to[i] = kd_datum_none("how this kernel counts pages is not known");
	ret->rss = ret->file;
	if (!kd_kernel_field(k, "mm_struct", "rss_stat", &f))
		return;
	if (kd_kernel_field(k, "mm_rss_stat", "count", &count) && count.size >= 8 * COUNTERS) {
		for (uint64_t i = 0; i < COUNTERS; i++)
			*to[i] = kd_datum_at(k, mm + f.off + count.off + 8 * i, 8);
	} else if (kd_kernel_sizeof(k, "percpu_counter", &one) && f.size >= COUNTERS * one) {
		for (uint64_t i = 0; i < COUNTERS; i++)
			*to[i] = percpu_counter(k, mm + f.off + one * i);
	}
	for (int i = 0; i < COUNTERS; i++)
		if (!to[i]->why)
			to[i]->v *= kd_page_bytes(k);
	ret->rss = ret->file.why ? ret->file : ret->anon.why ? ret->anon : ret->shmem;
	if (!ret->rss.why)
		ret->rss.v += ret->file.v + ret->anon.v;
}

bool kd_task_rss_cache(struct kd_kernel *k, uint64_t task, int64_t pages[4])
{
	struct kd_field f;
	uint8_t raw[4 * COUNTERS];

	if (!kd_kernel_field(k, "task_struct", "rss_stat.count", &f) || f.size < sizeof(raw) ||
	    !kd_space_read(kd_kernel_space(k), task + f.off, raw, sizeof(raw), NULL))
		return false;
	for (int i = 0; i < COUNTERS; i++)
		pages[i] = (int32_t)kd_le32(raw + 4 * i);
	return true;
}

struct summing {
	struct kd_kernel *k;
	uint64_t mm;
	struct kd_mm_threads *to;
};

static bool see_thread(void *user, uint64_t task)
{
	struct summing *x = user;
	int64_t pages[COUNTERS];
	uint64_t mm;

	if (!kd_kernel_read(x->k, task, "task_struct", "mm", &mm) || mm != x->mm)
		return true;
	x->to->n++;
	if (kd_task_rss_cache(x->k, task, pages))
		for (int i = 0; i < COUNTERS; i++)
			x->to->pages[i] += pages[i];
	return true;
}

void kd_mm_threads_read(struct kd_kernel *k, uint64_t mm, struct kd_mm_threads *ret)
{
	struct summing x = {.k = k, .mm = mm, .to = ret};

	*ret = (struct kd_mm_threads){.n = 0};
	kd_tasks_walk(k, see_thread, &x, ret->why);
}

/* --- one task ---------------------------------------------------------------------------------------- */

static void read_times(struct kd_kernel *k, uint64_t addr, struct kd_taskinfo *ret)
{
	const struct kd_datum arrived = kd_datum_member(k, addr, "task_struct", "sched_info.last_arrival");
	const struct kd_datum exec = kd_datum_member(k, addr, "task_struct", "se.exec_start");

	ret->queued = kd_datum_member(k, addr, "task_struct", "sched_info.last_queued");
	ret->arrived = ret->last_ran = arrived;
	ret->last_from = "sched_info.last_arrival";
	if (arrived.why || (!exec.why && exec.v > arrived.v)) {
		ret->last_ran = exec;
		ret->last_from = "se.exec_start";
	}
}

static void read_parent(struct kd_kernel *k, uint64_t addr, struct kd_taskinfo *ret)
{
	const struct kd_datum parent = kd_datum_member(k, addr, "task_struct", "real_parent");
	const struct kd_datum pid = parent.why ? parent : kd_datum_member(k, parent.v, "task_struct", "tgid");

	ret->parent = parent.why ? 0 : parent.v;
	ret->ppid = ret->t.pid ? (int32_t)pid.v : 0; /* idle tasks are nobody's children, whoever made them */
	ret->ppid_why = pid.why;
}

bool kd_taskinfo_read(struct kd_kernel *k, uint64_t addr, struct kd_taskinfo *ret)
{
	struct kd_mm_counts counts;

	*ret = (struct kd_taskinfo){.t.addr = addr};
	if (!kd_task_read(k, addr, &ret->t))
		return false;
	ret->raw_state = kd_datum_either(k, addr, "task_struct", "__state", "state");
	ret->exit_state = kd_datum_member(k, addr, "task_struct", "exit_state");
	ret->state.letter = '?';
	if (!ret->raw_state.why && !ret->exit_state.why)
		ret->state = kd_task_state_of(ret->raw_state.v, ret->exit_state.v);
	ret->flags = kd_datum_member(k, addr, "task_struct", "flags");
	ret->kthread = !ret->flags.why && ret->flags.v & PF_KTHREAD;
	ret->cpu = kd_datum_either(k, addr, "task_struct", "thread_info.cpu", "cpu");
	ret->on_cpu = kd_datum_member(k, addr, "task_struct", "on_cpu");
	ret->mm = kd_datum_member(k, addr, "task_struct", "mm");
	read_parent(k, addr, ret);
	read_times(k, addr, ret);
	ret->vsz = ret->rss = ret->mm.why ? ret->mm : kd_datum_of(0);
	if (ret->mm.why || !ret->mm.v)
		return true;
	ret->vsz = kd_datum_member(k, ret->mm.v, "mm_struct", "total_vm");
	ret->vsz.v *= kd_page_bytes(k);
	kd_mm_counts_read(k, ret->mm.v, &counts);
	ret->rss = counts.rss;
	return true;
}

/* --- all --------------------------------------------------------------------------------------------- */

struct collecting {
	struct kd_kernel *k;
	struct kd_arena *arena;
	struct kd_taskinfos *all;
	bool full;
	size_t unread;
};

static bool collect(void *user, uint64_t task)
{
	struct collecting *c = user;
	struct kd_taskinfo one, *to;

	if (!kd_taskinfo_read(c->k, task, &one)) {
		c->unread++;
		return true;
	}
	to = kd_avec_push(c->arena, c->all, KD_TASKS_MAX);
	if (to)
		*to = one;
	c->full = !to;
	return to != NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct kd_taskinfo *const *x = a, *const *y = b;

	if ((*x)->t.addr != (*y)->t.addr)
		return (*x)->t.addr > (*y)->t.addr ? 1 : -1;
	return (*x > *y) - (*x < *y);
}

/* Each task once: a broken list gives some again. */
static bool once(struct kd_arena *arena, struct kd_taskinfos *all)
{
	struct kd_taskinfo **order = kd_arena_array(arena, all->n + 1, struct kd_taskinfo *);
	size_t n = 0;

	if (!order)
		return false;
	for (size_t i = 0; i < all->n; i++)
		order[i] = &all->v[i];
	qsort(order, all->n, sizeof(*order), by_address);
	for (size_t i = all->n; i-- > 1;)
		if (order[i]->t.addr == order[i - 1]->t.addr)
			order[i]->t.addr = 0;
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].t.addr)
			all->v[n++] = all->v[i];
	all->n = n;
	return true;
}

static int by_mm(const void *a, const void *b)
{
	const struct kd_taskinfo *const *x = a, *const *y = b;

	return ((*x)->mm.v > (*y)->mm.v) - ((*x)->mm.v < (*y)->mm.v);
}

/* Of each mm what its threads keep for themselves belongs to it, too. */
static bool add_caches(struct kd_kernel *k, struct kd_arena *arena, struct kd_taskinfos *all)
{
	struct kd_taskinfo **order = kd_arena_array(arena, all->n + 1, struct kd_taskinfo *);
	int64_t pages[COUNTERS];
	size_t n = 0, end;

	if (!order)
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].mm.why && all->v[i].mm.v && !all->v[i].rss.why)
			order[n++] = &all->v[i];
	qsort(order, n, sizeof(*order), by_mm);
	for (size_t i = 0; i < n; i = end) {
		int64_t sum = 0;

		for (end = i; end < n && order[end]->mm.v == order[i]->mm.v; end++)
			if (kd_task_rss_cache(k, order[end]->t.addr, pages))
				sum += pages[0] + pages[1] + pages[3];
		sum = (int64_t)order[i]->rss.v + sum * (int64_t)kd_page_bytes(k);
		for (size_t j = i; j < end; j++)
			order[j]->rss.v = sum < 0 ? 0 : (uint64_t)sum;
	}
	return true;
}

static struct kd_taskinfo *find(struct kd_taskinfos *all, uint64_t task)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].t.addr == task)
			return &all->v[i];
	return NULL;
}

/* Who runs; and the idle tasks, which are in no list but CPU 0's. */
static void add_running(struct collecting *c)
{
	kd_auto(kd_freep) unsigned *cpus = kd_xmalloc(KD_CPUS_MAX * sizeof(*cpus));
	const size_t n = kd_kernel_cpus(c->k, cpus, KD_CPUS_MAX);
	uint64_t rq;

	for (size_t i = 0; i < c->all->n && !kd_kernel_symbol(c->k, "runqueues", &rq); i++)
		c->all->v[i].active = !c->all->v[i].on_cpu.why && c->all->v[i].on_cpu.v;
	for (size_t i = 0; i < n && i < KD_CPUS_MAX && !c->full; i++) {
		uint64_t idle = 0, task = 0;
		struct kd_taskinfo *t;

		if (!kd_kernel_percpu(c->k, "runqueues", cpus[i], &rq))
			continue;
		if (kd_kernel_read(c->k, rq, "rq", "idle", &idle) && idle && !find(c->all, idle))
			collect(c, idle);
		t = kd_task_running(c->k, cpus[i], &task) ? find(c->all, task) : NULL;
		if (!t && task && collect(c, task)) /* in no list: it is exiting */
			t = find(c->all, task);
		if (t)
			t->active = true;
	}
}

struct kd_error *kd_taskinfos_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_taskinfos *ret)
{
	struct collecting c = {.k = k, .arena = arena, .all = ret};
	uint64_t last = 0;

	*ret = (struct kd_taskinfos){.n = 0};
	kd_tasks_walk(k, collect, &c, ret->why);
	if (*ret->why && !c.full)
		c.full = !once(arena, ret);
	if (!c.full)
		add_running(&c);
	if (c.full || !add_caches(k, arena, ret))
		return kd_error_new(KD_LIMIT, "no room for more than %zu tasks", ret->n);
	if (c.unread && !*ret->why)
		snprintf(ret->why, sizeof(ret->why), "%zu tasks cannot be read", c.unread);
	ret->now = kd_task_now(k);
	for (size_t i = 0; ret->now.why && i < ret->n; i++)
		if (!ret->v[i].last_ran.why && (!ret->now_guessed || ret->v[i].last_ran.v > last)) {
			last = ret->v[i].last_ran.v;
			ret->now_guessed = true;
		}
	if (ret->now_guessed)
		ret->now = kd_datum_of(last);
	return NULL;
}
