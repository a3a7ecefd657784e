// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks, stacks, per-CPU areas. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/ident_internal.h"
#include "format/elfcore.h"

enum { IRQ_STACK_USUAL = 16384, VMAP_PAGES_MAX = 1 << 20 };

/* --- tasks ------------------------------------------------------------------------------------------- */

static bool take_task(void *user, uint64_t addr)
{
	struct kd_ident *id = user;
	struct kd_task t;
	struct ident_task *at;

	if (!kd_task_read(id->k, addr, &t))
		return true;
	if (id->ntasks == id->cap) {
		id->cap = id->cap ? 2 * id->cap : 256;
		id->task = kd_xrealloc(id->task, id->cap * sizeof(*id->task));
	}
	at = &id->task[id->ntasks++];
	*at = (struct ident_task){.addr = t.addr, .stack = t.stack, .stack_end = t.stack_end, .pid = t.pid};
	memcpy(at->comm, t.comm, sizeof(at->comm));
	return true;
}

static int by_addr(const void *a, const void *b)
{
	const uint64_t x = ((const struct ident_task *)a)->addr, y = ((const struct ident_task *)b)->addr;

	return x < y ? -1 : x > y;
}

static int by_stack(const void *a, const void *b)
{
	const uint64_t x = (*(const struct ident_task *const *)a)->stack, y = (*(const struct ident_task *const *)b)->stack;

	return x < y ? -1 : x > y;
}

/* The idle tasks of other CPUs are on no list: what runs there is asked for, too. */
static void take_running(struct kd_ident *id)
{
	const struct kd_cpus *cpus;
	struct kd_error *err = kd_dump_cpus(id->d, &cpus);

	for (size_t i = 0; !err && i < cpus->n; i++)
		if (cpus->v[i].has_task && !cpus->v[i].task.pid && cpus->v[i].cpu)
			take_task(id, cpus->v[i].task.addr);
	kd_error_free(err);
}

static void load_tasks(struct kd_ident *id)
{
	const char *why;
	struct kd_slub *slub = id->tried_tasks ? NULL : kd_ident_slub(id, &why);
	const struct kd_cache *cache;
	size_t n = 0;

	if (id->tried_tasks)
		return;
	id->tried_tasks = true;
	(void)kd_kernel_sizeof(id->k, "task_struct", &id->task_size);
	cache = slub ? kd_slub_by_name(slub, KD_V("task_struct")) : NULL;
	if (cache && cache->sane && cache->object_size < id->task_size)
		id->task_size = cache->object_size; /* its end, the state of the FPU, is as large as the CPU needs */
	kd_tasks_walk(id->k, take_task, id, id->tasks_why);
	take_running(id);
	if (!id->ntasks)
		return;
	qsort(id->task, id->ntasks, sizeof(*id->task), by_addr);
	for (size_t i = 0; i < id->ntasks; i++)
		if (!n || id->task[i].addr != id->task[n - 1].addr)
			id->task[n++] = id->task[i];
	id->ntasks = n;
	id->by_stack = kd_xcalloc(n, sizeof(*id->by_stack));
	for (size_t i = 0; i < n; i++)
		id->by_stack[i] = &id->task[i];
	qsort(id->by_stack, n, sizeof(*id->by_stack), by_stack);
}

