// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/landmarks.h"

#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "core/kernel.h"

enum { PAGE = 4096, IMAGE_MAX = 96 << 20, DATA_REACH = 8 << 20, BTF_HEADER = 24, BTF_MIN = 256, BTF_MAX = 64 << 20, NAME = 16,
       TASKS_TRIED = 256 };

#define NEAR ((uint64_t)4 << 30)

/* --- BTF --------------------------------------------------------------------------------------------- */

/*
 * struct btf_header (uapi/linux/btf.h): magic 0xeb9f, version 1, flags 0, length of it; offsets behind it and lengths of types and
 * strings, which follow each other, and begin with an empty one.
 */
static bool is_btf(const uint8_t *h, uint64_t *size)
{
	const uint32_t type_off = kd_le32(h + 8), type_len = kd_le32(h + 12), str_off = kd_le32(h + 16), str_len = kd_le32(h + 20);

	if (kd_le32(h) != 0x0001eb9f || kd_le32(h + 4) != BTF_HEADER || type_off != 0 || str_off != type_len)
		return false;
	*size = (uint64_t)BTF_HEADER + type_len + str_len;
	return *size >= BTF_MIN && *size <= BTF_MAX;
}

static bool is_whole(struct kd_space *s, uint64_t at, uint64_t types, uint64_t size)
{
	char empty, last;

	return kd_space_read(s, at + BTF_HEADER + types, &empty, 1, NULL) && !empty && kd_space_read(s, at + size - 1, &last, 1, NULL) && !last;
}

bool kd_landmark_btf(struct kd_space *s, uint64_t *start, uint64_t *stop)
{
	uint8_t page[PAGE + BTF_HEADER];
	uint64_t from, size;

	if (!kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(s), "_stext", &from))
		return false;
	from &= ~(uint64_t)(PAGE - 1);
	for (uint64_t at = from; at - from < IMAGE_MAX; at += PAGE) {
		size_t n = sizeof(page);

		if (!kd_space_read(s, at, page, n, NULL)) {
			n = PAGE;
			if (!kd_space_read(s, at, page, n, NULL))
				continue;
		}
		for (size_t i = 0; i < PAGE && i + BTF_HEADER <= n; i += 4)
			if (page[i] == 0x9f && is_btf(page + i, &size) && is_whole(s, at + i, kd_le32(page + i + 12), size)) {
				*start = at + i;
				*stop = at + i + size;
				return true;
			}
	}
	return false;
}

/* --- tasks, modules ---------------------------------------------------------------------------------- */

struct search {
	struct kd_kernel *k;
	struct kd_space *s;
	struct kd_field comm, tasks, list, name;
	bool has_tasks, has_modules;
	uint64_t image, modules_from, modules_to; /* where modules may lie: there, or near the image */
	uint64_t init_task, modules;
	bool two_tasks, two_modules;
};

static bool word(struct search *x, uint64_t at, uint64_t *ret)
{
	return kd_space_uint(x->s, at, 8, ret, NULL);
}

static void try_task(struct search *x, uint64_t comm)
{
	const uint64_t task = comm - x->comm.off;
	uint64_t pid, next, back;

	if (task % 8 || !kd_kernel_read(x->k, task, "task_struct", "pid", &pid) || pid || !word(x, task + x->tasks.off, &next) ||
	    !word(x, next + 8, &back) || back != task + x->tasks.off)
		return;
	x->two_tasks |= x->init_task && x->init_task != task;
	x->init_task = task;
}

static bool is_name(const char *s)
{
	size_t n = 0;

	while (n < NAME && s[n] && (s[n] == '_' || (s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || (s[n] >= '0' && s[n] <= '9')))
		n++;
	return n > 1 && (n == NAME || !s[n]);
}

static bool in_range(const struct search *x, uint64_t addr)
{
	return (addr >= x->modules_from && addr < x->modules_to) ||
	       (addr - x->image > IMAGE_MAX && x->image - addr > IMAGE_MAX && (addr - x->image < NEAR || x->image - addr < NEAR));
}

static void try_modules(struct search *x, uint64_t head, uint64_t first)
{
	char name[NAME];
	uint64_t back;

	if (!word(x, first + 8, &back) || back != head || !kd_space_read(x->s, first - x->list.off + x->name.off, name, sizeof(name), NULL) ||
	    !is_name(name))
		return;
	x->two_modules |= x->modules != 0;
	x->modules = head;
}

static void search_page(struct search *x, uint64_t at, const uint8_t *page)
{
	for (size_t i = 0; i + 8 <= PAGE; i += 8) {
		const uint64_t w = kd_le64(page + i);

		if (x->has_modules && w % 8 == 0 && in_range(x, w))
			try_modules(x, at + i, w);
		if (x->has_tasks && page[i + x->comm.off % 8] == 's' && i + x->comm.off % 8 + 8 <= PAGE &&
		    !memcmp(page + i + x->comm.off % 8, "swapper", 7))
			try_task(x, at + i + x->comm.off % 8);
	}
}

/*
 * Where modules may lie: within reach of a direct branch or of a 32-bit distance from the image; arm64 has a range beside, too, in
 * VMCOREINFO.
 */
static void module_range(struct search *x)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(x->s);
	int64_t from, to;

	if (kd_vmcoreinfo_number(v, "NUMBER", "MODULES_VADDR", &from) && kd_vmcoreinfo_number(v, "NUMBER", "MODULES_END", &to)) {
		x->modules_from = (uint64_t)from;
		x->modules_to = (uint64_t)to;
	}
}

