// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/vmap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"

enum { NODES_MAX = 4096 };

/* include/linux/vmalloc.h: macros, so that the BTF does not have them. */
static const struct {
	uint64_t bit;
	const char *name;
} flags[] = {
	{0x1, "ioremap"},
	{0x2, "vmalloc"},
	{0x4, "vmap"},
	{0x8, "user"},
	{0x10, "dma-coherent"},
	{0x20, "uninitialized"},
	{0x40, "no-guard"},
	{0x80, "kasan"},
	{0x100, "flush-reset-perms"},
	{0x200, "map-put-pages"},
	{0x400, "allow-huge"},
	{0x800, "defer-kmemleak"},
	{0x1000, "sparse"},
};

void kd_vmap_flags(uint64_t bits, struct kd_buf *out)
{
	bool any = false;

	for (size_t i = 0; i < KD_ARRAY_LEN(flags); i++)
		if (bits & flags[i].bit) {
			kd_buf_printf(out, "%s%s", any ? "|" : "", flags[i].name);
			bits &= ~flags[i].bit;
			any = true;
		}
	if (bits)
		kd_buf_printf(out, "%s0x%" PRIx64, any ? "|" : "", bits);
	else if (!any)
		kd_buf_add(out, KD_V("none"));
}

struct reader {
	struct kd_kernel *k;
	struct kd_space *s;
	struct kd_arena *arena;
	struct kd_field start, end, list, vm;
	bool has_vm;
	struct {
		struct kd_vmap *v;
		size_t n, cap;
	} areas;
	char *why;
};

static void say(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (*r->why)
		return;
	va_start(ap, fmt);
	vsnprintf(r->why, KD_VMAPS_WHY, fmt, ap);
	va_end(ap);
}

static void read_vm(const struct reader *r, struct kd_vmap *a)
{
	uint64_t addr;

	/* In a union with a number of the tree of free areas: it is the area's only when it says so. */
	if (!kd_kernel_read(r->k, a->vm, "vm_struct", "addr", &addr) || addr < a->start || addr >= a->end) {
		a->vm = 0;
		return;
	}
	(void)kd_kernel_read(r->k, a->vm, "vm_struct", "flags", &a->flags);
	(void)kd_kernel_read(r->k, a->vm, "vm_struct", "caller", &a->caller);
	(void)kd_kernel_read(r->k, a->vm, "vm_struct", "nr_pages", &a->pages);
	(void)kd_kernel_read(r->k, a->vm, "vm_struct", "phys_addr", &a->phys);
}

static bool add_area(struct reader *r, uint64_t addr)
{
	struct kd_vmap a = {.addr = addr}, *at;
	struct kd_space_miss miss;

	if (!kd_space_uint(r->s, addr + r->start.off, 8, &a.start, &miss) ||
	    !kd_space_uint(r->s, addr + r->end.off, 8, &a.end, &miss)) {
		say(r, "a vmap_area cannot be read at 0x%" PRIx64 ": %s", miss.addr, kd_space_why(&miss));
		return false;
	}
	if (a.end <= a.start) {
		say(r, "the vmap_area at 0x%" PRIx64 " ends before it begins", addr);
		return false;
	}
	if (r->has_vm && kd_space_uint(r->s, addr + r->vm.off, 8, &a.vm, NULL) && a.vm)
		read_vm(r, &a);
	at = kd_avec_push(r->arena, &r->areas, KD_VMAPS_MAX);
	if (!at) {
		say(r, "no room for more than %zu areas", r->areas.n);
		return false;
	}
	*at = a;
	return true;
}

static void read_list(struct reader *r, uint64_t head)
{
	uint64_t at, back = head, prev;
	struct kd_space_miss miss;

	for (uint64_t from = head;; from = at, back = at) {
		if (!kd_space_uint(r->s, from, 8, &at, &miss)) {
			say(r, "the list of areas cannot be read at 0x%" PRIx64 ": %s", miss.addr, kd_space_why(&miss));
			return;
		}
		if (at == head)
			return;
		if (!kd_space_uint(r->s, at + 8, 8, &prev, &miss)) {
			say(r, "the list of areas cannot be read at 0x%" PRIx64 ": %s", miss.addr, kd_space_why(&miss));
			return;
		}
		if (prev != back) {
			say(r, "the list of areas is broken: 0x%" PRIx64 " does not point back to 0x%" PRIx64, at, back);
			return;
		}
		if (!add_area(r, at - r->list.off))
			return;
	}
}

static bool read_nodes(struct reader *r, struct kd_mem *m)
{
	struct kd_field busy, head;
	uint64_t nodes, n, size;

	if (!kd_mem_value(m, KD_MEM_VMAP_NODES, 8, &nodes) || !kd_kernel_sizeof(r->k, "vmap_node", &size) ||
	    !kd_kernel_field(r->k, "vmap_node", "busy", &busy) || !kd_kernel_field(r->k, "rb_list", "head", &head))
		return false;
	if (!kd_mem_value(m, KD_MEM_NR_VMAP_NODES, 4, &n) || !n || n > NODES_MAX)
		n = 1;
	for (uint64_t i = 0; i < n; i++)
		read_list(r, nodes + i * size + busy.off + head.off);
	return true;
}

static int by_start(const void *a, const void *b)
{
	const uint64_t x = ((const struct kd_vmap *)a)->start, y = ((const struct kd_vmap *)b)->start;

	return x < y ? -1 : x > y;
}

static bool begin(struct reader *r, struct kd_mem *m, struct kd_arena *arena, struct kd_vmaps *ret)
{
	*ret = (struct kd_vmaps){0};
	*r = (struct reader){.k = kd_mem_kernel(m), .s = kd_mem_space(m), .arena = arena, .why = ret->why};
	if (!kd_kernel_field(r->k, "vmap_area", "va_start", &r->start) || !kd_kernel_field(r->k, "vmap_area", "va_end", &r->end) ||
	    !kd_kernel_field(r->k, "vmap_area", "list", &r->list)) {
		say(r, "how struct vmap_area is laid out is not known (no BTF)");
		return false;
	}
	r->has_vm = kd_kernel_field(r->k, "vmap_area", "vm", &r->vm);
	return true;
}

static void finish(struct reader *r, struct kd_vmaps *ret)
{
	if (r->areas.n)
		qsort(r->areas.v, r->areas.n, sizeof(*r->areas.v), by_start);
	ret->v = r->areas.v;
	ret->n = r->areas.n;
}

void kd_vmaps_read(struct kd_mem *m, struct kd_arena *arena, struct kd_vmaps *ret)
{
	struct reader r;
	uint64_t head;

	if (!begin(&r, m, arena, ret))
		return;
	if (!read_nodes(&r, m)) {
		if (kd_mem_symbol(m, KD_MEM_VMAP_AREA_LIST, &head))
			read_list(&r, head);
		else
			say(&r, "the kernel's symbols name neither vmap_nodes nor vmap_area_list");
	}
	finish(&r, ret);
}

void kd_vmaps_read_list(struct kd_mem *m, uint64_t head, struct kd_arena *arena, struct kd_vmaps *ret)
{
	struct reader r;

	if (!begin(&r, m, arena, ret))
		return;
	read_list(&r, head);
	finish(&r, ret);
}

const struct kd_vmap *kd_vmaps_at(const struct kd_vmaps *v, uint64_t addr)
{
	size_t lo = 0, hi = v->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (v->v[mid].start <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr < v->v[lo - 1].end ? &v->v[lo - 1] : NULL;
}