const struct ident_task *kd_ident_task_of(struct kd_ident *id, uint64_t addr)
{
	size_t lo = 0, hi;

	load_tasks(id);
	for (hi = id->ntasks; lo < hi;) {
		const size_t mid = lo + (hi - lo) / 2;

		if (id->task[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr - id->task[lo - 1].addr < id->task_size ? &id->task[lo - 1] : NULL;
}

struct kd_view kd_ident_member(struct kd_ident *id, uint32_t type, uint64_t off, struct kd_arena *arena)
{
	const struct kd_types *ts = kd_kernel_types(id->k);
	struct kd_type_readings r;
	struct kd_error *err = kd_types_at(ts, type, (int64_t)off, 0, arena, &r);

	if (err || !r.n || r.v[0].how == KD_READ_PADDING || r.v[0].how == KD_READ_BEYOND) {
		kd_error_free(err);
		return KD_VNULL;
	}
	return r.v[0].path.n ? kd_arena_printf(arena, ".%.*s%s", KD_VARG(r.v[0].path), r.n > 1 ? " (of a union)" : "") : KD_VNULL;
}

static uint32_t struct_type(struct kd_ident *id, const char *name)
{
	const struct kd_types *ts = kd_kernel_types(id->k);
	uint32_t type;

	return ts && kd_types_first(ts, KD_TYPES_STRUCT, kd_view_of(name), &type) ? type : 0;
}

void kd_ident_task(struct ident_answer *a)
{
	const struct ident_task *t = kd_ident_task_of(a->id, a->value);
	const uint32_t type = t ? struct_type(a->id, "task_struct") : 0;
	struct kd_view member;

	if (!t)
		return;
	member = type ? kd_ident_member(a->id, type, a->value - t->addr, a->arena) : KD_VNULL;
	kd_ident_add(a, KD_FACT_TASK, false, t->addr, a->id->task_size, "task_struct of pid %d (%s)+0x%" PRIx64 "%s%.*s", t->pid,
		     t->comm, a->value - t->addr, member.n ? " " : "", KD_VARG(member));
}

/* --- stacks ------------------------------------------------------------------------------------------ */

/* Is that part of its stack in use? By the stack pointer of a task that does not run. "": it is not known. */
static const char *in_use(struct kd_ident *id, const struct ident_task *t, uint64_t addr)
{
	uint64_t on_cpu, sp;

	if (!kd_kernel_read(id->k, t->addr, "task_struct", "on_cpu", &on_cpu))
		return "";
	if (on_cpu)
		return "; the task runs";
	if (!kd_kernel_read(id->k, t->addr, "task_struct", "thread.sp", &sp) &&
	    !kd_kernel_read(id->k, t->addr, "task_struct", "thread.cpu_context.sp", &sp))
		return "";
	return addr >= sp ? ", in use" : ", not in use (below the stack pointer)";
}

static void task_stack(struct ident_answer *a)
{
	const struct kd_ident *id = a->id;
	size_t lo = 0, hi = id->ntasks;
	const struct ident_task *t;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (id->by_stack[mid]->stack <= a->value)
			lo = mid + 1;
		else
			hi = mid;
	}
	t = lo ? id->by_stack[lo - 1] : NULL;
	if (!t || !t->stack || a->value >= t->stack_end)
		return;
	kd_ident_add(a, KD_FACT_STACK, false, t->stack, t->stack_end - t->stack,
		     "stack of pid %d (%s), 0x%" PRIx64 " bytes below its top%s", t->pid, t->comm, t->stack_end - a->value,
		     in_use(a->id, t, a->value));
}

bool kd_ident_percpu_pointer(struct kd_ident *id, enum kd_mem_symbol s, const char *member, unsigned cpu, uint64_t *ret)
{
	struct kd_field f;
	uint64_t at;

	if (kd_mem_symbol(id->m, s, &at) && kd_mem_percpu(id->m, at, cpu, &at))
		return kd_space_uint(kd_mem_space(id->m), at, 8, ret, NULL);
	return member && kd_mem_symbol(id->m, KD_MEM_PCPU_HOT, &at) && kd_mem_percpu(id->m, at, cpu, &at) &&
	       kd_kernel_field(id->k, "pcpu_hot", member, &f) && kd_space_uint(kd_mem_space(id->m), at + f.off, 8, ret, NULL);
}

/* x86_64: hardirq_stack_ptr is the top, or 8 below it (arch/x86/kernel/irq_64.c); arm64: irq_stack_ptr is the base. */
static void irq_stack(struct ident_answer *a, unsigned cpu)
{
	uint64_t p, size;

	if (!kd_kernel_sizeof(a->id->k, "irq_stack", &size))
		size = IRQ_STACK_USUAL;
	if (kd_space_machine(kd_mem_space(a->id->m)) != KD_EM_X86_64) {
		if (!kd_kernel_sizeof(a->id->k, "thread_union", &size) ||
		    !kd_ident_percpu_pointer(a->id, KD_MEM_IRQ_STACK_PTR, NULL, cpu, &p))
			return;
		p += size;
	} else {
		if (!kd_ident_percpu_pointer(a->id, KD_MEM_HARDIRQ_STACK, "hardirq_stack_ptr", cpu, &p))
			return;
		p = (p + 8) & ~(uint64_t)15;
	}
	if (p - a->value <= size && a->value < p)
		kd_ident_add(a, KD_FACT_STACK, false, p - size, size,
			     "interrupt stack of CPU %u, 0x%" PRIx64 " bytes below its top", cpu, p - a->value);
}

static void exception_stack(struct ident_answer *a, unsigned cpu)
{
	const uint32_t type = struct_type(a->id, "cea_exception_stacks");
	struct kd_view member;
	uint64_t p, size;

	if (!type || !kd_types_size(kd_kernel_types(a->id->k), type, &size) ||
	    !kd_ident_percpu_pointer(a->id, KD_MEM_CEA_EXCEPTION_STACKS, NULL, cpu, &p) || a->value - p >= size)
		return;
	member = kd_ident_member(a->id, type, a->value - p, a->arena);
	kd_ident_add(a, KD_FACT_STACK, false, p, size, "exception stacks of CPU %u, %.*s", cpu,
		     KD_VARG(member.n ? member : KD_V("between two")));
}

void kd_ident_stack(struct ident_answer *a)
{
	const unsigned *cpus;
	const size_t n = kd_mem_cpus(a->id->m, &cpus), before = a->f->n;

	load_tasks(a->id);
	task_stack(a);
	for (size_t i = 0; i < n && a->f->n == before; i++) {
		irq_stack(a, cpus[i]);
		exception_stack(a, cpus[i]);
	}
}

/* --- per-CPU areas ----------------------------------------------------------------------------------- */

void kd_ident_percpu(struct ident_answer *a)
{
	uint64_t start, end, unit, base;
	const unsigned *cpus;
	const size_t n = kd_mem_cpus(a->id->m, &cpus);
	struct kd_ksym sym;

	if (!kd_mem_symbol(a->id->m, KD_MEM_PER_CPU_OFFSET, &base) || !kd_mem_symbol(a->id->m, KD_MEM_PER_CPU_START, &start) ||
	    !kd_mem_symbol(a->id->m, KD_MEM_PER_CPU_END, &end) || end < start)
		return;
	if (!kd_mem_value(a->id->m, KD_MEM_PCPU_UNIT_SIZE, 4, &unit) || unit < end - start)
		unit = end - start;
	for (size_t i = 0; i < n; i++) {
		uint64_t off;

		if (!kd_mem_percpu(a->id->m, start, cpus[i], &base) || a->value - base >= unit)
			continue;
		off = a->value - base;
		if (off < end - start && kd_ksyms_at(kd_kernel_symbols(a->id->k), start + off, &sym))
			kd_ident_add(a, KD_FACT_PERCPU, false, base, unit, "per-CPU variable %s+0x%" PRIx64 " of CPU %u",
				     sym.name, start + off - sym.addr, cpus[i]);
		else
			kd_ident_add(a, KD_FACT_PERCPU, false, base, unit,
				     "per-CPU area of CPU %u, 0x%" PRIx64 " bytes behind its begin (allocated at run time)",
				     cpus[i], off);
		return;
	}
}

/* --- physical addresses ------------------------------------------------------------------------------ */

static int by_paddr(const void *a, const void *b)
{
	const uint64_t x = ((const struct ident_page *)a)->paddr, y = ((const struct ident_page *)b)->paddr;

	return x < y ? -1 : x > y;
}

/* Where each page of an area of vmalloc is in memory: by the page tables. */
static void load_pages(struct kd_ident *id)
{
	const struct kd_vmaps *v = kd_ident_vmaps(id);
	const uint64_t bytes = kd_mem_page_bytes(id->m);
	size_t cap = 0;

	id->tried_pages = true;
	for (size_t i = 0; i < v->n; i++)
		for (uint64_t at = v->v[i].start, n = 0; v->v[i].vm && n <= v->v[i].pages && at < v->v[i].end; at += bytes, n++) {
			uint64_t paddr;

			if (id->npages == VMAP_PAGES_MAX || !kd_space_translate(kd_mem_space(id->m), at, &paddr, NULL))
				continue;
			if (id->npages == cap) {
				cap = cap ? 2 * cap : 1024;
				id->page = kd_xrealloc(id->page, cap * sizeof(*id->page));
			}
			id->page[id->npages++] = (struct ident_page){paddr, at};
		}
	if (id->npages)
		qsort(id->page, id->npages, sizeof(*id->page), by_paddr);
}

/* What the kernel freed of its image after boot belongs to somebody else: its page is not reserved any more. */
static bool in_image(struct kd_ident *id, uint64_t paddr, uint64_t *ret)
{
	uint64_t from, to, start, page;
	struct kd_page p;

	if (kd_mem_page_of_pfn(id->m, paddr >> kd_mem_page_shift(id->m), &page) && kd_page_read(id->pi, page, &p, NULL) &&
	    p.use != KD_PAGE_USE_RESERVED)
		return false;
	if (!kd_mem_symbol(id->m, KD_MEM_TEXT, &from) || !kd_mem_symbol(id->m, KD_MEM_END, &to) ||
	    !kd_space_translate(kd_mem_space(id->m), from, &start, NULL) || paddr < start || paddr - start >= to - from)
		return false;
	*ret = from + (paddr - start);
	return true;
}

bool kd_ident_virtual(struct kd_ident *id, uint64_t paddr, uint64_t *ret)
{
	const uint64_t in = paddr & (kd_mem_page_bytes(id->m) - 1);
	size_t lo = 0, hi;

	if (in_image(id, paddr, ret))
		return true;
	if (!id->tried_pages)
		load_pages(id);
	for (hi = id->npages; lo < hi;) {
		const size_t mid = lo + (hi - lo) / 2;

		if (id->page[mid].paddr < paddr - in)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < id->npages && id->page[lo].paddr == paddr - in) {
		*ret = id->page[lo].addr + in;
		return true;
	}
	return kd_mem_direct(id->m, paddr, ret);
}