void kd_landmark_data(struct kd_kernel *k, uint64_t *init_task, uint64_t *modules)
{
	struct search x = {.k = k, .s = kd_kernel_space(k)};
	uint8_t page[PAGE];
	uint64_t middle;

	*init_task = *modules = 0;
	if (!kd_kernel_types(k) || !kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(x.s), "init_uts_ns", &middle))
		return;
	x.image = middle;
	module_range(&x);
	x.has_tasks = kd_kernel_field(k, "task_struct", "comm", &x.comm) && kd_kernel_field(k, "task_struct", "tasks", &x.tasks);
	x.has_modules = kd_kernel_field(k, "module", "list", &x.list) && kd_kernel_field(k, "module", "name", &x.name);
	middle &= ~(uint64_t)(PAGE - 1);
	for (uint64_t at = middle - DATA_REACH; at < middle + DATA_REACH; at += PAGE)
		if (kd_space_read(x.s, at, page, sizeof(page), NULL))
			search_page(&x, at, page);
	*init_task = x.two_tasks ? 0 : x.init_task;
	*modules = x.two_modules ? 0 : x.modules;
}

/* Are there registers of a program right below `top`: of user space's mode, with an address? */
static bool has_user_regs(struct kd_space *s, uint64_t at, const struct kd_field *pc, const struct kd_field *pstate)
{
	uint64_t ip, mode;

	return kd_space_uint(s, at + pc->off, 8, &ip, NULL) && kd_space_uint(s, at + pstate->off, 8, &mode, NULL) && ip && ip % 4 == 0 &&
	       ip < (uint64_t)1 << 52 && !(mode & 0xf) && mode < (uint64_t)1 << 32;
}

/* The area of its own that a task's stack is (CONFIG_VMAP_STACK); behind the stack it has a page that is not mapped. */
static bool by_area(struct kd_kernel *k, uint64_t task, uint64_t page, uint64_t *ret)
{
	uint64_t area, stack, addr, size;

	if (!kd_kernel_read(k, task, "task_struct", "stack_vm_area", &area) || !area ||
	    !kd_kernel_read(k, task, "task_struct", "stack", &stack) || !kd_kernel_read(k, area, "vm_struct", "addr", &addr) ||
	    !kd_kernel_read(k, area, "vm_struct", "size", &size) || addr != stack || size <= page)
		return false;
	*ret = size - page;
	return *ret >= 4 << 10 && *ret <= 128 << 10 && !(*ret & (*ret - 1));
}

/* Of the first tasks, one whose area is in the dump; init_task's stack is in the image. */
static bool by_areas(struct kd_kernel *k, uint64_t init_task, const struct kd_field *tasks, uint64_t *ret)
{
	const struct kd_view size = kd_vmcoreinfo_get(kd_space_vmcoreinfo(kd_kernel_space(k)), KD_V("PAGESIZE"));
	uint64_t at = init_task + tasks->off, page;

	if (!kd_view_dec(size, &page))
		return false;
	for (size_t i = 0; i < TASKS_TRIED; i++) {
		if (!kd_space_uint(kd_kernel_space(k), at, 8, &at, NULL) || at == init_task + tasks->off)
			return false;
		if (by_area(k, at - tasks->off, page, ret))
			return true;
	}
	return false;
}

bool kd_landmark_stack_size(struct kd_kernel *k, uint64_t *ret)
{
	struct kd_space *s = kd_kernel_space(k);
	uint64_t init_task, next, stack, regs;
	struct kd_field tasks, pc, pstate;

	if (!kd_kernel_symbol(k, "init_task", &init_task) || !kd_kernel_field(k, "task_struct", "tasks", &tasks))
		return false;
	if (by_areas(k, init_task, &tasks, ret))
		return true;
	if (!kd_kernel_sizeof(k, "pt_regs", &regs) || !kd_kernel_field(k, "pt_regs", "pc", &pc) ||
	    !kd_kernel_field(k, "pt_regs", "pstate", &pstate) || !kd_space_uint(s, init_task + tasks.off, 8, &next, NULL) ||
	    !kd_kernel_read(k, next - tasks.off, "task_struct", "stack", &stack))
		return false;
	for (uint64_t size = 8 << 10; size <= 128 << 10; size *= 2)
		if (has_user_regs(s, stack + size - regs, &pc, &pstate)) {
			*ret = size;
			return true;
		}
	return false;
}
